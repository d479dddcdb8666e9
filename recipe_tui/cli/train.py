"""``recipe-tui train``: fine-tune a model."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.core.config import Config
from recipe_tui.core.errors import OutputError, UsageError

if TYPE_CHECKING:
    from recipe_tui.core.training.loop import TrainingResult

STOPPED = 130
"""Exit code of a training that was stopped before its end, as after Ctrl-C."""


@command("top", "training", "model", "adapter", "data", rest="source", rest_help=", and recipes to read")
def train(
    terminal: Terminal,
    config: Config,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the run that --run names, or the latest unfinished one.")
    ] = False,
) -> Outcome:
    """Fine-tune a model on recipes, from their files (--source) or from a block store (--store).

    Everything that the run leaves is in its own folder below the output folder. Ctrl-C saves a checkpoint and stops.
    """
    if not (resume or config.data.source or config.data.store):
        raise UsageError(
            "no recipes are given", "name files or folders: --source recipes.jsonl; or try: recipe-tui demo"
        )
    result = run_training(terminal, config, resume=resume)
    show_result(terminal, result)
    return Outcome(result, STOPPED if result.state == "stopped" else 0)


def run_training(terminal: Terminal, config: Config, *, resume: bool = False) -> TrainingResult:
    """Train and show how it goes; see `recipe_tui.core.training.loop.train` for what it raises."""
    from recipe_tui.core.backend import select_backend
    from recipe_tui.core.runs.workspaces import remember_workspace
    from recipe_tui.core.training.signals import StopSignals

    select_backend()
    with suppress(OutputError):  # a home that cannot be written to stops no training
        remember_workspace(config.output)
    with StopSignals():  # the libraries load for seconds, in which a terminal may close already
        terminal.say("loading the libraries")
        from recipe_tui.core.training.loop import train

        with ProgressView(terminal) as progress:
            return train(config, resume=resume, observer=progress.training, progress=progress.build)


def show_result(terminal: Terminal, result: TrainingResult) -> None:
    """Print the result of a training, and what to do next."""
    if not terminal.as_json:
        terminal.show_pairs(
            [
                ("run", str(result.run)),
                ("steps", f"{result.steps:,}"),
                ("train loss", number(result.train_loss, 4)),
                ("validation loss", number(result.validation_loss, 4)),
                ("validation perplexity", number(result.validation_perplexity, 2)),
                ("tokens per second", number(result.tokens_per_second, 0)),
            ]
        )
    if result.state == "stopped":
        name = f"--run {result.run.name} --output {result.run.parent}"
        terminal.say(f"stopped, and saved; resume it with: recipe-tui train --resume {name}")
