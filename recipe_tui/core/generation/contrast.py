"""Contrastive decoding: what an adapter has learned counts for more than what its base knew before.

The scores are moved away from those of the base, among the tokens that the adapted model finds plausible itself (Li et
al., 2022, arXiv:2210.15097; the form with one strength is that of O'Brien and Lewis, 2023, arXiv:2309.09117). The base
is a second model in memory, and a second pass for each token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.candidates import log_softmax

if TYPE_CHECKING:
    from recipe_tui.core.generation.candidates import Candidates, Context

PLAUSIBLE = 0.1
"""Share of the likeliest token's probability from which a token is kept; alpha in the paper."""


def contrast(candidates: Candidates, context: Context) -> Candidates:
    """Move the scores away from those of the adapter's base, by this strength (contrastive decoding)."""
    if context.base is not None:
        strength = context.config.contrast
        scores, base = log_softmax(candidates.values), log_softmax(context.base.astype(np.float64))
        kept = scores >= scores.max() + np.log(PLAUSIBLE)
        np.copyto(candidates.values, np.where(kept, (1 + strength) * scores - strength * base, -np.inf))
    return candidates
