"""SIGKILL at random moments: in a step, a save, a log write and the final save.

A training is killed several times on its way, so that a process costs one start for two halves: it resumes from the
kill before, and is killed itself. At the end it is compared with the training that was never killed.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial

from recipe_tui.core import paths
from recipe_tui.core.runs.checkpoints import checkpoint_step, latest_checkpoint
from tests.faults.ground import EVALUATE_EVERY, STEPS, Ground, assert_resumes_exactly
from tests.faults.trainee import Fault

KILLS = 7
"""Kills of one training at most; the last two are in the final save."""

LINES_BEFORE_STEPS = 3
"""Events that a process logs before its first step."""


def faults(ground: Ground, count: int, seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield trainings that are killed, by name."""
    for first in range(1, count + 1, KILLS):
        last = min(first + KILLS - 1, count)
        yield f"kills {first} to {last}", partial(killed, ground, last - first + 1, random.Random(f"{seed} {first}"))


def killed(ground: Ground, count: int, choose: random.Random) -> None:
    """Kill a training so many times, resume it, and compare it with the uninterrupted one."""
    output = ground.output()
    run = output / "run"
    moments: list[str] = []
    tries = 0
    try:
        while len(moments) < count:
            checkpoint = latest_checkpoint(run)
            left = STEPS - (checkpoint_step(checkpoint) if checkpoint else 0)
            is_final = len(moments) >= max(1, count - 2) or not left
            fault = moment(ground, "final save" if is_final else choose.choice(("step", "save", "log")), left, choose)
            ending = (
                ground.resume(run, fault) if (run / paths.RUN_MANIFEST).exists() else ground.begin(fault, output)[1]
            )
            tries += 1
            if ending.exit_code == 0:  # the kill came too late
                assert ending.state == "finished", ending
                assert tries < 3 * count, f"not killed: {fault}"
                shutil.rmtree(run / paths.FINISHED_MODEL)  # what the final save wrote; it is killed once more
                continue
            assert ending.exit_code == -9, ending
            moments.append(str(fault))
        assert_resumes_exactly(ground, run)
    except AssertionError as error:
        raise AssertionError(f"{error}\nkilled in {'; '.join(moments)}") from error


def moment(ground: Ground, stage: str, left: int, choose: random.Random) -> Fault:
    """Return a random moment in a stage, for a process that has some steps left."""
    most = {
        "step": left,
        "save": left // EVALUATE_EVERY,
        "log": LINES_BEFORE_STEPS + 2 * left,
        "final save": 1,
    }[stage]
    number = choose.randint(1, most)
    call = choose.choice([call for call in ground.whole.ending.calls if call.stage == stage])
    if stage == "log":
        return Fault(stage, number, "tear", after=choose.random())
    if stage != "step" and choose.random() < 0.5:
        return Fault(stage, number, operation=choose.randrange(max(1, call.operations)))
    return Fault(stage, number, after=choose.uniform(0, call.seconds * 0.8))
