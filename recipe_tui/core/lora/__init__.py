"""Adapters: low-rank updates of a model (LoRA), their format, their base, opening and switching them."""
