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


@dataclass(frozen=True, slots=True)
class TextScore:
    """What texts of one prompt are ranked by; a part is None where it is not known, and then counts nothing.

    Attributes:
        total: The weighted sum of the parts, see `recipe_tui.core.generation.reranking.WEIGHTS`.
        coverage: Share of the listed ingredients that the directions mention.
        extras: Unlisted ingredients that they mention.
        repetition: Share of their 4-grams that occurred before.
        overlap: Share of their 13-grams that occur in the training text.
        log_probability: The model's own, the mean over the tokens; nats.
    """

    total: float
    coverage: float | None
    extras: int | None
    repetition: float | None
    overlap: float | None
    log_probability: float

    def __str__(self) -> str:
        parts = [
            f"{name} {getattr(self, name):.{digits}f}"
            for name, digits in (("coverage", 2), ("extras", 0), ("repetition", 2), ("overlap", 2))
            if getattr(self, name) is not None
        ]
        return f"score {self.total:.2f}: {', '.join([*parts, f'log-probability {self.log_probability:.2f}'])}"
