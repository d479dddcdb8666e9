"""What generation says of a text: why it ended, and which tokens could stand at a place of it. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A possible next token.

    Attributes:
        token_id: The token.
        text: The text that it completes; may be empty, since a character can span tokens.
        label: The token's own text, or the name of a special token.
        probability: The model's own, before any processor.
    """

    token_id: int
    text: str
    label: str
    probability: float
