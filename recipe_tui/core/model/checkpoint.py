"""The former place of `load_model` and `read_config`, for scripts that were written for it.

New code imports `recipe_tui.core.lora.open`, or `recipe_tui.core`.
"""

from recipe_tui.core.lora.open import load_model, read_config

__all__ = ["load_model", "read_config"]
