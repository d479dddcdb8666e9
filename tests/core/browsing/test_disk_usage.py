"""What takes disk: runs, their checkpoints, block stores, other output and cached models."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.browsing.disk_usage import disk_uses
from recipe_tui.core.runs.folder import RunManifest


def a_file(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def test_everything_is_listed_with_the_largest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output, cache = tmp_path / "output", tmp_path / "models"
    monkeypatch.setattr("recipe_tui.core.paths.models_cache", lambda: cache)
    elsewhere = tmp_path / "store"
    run = output / "soup"
    a_file(run / "checkpoints" / "step-00000012" / "COMPLETE", 6000)
    a_file(run / "events.jsonl", 3000)
    RunManifest("soup", 1.0, "gpt2", str(elsewhere), "d", "t", "c", "k").write(run)
    a_file(elsewhere / "store.json", 5000)
    a_file(output / "blocks" / "abc" / "store.json", 2000)
    a_file(output / "blocks" / ".def.partial" / "build.json", 1500)
    a_file(output / "evaluations" / "soup-0123" / "texts.jsonl", 1000)
    a_file(cache / "smollm2-135m" / "model.safetensors", 7000)
    a_file(tmp_path / "llama.cpp" / "0123-f16.gguf", 500)
    found = [(use.kind, use.path, use.note) for use in disk_uses(output)]
    assert found == [
        ("cache", cache / "smollm2-135m", "fetched or converted again when it is needed"),
        ("checkpoints", run / "checkpoints", "1 complete"),
        ("block store", elsewhere, "used by 1 run"),
        ("run", run, ""),
        ("block store", output / "blocks" / "abc", "used by no run here"),
        ("block store", output / "blocks" / ".def.partial", "an unfinished build, which the same command resumes"),
        ("output", output / "evaluations", ""),
        ("cache", tmp_path / "llama.cpp", "fetched or converted again when it is needed"),
    ]
    assert [use.size for use in disk_uses(output)][:3] == [7000, 6000, 5000]


def test_without_anything_the_list_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipe_tui.core.paths.models_cache", lambda: tmp_path / "none")
    assert disk_uses(tmp_path / "output") == []
