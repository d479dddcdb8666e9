"""The batch script for SLURM."""

import os
import subprocess
from pathlib import Path

import pytest

from recipe_tui.core.runs.slurm import slurm_script

RUN = Path("output folder") / "night"
ARGUMENTS = ["train", "--source", "my recipes.jsonl", "--run", "night", "--output", "output folder"]


@pytest.fixture
def submit(tmp_path):
    """Run the script as SLURM would, with an ``srun`` that ends with a given status; return what was called."""

    def submit(status: int) -> tuple[int, list[str]]:
        calls = tmp_path / "calls"
        calls.unlink(missing_ok=True)
        for name, code in (("srun", status), ("scontrol", 0)):
            program = tmp_path / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{calls}"\nexit {code}\n', encoding="utf-8")
            program.chmod(0o755)
        done = subprocess.run(
            ["bash", "-c", slurm_script(ARGUMENTS, RUN, stopped=130)],
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"},
            check=False,
        )
        return done.returncode, calls.read_text(encoding="utf-8").splitlines()

    return submit


def test_it_trains_with_the_given_options(submit):
    assert submit(0) == (0, ["srun recipe-tui train --source my recipes.jsonl --run night --output output folder"])


def test_a_run_that_was_begun_is_resumed(submit, tmp_path):
    (tmp_path / RUN).mkdir(parents=True)
    (tmp_path / RUN / "config.toml").touch()
    _, (call,) = submit(0)
    assert call.endswith(" --resume")


def test_a_training_that_was_stopped_is_queued_again(submit):
    status, calls = submit(130)
    assert status == 130
    assert calls[-1] == "scontrol requeue 7"


def test_one_that_failed_is_not(submit):
    status, calls = submit(1)
    assert status == 1
    assert len(calls) == 1


def test_every_process_gets_the_signal_before_the_end():
    script = slurm_script(ARGUMENTS, RUN, stopped=130)
    assert "#SBATCH --signal=TERM@" in script  # with B: the shell alone would get it
    assert "#SBATCH --requeue" in script
