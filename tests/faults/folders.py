"""Folders that vanish, that can no longer be written to, or that are symlinks."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs.status import find_run
from tests.faults.ground import Ground, Scenario, assert_one_line, assert_resumes_exactly, summary
from tests.faults.trainee import Fault


def scenarios(ground: Ground) -> Iterator[Scenario]:
    """Yield what happens to folders."""
    for fault in (Fault("step", 3, "remove folder"), Fault("weights", 2, "remove folder")):
        yield Scenario("vanished folder", partial(vanished, ground, fault), f"the run, {fault.stage}")
    yield Scenario("vanished folder", partial(store_vanished, ground), "the block store")
    yield Scenario("read-only folder", partial(read_only, ground), "the run, while it trains")
    yield Scenario("read-only folder", partial(read_only_output, ground), "the runs, before it begins")
    yield Scenario("symlinks under output", partial(linked_run, ground), "a run")
    yield Scenario("symlinks under output", partial(linked_checkpoints, ground), "its checkpoints")


def vanished(ground: Ground, fault: Fault) -> None:
    """The error is one line, and nothing comes back in the folder's place."""
    output = ground.output()
    run, ending = ground.begin(Fault(fault.stage, fault.number, fault.act, folder=str(output / "run")), output)
    assert_one_line(ending, str(run))
    assert not run.exists(), sorted(map(str, run.rglob("*")))


def store_vanished(ground: Ground) -> None:
    """The blocks are built again, and the run resumes exactly."""
    output = ground.output()
    ending = ground.trainee.train(ground.config_from_recipes(output), fault=Fault("step", 3))
    assert ending.exit_code == -9, ending
    shutil.rmtree(output / paths.BLOCKS)
    assert_resumes_exactly(ground, output / "run")


def read_only(ground: Ground) -> None:
    """The error is one line, and the run resumes exactly where it can be written to again."""
    output = _reachable(ground)
    run, ending = ground.begin(Fault("step", 3, "read-only", folder=str(output / "run")), output)
    assert_one_line(ending, str(run), os.strerror(errno.EACCES), "choose a folder that you may write to")
    for path in (run, *run.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert_resumes_exactly(ground, run)


def read_only_output(ground: Ground) -> None:
    """The error is one line, and nothing is left."""
    output = _reachable(ground)
    run, ending = ground.begin(Fault("blocks", 1, "read-only", folder=str(output)), output)
    assert_one_line(ending, str(run), os.strerror(errno.EACCES), "choose a folder that you may write to")
    assert not run.exists()


def _reachable(ground: Ground) -> Path:
    """Return an output folder that everybody can enter."""
    output = ground.output()
    for folder in (ground.folder, output.parent, output):
        folder.chmod(0o755)
    return output


def linked_run(ground: Ground) -> None:
    """A run on another disk is found and resumed."""
    output = ground.output()
    elsewhere = ground.unfinished(output.parent / "elsewhere")
    (output / "run").symlink_to(elsewhere)
    assert summary(output / "run").state == "lost", summary(output / "run")
    assert find_run(output, None) == output / "run"
    assert_resumes_exactly(ground, output / "run")
    assert (output / "run").is_symlink()


def linked_checkpoints(ground: Ground) -> None:
    """Checkpoints on another disk are resumed from, and stay there."""
    run = ground.copy(run=ground.killed)
    elsewhere = run.parent.parent / "elsewhere"
    (run / paths.CHECKPOINTS).rename(elsewhere)
    (run / paths.CHECKPOINTS).symlink_to(elsewhere)
    assert_resumes_exactly(ground, run)
    assert (run / paths.CHECKPOINTS).is_symlink()
