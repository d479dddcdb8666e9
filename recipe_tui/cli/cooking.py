"""What the commands have in common that give recipes to a cook: format, destination, servings, units."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.cookbook.formats import FORMATS, Format, FormatName, export, format_of
from recipe_tui.core.cookbook.prepare import Prepared
from recipe_tui.core.cookbook.units import System
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.recipes.recipe import Recipe

FormatOption = Annotated[
    FormatName | None,
    typer.Option("--format", help="Format of the recipe; that of --to's suffix, or text.", show_default=False),
]
ToOption = Annotated[
    Path | None,
    typer.Option(
        "--to", help="File to write, or folder for a file each, named by the title.", metavar="PATH", show_default=False
    ),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the file of --to if it exists.")]
UnitsOption = Annotated[
    System | None,
    typer.Option(
        "--units",
        help="Convert weights, volumes and temperatures. Metric: less than 60 ml is in spoons, more in ml.",
        show_default=False,
    ),
]


def chosen_format(name: FormatName | None, to: Path | None) -> Format:
    """Return the format that options ask for.

    Raises:
        UsageError: The suffix belongs to no format, or the format cannot be shown and there is no file to write.
    """
    if name is None and to is not None and to.suffix and not to.is_dir():
        known = format_of(to)
        if known is None:
            raise UsageError(
                f"{to}: the suffix {to.suffix} belongs to no format", f"give --format: {', '.join(FORMATS)}"
            )
        return known
    format_ = FORMATS[name or "text"]
    if format_.name == "paprika" and to is None:
        raise UsageError(
            "a file of Paprika is compressed and cannot be shown", "name a file: --to recipe.paprikarecipe"
        )
    return format_


def give_out(
    terminal: Terminal, prepared: Sequence[Prepared], format_: Format, to: Path | None, overwrite: bool
) -> list[Path]:
    """Write recipes to files, or show them; say which lines were not scaled.

    Returns:
        The files.

    Raises:
        UsageError, OutputError: See `export`.
    """
    documents = [one.document for one in prepared]
    paths = [] if to is None else export(documents, format_, to, overwrite)
    if to is None and not terminal.as_json:
        contents = (
            [format_.write(documents)] if format_.name == "json-ld" else [format_.write([one]) for one in documents]
        )
        terminal.show("\n".join(content.decode() for content in contents))
    if paths:
        from recipe_tui.core.cookbook.reading_back import reading_note
    for path, written in zip(paths, [documents] if len(paths) == 1 else [[one] for one in documents], strict=False):
        terminal.say(f"written: {path}")
        if note := reading_note(path, written):
            terminal.say(f"note: {note}")
    for one in prepared:
        if one.unscaled:
            terminal.say(f"not scaled in '{one.document.recipe.title}': {'; '.join(one.unscaled)}")
    return paths


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """Return what ``--json`` prints of a recipe."""
    return {
        "title": recipe.title,
        "ingredients": recipe.ingredients,
        "steps": recipe.steps,
        "tags": recipe.tags,
        "servings": recipe.servings,
        "times": recipe.times,
    }


def prepared_json(prepared: Prepared) -> dict[str, Any]:
    """Return what ``--json`` prints of a recipe that was prepared."""
    document = prepared.document
    return {"recipe": recipe_json(document.recipe), "notes": document.notes, "not_scaled": prepared.unscaled}
