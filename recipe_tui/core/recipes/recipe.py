"""What a recipe is, and where it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Source:
    """The place a recipe was read from.

    Attributes:
        file: Path of the file, or the hub name of the data set.
        line: Line (line-based formats) or record number (others) in it, from 1.
        split: The split that the source itself assigns, or None; the three plain-text files of a corpus do.
        unknown_split: What the source says of the split, where this is none of the known names.
    """

    file: str
    line: int
    split: Split | None = None
    unknown_split: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe.

    Attributes:
        title: The title, one line.
        ingredients: Ingredient lines in order. A section heading ("For the sauce:") is a line that ends in a colon.
        steps: The directions in order, one step an item, not numbered. May contain headings as well.
        tags: Cuisine, course, diet, method and keywords, as the source has them, each once.
        servings: How much it makes, one line, such as "4 servings" or "12 muffins"; empty if unknown.
        times: How long it takes, one line each, such as "prep 20 min" or "total 1 h 10 min"; see
            `recipe_tui.core.recipes.durations`.
        source: Where it was read; None for a recipe that was written here.
        unread_fields: Names of those fields of the source that were not understood.
    """

    title: str
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    tags: tuple[str, ...] = ()
    source: Source | None = None
    servings: str = ""
    times: tuple[str, ...] = ()
    unread_fields: tuple[str, ...] = field(default=(), compare=False)


def is_heading(line: str) -> bool:
    """Return whether an ingredient or step line is a section heading, such as "For the sauce:"."""
    return line.rstrip().endswith(":")
