"""``recipe-tui demo``: the whole chain on the bundled sample."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.data import build_blocks, describe_store, show_ledger
from recipe_tui.cli.generate import describe_recipe, write_recipes
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.cli.train import STOPPED, measure_processor, run_training, show_result
from recipe_tui.core.backend import chosen_backend
from recipe_tui.core.config import Config
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE, sample_config

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipe_tui.core.runs.events import Event

AUTO, RANDOM = "auto", "random"

MODEL = typer.Option(
    "--model",
    metavar="NAME",
    help="What to start from: auto (SmolLM2, fetched when need be, or else GPT-2, or else random weights), random, or "
    "a model folder, short name or hub name. Pretrained models get an adapter.",
    show_default="auto",
)


def demo_config(
    path: Path | None = None, settings: Iterable[str] = (), model: str | None = None, **sections: dict[str, Any]
) -> Config:
    """Return the configuration of the demo, and say what it starts from and why.

    Args:
        path: See `sample_config`.
        settings: See `sample_config`.
        model: `AUTO`, `RANDOM`, or the name of a pretrained model; None: `AUTO`.
        sections: See `sample_config`.

    Raises:
        BackendError: None is installed.
    """
    chosen_backend()  # whether there is one, before a model is fetched
    if model in (None, AUTO):
        from recipe_tui.core.registry.best_model import best_model

        say = Terminal().say
        found = best_model(say)
        what = "random weights, which learn the words of recipes" if found.name is None else found.name
        say(f"starting from {what}: {found.reason}; --model chooses another")
        model = found.name
    elif model == RANDOM:
        model = None
    return sample_config(path, settings, model, **sections)


@command("top", load=demo_config, own={"model": Annotated[str | None, MODEL]})
def demo(terminal: Terminal, config: Config) -> Outcome:
    """Train a model on the bundled recipes, and let it write the same recipe before and after. Asks nothing.

    It takes about five minutes on two cores, and needs no network where a model is on this machine.
    """
    config.generation.check()
    started = time.perf_counter()
    prompt = Prompt(SAMPLE_TITLE, SAMPLE_INGREDIENTS)
    if config.model.initialize == "pretrained":
        measure_processor(terminal, config)
    terminal.say("1 of 4: recipes into blocks")
    with ProgressView(terminal) as progress:
        store = build_blocks(config, progress)
    value: dict[str, Any] = {"model": config.model.name, "data": describe_store(store, time.perf_counter() - started)}
    if not terminal.as_json:
        show_ledger(terminal, store)
    value["before"] = []
    if config.model.initialize == "pretrained":
        terminal.say("2 of 4: a recipe before the training; the model is given the title and the ingredients")
        value["before"] = _write(terminal, config.model.name, prompt, config)
    else:
        terminal.say("2 of 4: no recipe before the training: random weights write random letters")
    terminal.say("3 of 4: training")
    config = config.model_copy(update={"data": config.data.model_copy(update={"store": store.path})})
    seen: list[float] = []

    def keep_perplexity(event: Event) -> None:
        from recipe_tui.core.runs.events import Validation

        if isinstance(event, Validation):
            seen.append(event.perplexity)

    result = run_training(terminal, config, observer=keep_perplexity)
    show_result(terminal, result)
    first, last = (seen[0] if seen else None), result.validation_perplexity
    value |= {"train": result, "perplexity": {"before": first, "after": last}}
    if result.state == "stopped":
        return Outcome(value | {"generate": []}, STOPPED)
    terminal.say("4 of 4: the same recipe after the training")
    value["generate"] = _write(terminal, result.run, prompt, config)
    change = f"{number(first, 1)} before the training, {number(last, 1)} after it (lower is better)"
    terminal.say(f"perplexity of held-out recipes: {change}")
    terminal.say(f"{time.perf_counter() - started:,.0f} seconds in all")
    terminal.say(f"another one: recipe-tui generate --model {result.run} --title TITLE --ingredient LINE ...")
    return Outcome(value)


def _write(terminal: Terminal, model: str | Path, prompt: Prompt, config: Config) -> list[dict[str, Any]]:
    """Write the recipe, and describe it as JSON."""
    return [describe_recipe(one) for one in write_recipes(terminal, model, prompt, config.generation)]
