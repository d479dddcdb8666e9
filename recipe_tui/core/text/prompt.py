"""What a recipe is to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from recipe_tui.core.recipes.durations import TIME_KINDS, duration


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a recipe is to begin with.

    Attributes:
        title: Its title.
        ingredients: Its ingredient lines.
        directions: How its directions begin, a step a line.
        text: Text to continue as it is, in the place of all these.
        tags: Cuisine, course, diet and the like; like servings and times, only for models that have learned them.
        servings: How much it makes, such as "4 servings".
        times: How long it takes, such as "total 30 min".
    """

    title: str = ""
    ingredients: tuple[str, ...] = ()
    directions: str = ""
    text: str | None = None
    tags: tuple[str, ...] = ()
    servings: str = ""
    times: tuple[str, ...] = ()

    @property
    def has_fields(self) -> bool:
        """Whether it names tags, servings or times."""
        return bool(self.tags or self.servings or self.times)


def servings_line(text: str) -> str:
    """Return servings as recipes have them: ``4`` becomes ``4 servings``."""
    text = " ".join(text.split())
    return f"{text} serving{'s' * (text != '1')}" if text.isdecimal() else text


def time_line(text: str) -> str:
    """Return a time as recipes have it: ``30 minutes`` becomes ``total 30 min``, ``prep 1 hour`` ``prep 1 h``."""
    kind, _, rest = text.strip().partition(" ")
    kind, rest = (kind.lower(), rest) if kind.lower() in TIME_KINDS else ("total", text)
    return f"{kind} {duration(rest)}".strip()
