"""What runs on a backend: here on the one of the tests."""

from __future__ import annotations

import pytest

from recipe_tui.workers import backend_trials
from recipe_tui.workers.backend_trials import Trial, trials, try_bfloat16, try_flash_attention


def test_a_product_in_bfloat16_is_right_and_flash_attention_is_only_on_a_gpu() -> None:
    assert try_bfloat16()[0] == "ok"
    assert try_flash_attention()[0] == "unavailable"


def test_a_trial_that_fails_says_why_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[str, str]:
        raise RuntimeError("no ptxas\nin a long text")

    monkeypatch.setattr(backend_trials, "TRIALS", {"xla": broken, "step": lambda: ("ok", "fine")})
    assert list(trials()) == [Trial("xla", "failed", "RuntimeError: no ptxas"), Trial("step", "ok", "fine")]
