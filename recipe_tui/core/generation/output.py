"""What a generator writes: tokens as they come, tokens that could stand in their place, and whole texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A token as it is written.

    Attributes:
        sequence: Which of the texts written side by side it belongs to.
        text: What is certain now; may be empty, since a character can span tokens.
        token_id: The token.
        probability: What the model itself gave it, before any control acted; None when a beam search wrote it, which
            does not keep it.
    """

    sequence: int
    text: str
    token_id: int
    probability: float | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could stand at a place.

    Attributes:
        token_id: The token.
        text: What it adds to the text; may be empty, since a character can span tokens.
        label: What the token is called by itself: its text, or the name of a special token.
        probability: What the model itself gives it, before any control acts.
    """

    token_id: int
    text: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Generated:
    """A text that was written.

    Attributes:
        text: Prompt and continuation, as people read it.
        recipe: The recipe read from it.
        finish_reason: ``stop`` at the end token, ``length`` at the limit, ``cancelled`` when somebody asked for it.
        tokens: Tokens written, the end token included.
        tokens_per_second: Speed of writing, all texts together; the median step, so that compiling does not count.
        seed: The seed that gives this text again.
        notes: What was not done as asked, such as a limit lowered to what the context holds.
    """

    text: str
    recipe: Recipe
    finish_reason: FinishReason
    tokens: int
    tokens_per_second: float
    seed: int
    notes: tuple[str, ...] = ()
