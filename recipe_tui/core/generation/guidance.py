"""Classifier-free guidance: the prompt counts for more than it does by itself.

The scores are moved away from those of a text without the prompt, which takes a second pass through the model for each
token (Sanchez et al., 2023, arXiv:2306.17806).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.candidates import log_softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.generation.candidates import Candidates, Context
    from recipe_tui.core.text.tokenizer import Tokenizer


def guidance(candidates: Candidates, context: Context) -> Candidates:
    """Move the scores away from those without the prompt, by this factor (classifier-free guidance)."""
    if context.unconditional is not None:
        unconditional = log_softmax(context.unconditional.astype(np.float64))
        difference = log_softmax(candidates.values) - unconditional
        np.copyto(candidates.values, context.config.guidance * difference + unconditional)
    return candidates


def unconditional_prompt(tokenizer: Tokenizer, prompt: Sequence[int]) -> list[int]:
    """Return a prompt from its last special token on: what opens the directions, or the answer of a chat.

    Where there are no special tokens it is the last token, as in transformers.
    """
    special = tokenizer.special_ids
    places = [place for place, token_id in enumerate(prompt) if token_id in special]
    return list(prompt[places[-1] if places else -1 :])
