"""``recipe-tui train``: fine-tune a model."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.core.config import Config
from recipe_tui.core.config.presets import PRESETS, load_preset_config
from recipe_tui.core.errors import OutputError, UsageError
from recipe_tui.core.planning.rules import check_backend_splits
from recipe_tui.core.runs.rendezvous import Processes
from recipe_tui.core.runs.slurm import slurm_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.training.loop import TrainingResult

STOPPED = 130
"""Exit code of a training that was stopped before its end, as after Ctrl-C."""


PRESET = typer.Option(
    "--preset",
    metavar="|".join(preset.key for preset in PRESETS),
    help="Settings to begin with; a file and other options come on top.",
)


@command(
    *("top", "training", "model", "adapter", "data"),
    rest="source",
    rest_help=", and recipes to read",
    load=load_preset_config,
    own={"preset": Annotated[str | None, PRESET]},
)
def train(
    terminal: Terminal,
    config: Config,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the run that --run names, or the latest unfinished one.")
    ] = False,
    coordinator: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where the first of several processes listens; see --processes."),
    ] = None,
    process_count: Annotated[
        int | None,
        typer.Option(
            "--processes",
            metavar="N",
            help="Processes that train together (JAX). Under srun, mpirun and torchrun they find each other.",
        ),
    ] = None,
    process_id: Annotated[
        int | None, typer.Option(metavar="I", help="Number of this process, from 0; the first writes the run.")
    ] = None,
    slurm: Annotated[
        bool, typer.Option("--slurm", help="Print a script for sbatch that trains with these options, and do nothing.")
    ] = False,
) -> Outcome:
    """Fine-tune a model on recipes, from their files (--source) or from a block store (--store).

    Everything that the run leaves is in its own folder below the output folder. Ctrl-C saves a checkpoint and stops.
    """
    from recipe_tui.core.backend import chosen_backend

    if slurm:
        return _show_slurm_script(terminal, config)
    if not (resume or config.data.source or config.data.store):
        raise UsageError(
            "no recipes are given", "name files or folders: --source recipes.jsonl; or try: recipe-tui demo"
        )
    processes = Processes.find(coordinator, process_count, process_id)
    check_backend_splits(chosen_backend(), config.training.model_parallel, processes)
    measure_processor(terminal, config)
    result = run_training(terminal, config, resume=resume, processes=processes)
    show_result(terminal, result)
    return Outcome(result, STOPPED if result.state == "stopped" else 0)


def measure_processor(terminal: Terminal, config: Config) -> None:
    """Measure once which kernels are faster on this processor, where TensorFlow computes on it and nothing is set.

    Also warn about arithmetic that it only emulates.
    """
    from recipe_tui.core.backend import chosen_backend
    from recipe_tui.core.kernels import EMULATED, OPTION, emulates_bfloat16, known_times, measure_kernels
    from recipe_tui.core.machine import available_memory

    if available_memory().on_gpu:
        return
    if config.training.precision == "mixed_bfloat16" and emulates_bfloat16():
        terminal.say("warning: " + "; ".join(EMULATED))
    if OPTION in os.environ or chosen_backend() != "tensorflow":
        return
    if known_times() is None:
        terminal.say("measuring which kernels are faster on this processor, once")
        measured = measure_kernels()
        terminal.say("the measurement failed" if measured is None else measured.summary)


def run_training(
    terminal: Terminal,
    config: Config,
    *,
    resume: bool = False,
    processes: Processes | None = None,
    observer: Callable[[Event], None] = lambda _: None,
) -> TrainingResult:
    """Train and show how it goes; see `recipe_tui.core.training.loop.train` for what it raises.

    Args:
        terminal: Where to.
        config: See `train`.
        resume: See `train`.
        processes: See `train`.
        observer: Receives each event, too.
    """
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

            def observe(event: Event) -> None:
                progress.training(event)
                observer(event)

            return train(config, resume=resume, observer=observe, progress=progress.build, processes=processes)


def _show_slurm_script(terminal: Terminal, config: Config) -> Outcome:
    from recipe_tui.core.runs.folder import new_run_name

    arguments = [argument for argument in sys.argv[1:] if argument not in ("--slurm", "--json", "--resume")]
    name = config.run or new_run_name(config.model.name, config.output, time.time())
    if config.run is None:
        arguments += ["--run", name]
    script = slurm_script(arguments, config.output / name, STOPPED)
    if not terminal.as_json:
        terminal.show(script)
    return Outcome({"script": script})


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
