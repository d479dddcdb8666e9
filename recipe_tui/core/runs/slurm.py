"""A batch script for SLURM that trains a run on several devices, and resumes it after it was requeued."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from recipe_tui.core import paths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCRIPT = """\
#!/bin/bash
# Submit it with: sbatch FILE. Adjust nodes, devices and time to the cluster, and load its modules below.
#SBATCH --job-name={job}
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --time=24:00:00
# One process a GPU: with 8 GPUs a node, both numbers above are 8.
#SBATCH --signal=TERM@300
# Five minutes before the end every process gets SIGTERM: the run saves a checkpoint and stops.
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={job}-%j.log

export KERAS_BACKEND=jax
run={run}

resume=
if [ -f "$run/{config}" ]; then resume=--resume; fi  # the run was begun before the job was requeued
srun recipe-tui {arguments} $resume
status=$?
if [ $status -eq {stopped} ]; then scontrol requeue "$SLURM_JOB_ID"; fi  # stopped before its end
exit $status
"""


def slurm_script(arguments: Sequence[str], run: Path, stopped: int) -> str:
    """Return the script.

    Args:
        arguments: Of ``recipe-tui``, the run's name among them.
        run: The run folder, on a file system that all nodes share.
        stopped: Exit code of a training that was stopped before its end.
    """
    return SCRIPT.format(
        job=shlex.quote(run.name),
        run=shlex.quote(str(run)),
        config=paths.RUN_CONFIG,
        arguments=shlex.join(arguments),
        stopped=stopped,
    )
