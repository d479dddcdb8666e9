"""SIGTERM, SIGINT and SIGHUP at each stage of a training."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial

import psutil

from recipe_tui.core import paths
from recipe_tui.core.blocks.progress import STAGES as BUILDING
from recipe_tui.core.runs.launch import start
from tests.faults.ground import Ground, Scenario, assert_nothing_built, assert_resumes_exactly, assert_same, summary
from tests.faults.trainee import Fault

STAGES = (("loading", 1), ("step", 1), ("validation", 1), ("sampling", 1), ("save", 2), ("final save", 1))

MANY = 500
"""How often the recipes are repeated, so that their blocks are built for some seconds."""

SECONDS = 120
"""Longest that a process may take to begin building blocks, and to end."""


def scenarios(ground: Ground) -> Iterator[Scenario]:
    """Yield the signals at each stage."""
    for number in (signal.SIGTERM, signal.SIGINT):
        name = f"{number.name} at each stage of a training"
        yield Scenario(name, partial(while_blocks_are_built, ground, number), "building blocks")
        for stage, call in STAGES:
            yield Scenario(name, partial(stopped, ground, Fault(stage, call, "signal", signal=number)), stage)
    yield Scenario("SIGHUP at every stage of a training", partial(lost_terminal, ground))
    for number in (signal.SIGTERM, signal.SIGINT):
        yield Scenario(
            "SIGTERM, SIGINT to a launched run that builds its blocks", partial(launched, ground, number), number.name
        )


def stopped(ground: Ground, fault: Fault) -> None:
    """The run ends as stopped, and resumes exactly."""
    run, ending = ground.begin(fault, sample_every=3)
    assert (ending.exit_code, ending.state) in ((0, "stopped"), (0, "interrupted")), ending
    assert summary(run).state == "stopped", summary(run)
    assert_resumes_exactly(ground, run)


def while_blocks_are_built(ground: Ground, number: signal.Signals) -> None:
    """There is no run yet, and nothing half-built is left."""
    config = ground.config_from_recipes(ground.output())
    ending = ground.trainee.train(config, fault=Fault("blocks", 1, "signal", operation=12, signal=number))
    assert (ending.exit_code, ending.state) == (0, "interrupted"), ending
    assert_nothing_built(config.output)


def lost_terminal(ground: Ground) -> None:
    """Nothing changes."""
    run, ending = ground.begin(Fault("every", 0, "signal", signal=signal.SIGHUP), sample_every=3)
    assert (ending.exit_code, ending.state) == (0, "finished"), ending
    assert_same(run, ground.whole.run)


def launched(ground: Ground, number: signal.Signals) -> None:
    """The run is listed as stopped, with the reason, and nothing half-built is left."""
    output = ground.output()
    recipes = output.parent / "many.jsonl"
    recipes.write_text(ground.recipes.read_text(encoding="utf-8") * MANY, encoding="utf-8")
    run = start(ground.config_from_recipes(output, recipes))
    process = psutil.Process(run.process.pid)
    log = run.path / paths.WORKER_LOG
    try:
        deadline = time.monotonic() + SECONDS
        while BUILDING["read"] not in log.read_text(encoding="utf-8") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert BUILDING["read"] in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")
        assert summary(run.path).state == "starting", summary(run.path)
        os.kill(process.pid, number)
        psutil.wait_procs([process], SECONDS)
    finally:
        if process.is_running():
            process.kill()
    assert summary(run.path).state == "stopped", summary(run.path)
    assert "interrupted" in summary(run.path).reason, summary(run.path)
    assert_nothing_built(output)
