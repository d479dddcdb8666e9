"""Perplexity: exp of a loss in nats per token."""

from __future__ import annotations

import math

HIGHEST_LOSS = 700.0
"""Nats above which exp overflows a double."""


def perplexity(loss: float) -> float:
    """Return exp of a loss in nats per token; finite for every finite loss."""
    return math.exp(min(loss, HIGHEST_LOSS))
