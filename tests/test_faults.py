"""The fault suite in small; ``python -m tests.faults`` tries every fault and many more kills."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from recipe_tui.core.runs.status import active_run, find_run, list_runs
from tests.faults import disk, workbench
from tests.faults.damage import damage_neighbours, reused_pid
from tests.faults.ground import Ground, assert_resumes_exactly
from tests.faults.trainee import Fault, Trainee

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor these signals")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One training that nothing happened to, shared by all tests."""
    yield Ground(tmp_path_factory.mktemp("faults"), Trainee())


def test_a_killed_run_resumes_bit_for_bit(ground: Ground) -> None:
    run, ending = ground.begin(Fault("save", 1, operation=9))
    assert ending.exit_code == -signal.SIGKILL
    assert_resumes_exactly(ground, run)


def test_damaged_runs_and_symlinks_hide_no_other_run(ground: Ground) -> None:
    output = ground.output()
    names = damage_neighbours(ground, output)
    ground.unfinished(output, "unfinished")
    listed = {one.path.name: one for one in list_runs(output)}
    assert {name for name in names if not name.endswith("loop")} <= listed.keys()
    assert all(listed[name].state == "unreadable" for name in names if name.startswith("run-") and name in listed)
    assert listed["unfinished"].state == "lost"
    assert active_run(output) is None
    assert find_run(output, "unfinished") == output / "unfinished"


def test_a_process_that_has_the_pid_of_the_dead_one_is_not_taken_for_it(ground: Ground) -> None:
    reused_pid(ground, resumes=False)


def test_a_history_on_a_full_disk_keeps_what_it_has(ground: Ground) -> None:
    disk.full_in_history(ground)


def test_the_workbench_restores_the_terminal_when_it_is_terminated(ground: Ground) -> None:
    workbench.terminated(ground, signal.SIGTERM, opens=True)
