from __future__ import annotations

import asyncio
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs.control import Control
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Event, Started, Step
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.tui.generate.newest_weights import newest_weights


def a_run(folder: Path, *events: Event) -> Path:
    RunManifest(folder.name, 1.0, "gpt2", "s", "d", "t", "c", "c", process=Process.current()).write(folder)
    log = EventLog(folder / paths.EVENTS)
    for event in (Started(1.0, 0, 80, 4.0, 1000, 20, 64), Step(2.0, 30, 0.1, 2.0, 1e-3, 1.0, 60, None, 1, None, None)):
        log.append(event)
    for event in events:
        log.append(event)
    log.close()
    return folder


def checkpoint(run: Path, step: int) -> None:
    folder = run / paths.CHECKPOINTS / f"step-{step:08}"
    folder.mkdir(parents=True)
    (folder / paths.COMPLETE).touch()


def test_a_training_is_asked_for_a_checkpoint_which_is_waited_for(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    checkpoint(run, 20)
    said: list[str] = []

    async def main() -> int | None:
        waiting = asyncio.create_task(newest_weights(run, said.append, poll=0.001))
        while not Control(run).checkpoint:
            await asyncio.sleep(0.001)
        assert not waiting.done()
        checkpoint(run, 31)
        return await waiting

    assert asyncio.run(main()) == 31
    assert Control(run).requested == "continue"
    assert said == [f"{run.name} saves a checkpoint after its step\u2026"]


def test_a_training_that_has_ended_is_not_asked(tmp_path: Path) -> None:
    run = a_run(tmp_path, Ended(3.0, 30, "failed", "out of memory"))
    assert asyncio.run(newest_weights(run, print)) is None
    assert not (run / paths.CONTROL).exists()
