"""The trials of the backends, with stand-ins for their processes."""

from __future__ import annotations

import json
import subprocess

from recipe_tui.cli.check import Check
from recipe_tui.cli.trial_checks import TRIAL_SECONDS, time_limit, trial_checks


def outcome(*trials: tuple[str, str, str], code: int = 0, said: str = "") -> subprocess.CompletedProcess[str]:
    lines = [json.dumps(dict(zip(("name", "status", "found"), trial, strict=True))) for trial in trials]
    return subprocess.CompletedProcess([], code, "\n".join(["a library's chatter", *lines]), said)


def test_each_trial_of_each_backend_is_a_check_and_a_failure_says_what_to_do() -> None:
    done = {
        "tensorflow": outcome(("xla", "failed", "no ptxas"), ("flash attention", "unavailable", "it has none")),
        "jax": outcome(("step", "ok", "took a step")),
    }
    xla, flash, step = trial_checks(lambda backend: done[backend], ["tensorflow", "jax"])
    assert (xla.name, xla.status, xla.found) == ("tensorflow xla", "warn", "no ptxas")
    assert "--jit-compile false" in xla.advice
    assert flash == Check("tensorflow flash attention", "ok", "none here: it has none")
    assert step == Check("jax step", "ok", "took a step")


def test_a_process_that_dies_says_its_last_words() -> None:
    (check,) = trial_checks(lambda _: outcome(code=1, said="Traceback\nImportError: libcudart.so.12"), ["jax"])
    assert (check.status, check.found) == ("warn", "ended early: ImportError: libcudart.so.12")
    assert "recipe-tui[jax]" in check.advice


def test_a_process_that_hangs_is_given_up_and_what_it_did_before_is_shown() -> None:
    def hang(_: str) -> subprocess.CompletedProcess[str]:
        done = outcome(("xla", "ok", "compiled")).stdout.encode()
        raise subprocess.TimeoutExpired("python", TRIAL_SECONDS, output=done)

    xla, check = trial_checks(hang, ["jax"])
    assert (xla.name, xla.status) == ("jax xla", "ok")
    assert (check.status, check.found) == ("warn", "not done after 180 s")


def test_a_busy_machine_is_given_more_time_within_reason() -> None:
    assert [time_limit(load) for load in (0.0, 1.0, 3.0, 100.0)] == [180.0, 180.0, 720.0, 900.0]
