"""Whether a file that was exported is read back as the recipes that were written to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.reader import read_recipes
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recipe_tui.core.cookbook.document import Document

_FIELDS = ("title", "ingredients", "steps", "tags", "servings", "times")


def changed_fields(path: Path, documents: Sequence[Document]) -> tuple[str, ...]:
    """Return the fields of recipes that this program reads differently from a file than they were written to it.

    A line of a recipe may look like a mark of the format, or a recipe may lack what the format needs.

    Args:
        path: The file.
        documents: What was written to it.

    Returns:
        Names of fields, in their order; all of them where a recipe is not found.
    """
    try:
        found = [one for one in read_recipes([path]) if isinstance(one, Recipe)]
    except SourceError:
        found = []
    if len(found) != len(documents):
        return _FIELDS
    pairs = [(one.recipe, other) for one, other in zip(documents, found, strict=True)]
    return tuple(name for name in _FIELDS if any(getattr(one, name) != getattr(other, name) for one, other in pairs))


def reading_note(path: Path, documents: Sequence[Document]) -> str:
    """Return a note that names what is not read back as it was written; empty where everything is."""
    fields = changed_fields(path, documents)
    if fields == _FIELDS:
        return f"{path}: not recognised as a recipe when it is read again; another format may hold it"
    return f"{path}: {', '.join(fields)} change when it is read again; another format may hold them" if fields else ""
