"""Adapters: low-rank updates of a model (LoRA), their format, and the model that each belongs to."""
