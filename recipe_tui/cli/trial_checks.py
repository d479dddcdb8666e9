"""The checks of ``recipe-tui doctor`` that run on each backend what trainings use, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from recipe_tui.cli.check import Check
from recipe_tui.core.backend import installed_backends
from recipe_tui.core.machine import BUSY, processor_load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIAL_SECONDS = 180.0
"""Time limit of all trials of a backend on an idle machine; loading it takes most of that."""

LONGEST_FACTOR = 5.0
"""How many times as long they are waited for, at most, where other programs use the processor."""

ADVICE = {
    "xla": "train with --jit-compile false; on a GPU, ptxas and the driver must fit the CUDA libraries",
    "bfloat16": "train with --precision float32",
    "flash attention": "attention works without it; for it, install recipe-tui[jax-cuda] anew",
    "step": "reinstall the backend: pip install --force-reinstall 'recipe-tui[{backend}]'",
}
"""What to do when a trial fails."""


def time_limit(load: float) -> float:
    """Return the seconds that all trials of a backend may take.

    Args:
        load: See `processor_load`.
    """
    return TRIAL_SECONDS * min(1 + load, LONGEST_FACTOR) if load > BUSY else TRIAL_SECONDS


def run_trials(backend: str) -> subprocess.CompletedProcess[str]:
    """Run the trials of a backend in a process of its own.

    Raises:
        TimeoutExpired: They took too long.
    """
    return subprocess.run(
        [sys.executable, "-m", "recipe_tui.workers.backend_trials"],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=time_limit(processor_load()),
        check=False,
    )


def trial_checks(
    run: Callable[[str], subprocess.CompletedProcess[str]] = run_trials, backends: list[str] | None = None
) -> Iterator[Check]:
    """Return a check for each trial of each installed backend.

    Args:
        run: Runs the trials of a backend.
        backends: The backends; those that are installed when None.
    """
    for backend in installed_backends() if backends is None else backends:
        try:
            done = run(backend)
        except subprocess.TimeoutExpired as error:
            said = error.stdout.decode("utf-8", "replace") if isinstance(error.stdout, bytes) else error.stdout or ""
            yield from _checks(backend, said)
            advice = "close other programs and try again; on a GPU, see whether nvidia-smi answers"
            yield Check(f"{backend} trials", "warn", f"not done after {error.timeout:.0f} s", advice)
            continue
        yield from _checks(backend, done.stdout)
        if done.returncode:
            said = next(iter(done.stderr.strip().splitlines()[-1:]), f"exit code {done.returncode}")
            yield Check(f"{backend} trials", "warn", f"ended early: {said}", ADVICE["step"].format(backend=backend))


def _checks(backend: str, said: str) -> Iterator[Check]:
    """Return a check for each whole line of JSON in what a process said."""
    for line in said.splitlines():
        if line.startswith("{") and line.endswith("}"):
            yield _check(backend, json.loads(line))


def _check(backend: str, trial: dict[str, Any]) -> Check:
    failed = trial["status"] == "failed"
    advice = ADVICE.get(trial["name"], "").format(backend=backend) if failed else ""
    found = f"none here: {trial['found']}" if trial["status"] == "unavailable" else trial["found"]
    return Check(f"{backend} {trial['name']}", "warn" if failed else "ok", found, advice)
