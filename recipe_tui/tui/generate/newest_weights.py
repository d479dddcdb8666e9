"""Having a running training save a checkpoint of its present weights, and waiting for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.registry.catalog import run_of, short_name
from recipe_tui.core.runs.checkpoints import checkpoint_step, latest_checkpoint
from recipe_tui.core.runs.control import request_checkpoint
from recipe_tui.core.runs.status import ACTIVE, run_state
from recipe_tui.core.runs.tail import end_of_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.tui.generate.settings_actions import SettingsActions

POLL = 0.5
"""Seconds between two looks for the checkpoint."""


async def newest_weights(run: Path, say: Callable[[str], object], poll: float = POLL) -> int | None:
    """Ask a training for a checkpoint, and wait for one that is not older than the request.

    Args:
        run: The run folder.
        say: Receives a line when it waits.
        poll: Seconds between two looks for it.

    Returns:
        Its step; None where the training does not run, or ends before.

    Raises:
        OutputError: The run folder cannot be written to.
    """
    events = await asyncio.to_thread(end_of_log, run / paths.EVENTS)
    step = max((event.step for event in events), default=0)
    if await asyncio.to_thread(run_state, run) in ACTIVE:
        say(f"{run.name} saves a checkpoint after its step…")
        request_checkpoint(run)
    while True:
        latest = await asyncio.to_thread(latest_checkpoint, run)
        if latest is not None and checkpoint_step(latest) >= max(1, step):
            return checkpoint_step(latest)
        if await asyncio.to_thread(run_state, run) not in ACTIVE:
            return None
        await asyncio.sleep(poll)


async def choose_newest(screen: SettingsActions) -> None:
    """Choose the weights that the training of a screen's model has now, or say that it does not run."""
    run = run_of(screen.settings.model or "")
    step = None if run is None else await newest_weights(run, screen.view.say)
    if run is None or step is None:
        screen.notify("The model is from no training that runs. Ctrl+O lists those that do.", markup=False)
    else:
        screen.choose_model(str(run))
        screen.view.say(f"{short_name(str(run))} at step {step:,} writes: press Ctrl+J or F5.")
