"""SIGKILL at random moments: in a step, a save, a log write and the final save.

A training is killed several times on its way, so that a process counts twice: it resumes from the kill before, and is
killed itself. After each kill the newest checkpoint is compared bit for bit with the same one of the training that was
never killed, and at the end everything is.
"""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs.checkpoints import checkpoint_step, latest_checkpoint
from tests.faults.ground import (
    EVALUATE_EVERY,
    STEPS,
    Ground,
    Scenario,
    assert_resumes_exactly,
    assert_same_checkpoint,
)
from tests.faults.trainee import Fault

STAGES = {"step": "a step", "save": "a save", "log": "a log write", "final save": "the final save"}

KILLS = 7
"""Kills of one training; the last two are in the final save."""

LINES_BEFORE_STEPS = 3
"""Events that a process logs before its first step."""

TRIES = 5
"""Moments that are tried until one is not too late."""

FARTHEST = 3
"""Steps of a process that a kill lets it take at most, so that some are left for the kills after."""


def scenarios(ground: Ground, count: int, seed: int) -> Iterator[Scenario]:
    """Yield so many kills."""
    trainings = [
        KilledTraining(ground, min(KILLS, count - first), random.Random(f"{seed} {first}"))
        for first in range(0, count, KILLS)
    ]
    for number in range(KILLS):  # first the first of all, which are tried at the same time
        for training in trainings:
            if number < len(training.stages):
                name = f"SIGKILL in {STAGES[training.stages[number]]}"
                yield Scenario(name, partial(training.check, number), f"kill {number + 1} of a training")


class KilledTraining:
    """A training that is killed several times.

    Args:
        ground: What it is compared with.
        count: How often it is killed.
        choose: Chooses the moments.
    """

    def __init__(self, ground: Ground, count: int, choose: random.Random) -> None:
        on_the_way = max(1, count - 2)
        stages = ["step", "save", "log"] * on_the_way
        self.stages = [*choose.sample(stages[: on_the_way + 1], on_the_way), *["final save"] * (count - on_the_way)]
        self._ground = ground
        self._choose = choose
        self._lock = threading.Lock()
        self._survived = 0
        self._problem: Exception | None = None

    def check(self, number: int) -> None:
        """Kill the training, unless that is done; raise what was wrong if this kill was not survived."""
        with self._lock:
            if not self._survived and self._problem is None:
                try:
                    self._run()
                except Exception as error:
                    self._problem = error
        if number >= self._survived and self._problem is not None:
            raise self._problem

    def _run(self) -> None:
        ground, moments = self._ground, []
        run = ground.output() / "run"
        try:
            for number, stage in enumerate(self.stages):
                moments.append(str(self._kill(run, stage)))
                newest = latest_checkpoint(run)
                if newest is not None:
                    assert_same_checkpoint(newest, ground.whole.run)
                self._survived = number  # the kill before was resumed from
            assert_resumes_exactly(ground, run)
            self._survived = len(self.stages)
        except AssertionError as error:
            raise AssertionError(f"{error}\nkilled in {'; '.join(moments)}") from error

    def _kill(self, run: Path, stage: str) -> Fault:
        """Kill the training in a stage, at another moment where the first was too late."""
        for _ in range(TRIES):
            newest = latest_checkpoint(run)
            left = STEPS - (checkpoint_step(newest) if newest else 0)
            fault = moment(self._ground, stage, left, self._choose)
            exists = (run / paths.RUN_MANIFEST).exists()
            ending = self._ground.resume(run, fault) if exists else self._ground.begin(fault, run.parent)[1]
            if ending.exit_code == -9:
                return fault
            assert (ending.exit_code, ending.state) == (0, "finished"), ending
            shutil.rmtree(run / paths.FINISHED_MODEL)  # what the final save wrote; it is killed once more
        raise AssertionError(f"not killed in {TRIES} tries, the last one in {fault}")


def moment(ground: Ground, stage: str, left: int, choose: random.Random) -> Fault:
    """Return a random moment in a stage, for a process that has some steps left; in the final save if none are."""
    steps = min(left, FARTHEST)
    if steps < EVALUATE_EVERY:
        stage = "final save"
    most = {"step": steps, "save": steps // EVALUATE_EVERY, "log": LINES_BEFORE_STEPS + steps, "final save": 1}[stage]
    number = choose.randint(1, most)
    call = choose.choice([call for call in ground.whole.ending.calls if call.stage == stage])
    if stage == "log":
        return Fault(stage, number, "tear", after=choose.random())
    if stage != "step" and choose.random() < 0.5:
        return Fault(stage, number, operation=choose.randrange(max(1, call.operations)))
    return Fault(stage, number, after=choose.uniform(0, call.seconds * 0.8))
