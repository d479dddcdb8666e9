"""Having a running training save a checkpoint of its present weights, and waiting for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.runs.checkpoints import checkpoint_step, latest_checkpoint
from recipe_tui.core.runs.control import request_checkpoint
from recipe_tui.core.runs.status import ACTIVE, run_state
from recipe_tui.core.runs.tail import end_of_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
