"""Perplexity, of the loss it is another name for. Imports no backend."""

from __future__ import annotations

import math

HIGHEST_LOSS = 700.0
"""Nats above which exp is no longer a number."""


def perplexity(loss: float) -> float:
    """Return exp of a loss in nats per token, and no infinity."""
    return math.exp(min(loss, HIGHEST_LOSS))
