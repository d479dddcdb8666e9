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
        text: Text to continue as it is, in the place of all these.
        tags: Cuisine, course, diet and the like; only for models that have learned them.
    """

    title: str = ""
    ingredients: tuple[str, ...] = ()
    directions: str = ""
    text: str | None = None
    tags: tuple[str, ...] = ()
