"""SIGKILL at random moments: in a step, a save, a log write and the final save."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.faults.ground import STEPS, Ground, assert_resumes_exactly
from tests.faults.trainee import Fault

STAGES = ("step", "save", "log", "final save")


def moments(ground: Ground, count: int, seed: int) -> Iterator[Fault]:
    """Yield random moments, as many in each stage; every second one in a save is before a file operation."""
    choose = random.Random(seed)
    calls = ground.whole.ending.calls
    for number in range(count):
        stage = STAGES[number % len(STAGES)]
        of_stage = [call for call in calls if call.stage == stage]
        # The uninterrupted run writes samples too, which the killed ones do not.
        index = choose.randrange(STEPS if stage == "step" else len(of_stage) - 2 * (stage == "log"))
        call = of_stage[index]
        if stage == "log":
            yield Fault(stage, index + 1, "tear", after=choose.random())
        elif stage != "step" and number // len(STAGES) % 2:
            yield Fault(stage, index + 1, operation=choose.randrange(max(1, call.operations)))
        else:
            yield Fault(stage, index + 1, after=choose.uniform(0, call.seconds))


def faults(ground: Ground, count: int, seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the kills by name."""
    for number, fault in enumerate(moments(ground, count, seed), 1):
        yield f"kill {number}: {fault}", lambda fault=fault: killed(ground, fault)  # type: ignore[misc]


def killed(ground: Ground, fault: Fault) -> None:
    """Kill a training, resume it, and compare it with the uninterrupted one."""
    run, ending = ground.begin(fault)
    if fault.after is not None and fault.act == "kill" and ending.exit_code == 0:
        return killed(ground, Fault(fault.stage, fault.number, after=fault.after / 2))  # it ended before the kill
    assert ending.exit_code == -9, f"not killed: {ending}"
    assert_resumes_exactly(ground, run)
    return None
