"""What a recipe is to begin with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a recipe is to begin with.

    Attributes:
        title: Its title.
        ingredients: Its ingredient lines.
        directions: How its directions begin, a step a line.
        text: Text to go on with as it is, in the place of all these.
    """

    title: str = ""
    ingredients: tuple[str, ...] = ()
    directions: str = ""
    text: str | None = None
