"""Which checkpoint a training is resumed from; see `tests.core.training.test_loop` for trainings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.training import trainer


def test_where_all_checkpoints_are_damaged_the_newest_is_named_and_a_new_run_is_the_way_out(monkeypatch) -> None:
    newest_first = [Path("step-00000004"), Path("step-00000002")]

    def check_files(folder: Path) -> None:
        raise CheckpointError(f"{folder}: model.safetensors is damaged", "remove it")

    monkeypatch.setattr(trainer, "complete_checkpoints", lambda run: newest_first)
    monkeypatch.setattr(trainer, "check_files", check_files)
    damaged = []
    with pytest.raises(CheckpointError) as raised:
        trainer.restore(SimpleNamespace(run="run"), lambda: False, lambda folder, error: damaged.append(folder))
    assert damaged == newest_first
    assert raised.value.message == "step-00000004: model.safetensors is damaged"
    assert raised.value.hint == "no checkpoint of this run is whole: start a new run"
