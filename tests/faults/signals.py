"""SIGTERM, SIGINT and SIGHUP at each stage of a training."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

from tests.faults.ground import Ground, assert_nothing_built, assert_resumes_exactly, assert_same, summary
from tests.faults.trainee import Fault

STAGES = (("loading", 1), ("step", 1), ("validation", 1), ("sampling", 1), ("save", 2), ("final save", 1))


def faults(ground: Ground) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the signals by name."""
    for number in (signal.SIGTERM, signal.SIGINT):
        yield f"{number.name} while the blocks are built", lambda number=number: while_blocks_are_built(ground, number)  # type: ignore[misc]
        for stage, call in STAGES:
            fault = Fault(stage, call, "signal", signal=number)
            yield f"{number.name} in {stage}", lambda fault=fault: stopped(ground, fault)  # type: ignore[misc]
    yield "SIGHUP at every stage", lambda: lost_terminal(ground)


def stopped(ground: Ground, fault: Fault) -> None:
    """The run ends as stopped, and resumes exactly."""
    run, ending = ground.begin(fault, sample_every=3)
    assert (ending.exit_code, ending.state) in ((0, "stopped"), (0, "interrupted")), ending
    assert summary(run).state == "stopped", summary(run)
    if fault.signal == signal.SIGTERM:
        assert_resumes_exactly(ground, run)


def while_blocks_are_built(ground: Ground, number: signal.Signals) -> None:
    """There is no run yet, and nothing half-built is left."""
    config = ground.config(ground.output(), sample_every=0)
    config = config.model_copy(
        update={"data": config.data.model_copy(update={"source": (str(ground.recipes),), "store": None})}
    )
    ending = ground.trainee.train(config, fault=Fault("blocks", 1, "signal", operation=12, signal=number))
    assert (ending.exit_code, ending.state) == (0, "interrupted"), ending
    assert_nothing_built(config.output)


def lost_terminal(ground: Ground) -> None:
    """Nothing changes."""
    run, ending = ground.begin(Fault("every", 0, "signal", signal=signal.SIGHUP), sample_every=3)
    assert (ending.exit_code, ending.state) == (0, "finished"), ending
    assert_same(run, ground.whole.run)
