"""``recipe-tui recipe``: recipes of any file for a cook: converted, scaled, with hints, or as a shopping list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.cooking import (
    FormatOption,
    OverwriteOption,
    ToOption,
    UnitsOption,
    chosen_format,
    give_out,
    prepared_json,
)
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import SourceFormat
from recipe_tui.core.cookbook.document import one_line
from recipe_tui.core.cookbook.formats import format_of, save
from recipe_tui.core.cookbook.prepare import Preparation, Prepared, positive_number, prepare
from recipe_tui.core.cookbook.shopping import shopping_list, shopping_text
from recipe_tui.core.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.recipes.reading import Unreadable
    from recipe_tui.core.recipes.recipe import Recipe

SHOWN_PROBLEMS = 5


@command()
def recipe(
    terminal: Terminal,
    files: Annotated[
        list[Path], typer.Argument(help="Files or folders with recipes, in any format that is read.", metavar="FILE...")
    ],
    format_: FormatOption = None,
    to: ToOption = None,
    servings: Annotated[
        str | None, typer.Option(help="Scale to this many servings.", metavar="N", show_default=False)
    ] = None,
    factor: Annotated[
        str | None,
        typer.Option("--scale", help="Multiply by this instead: 2, 1/2.", metavar="FACTOR", show_default=False),
    ] = None,
    units: UnitsOption = None,
    hints: Annotated[bool, typer.Option("--hints", help="Add hints at allergens, and safety notes.")] = False,
    shopping: Annotated[
        bool, typer.Option("--shopping-list", help="Show or write one shopping list of all recipes instead.")
    ] = False,
    source_format: Annotated[SourceFormat, typer.Option("--from", help="Format of the files.")] = "auto",
    overwrite: OverwriteOption = False,
) -> Outcome:
    """Convert recipes to the formats of recipe programs; scale them, convert their units, list what to buy.

    A line whose quantity is not understood stays as it is and is marked. Hints are found by rules and untested.
    """
    if servings is not None and factor is not None:
        raise UsageError("--servings and --scale exclude each other", "give one")
    preparation = Preparation(
        positive_number(servings, "--servings") if servings is not None else None,
        positive_number(factor, "--scale") if factor is not None else None,
        units,
        hints,
        machine_written=False,
    )
    if shopping and format_ not in (None, "text"):
        raise UsageError("a shopping list is text", "leave --format out")
    other = format_of(to) if shopping and to is not None else None
    if other is not None and other.name != "text":
        raise UsageError(f"{to}: a shopping list is text, and this is a file of {other.title}", "name a file.txt")
    output = None if shopping else chosen_format(format_, to)
    prepared = [prepare(one, preparation) for one in _read(terminal, files, source_format)]
    if output is None:
        return Outcome(_shopping(terminal, prepared, to, overwrite))
    paths = give_out(terminal, prepared, output, to, overwrite)
    return Outcome({"recipes": list(map(prepared_json, prepared)), "files": paths})


def _read(terminal: Terminal, files: Sequence[Path], source_format: SourceFormat) -> list[Recipe]:
    """Return the recipes of files, and say what could not be read."""
    from recipe_tui.core.recipes.reading import read_recipes
    from recipe_tui.core.recipes.recipe import Recipe

    recipes: list[Recipe] = []
    problems: list[Unreadable] = []
    for outcome in read_recipes(files, source_format):
        if isinstance(outcome, Recipe):
            recipes.append(outcome)
        else:
            problems.append(outcome)
    for problem in problems[:SHOWN_PROBLEMS]:
        terminal.say(f"not read: {problem}")
    if len(problems) > SHOWN_PROBLEMS:
        terminal.say(f"not read: {len(problems) - SHOWN_PROBLEMS:,} more")
    full = [one for one in recipes if any(map(one_line, (one.title, *one.ingredients, *one.steps)))]
    if not full:
        raise SourceError(f"{files[0]}: no recipe found", "check the file, or give its format: --from")
    return full


def _shopping(terminal: Terminal, prepared: Sequence[Prepared], to: Path | None, overwrite: bool) -> dict[str, Any]:
    groups = shopping_list(one.document.recipe for one in prepared)
    text = shopping_text(groups)
    if to is not None:
        save(to, text.encode(), overwrite)
        terminal.say(f"written: {to}")
    elif not terminal.as_json:
        terminal.show(text)
    return {"shopping_list": groups, "files": [to] if to else []}
