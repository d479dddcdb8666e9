"""The worker that looks before a training starts: what it reports, and that it loads no backend for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import Config
from recipe_tui.sample import sample_config
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.reports import Building, Built, Estimated, Failed, Found, Report, read_report


def reports_of(module: str, config: Config) -> list[Report]:
    code = (
        f"import sys; from recipe_tui.workers.reports import run_worker; from recipe_tui.workers import {module} as it;"
        "code = run_worker(it.look if hasattr(it, 'look') else it.read);"
        "assert not {'tensorflow', 'keras', 'jax'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=config.to_toml().encode(), capture_output=True)
    assert done.returncode in (0, 1), done.stderr.decode()
    return [report for line in done.stdout.splitlines() if (report := read_report(line)) is not None]


def test_the_sample_will_do_and_its_memory_and_speed_are_estimated(tmp_path: Path) -> None:
    *found, estimated = reports_of("preflight", sample_config(top={"output": str(tmp_path)}))
    assert all(isinstance(one, Found) and one.level == "ok" for one in found)
    assert isinstance(estimated, Estimated)
    assert estimated.parameters == 3_674_624
    assert estimated.memory > 750_000_000
    assert "rough guess" in estimated.basis


def test_what_cannot_be_estimated_is_left_out(tmp_path: Path) -> None:
    found = reports_of("preflight", sample_config(top={"output": str(tmp_path)}, model={"name": "./nothing"}))
    assert not any(isinstance(one, Estimated) for one in found)
    assert any(isinstance(one, Found) and one.setting == "model.name" for one in found)


def test_the_preview_builds_the_store_that_a_training_takes(tmp_path: Path) -> None:
    config = sample_config(top={"output": str(tmp_path)})
    *building, built = reports_of("preview", config)
    assert all(isinstance(one, Building) for one in building)
    assert isinstance(built, Built)
    assert built.training_blocks > 10
    assert not built.reused
    assert Path(built.store).parent == tmp_path / "blocks"
    assert built.rows == tuple(BlockStore.open(Path(built.store)).ledger.rows())
    (_, again) = reports_of("preview", config)
    assert isinstance(again, Built)
    assert again.reused


def test_a_preview_of_nothing_says_why(tmp_path: Path) -> None:
    config = sample_config(top={"output": str(tmp_path)}, data={"source": ["./nowhere.jsonl"]})
    assert reports_of("preview", config) == [Failed("./nowhere.jsonl: no such file", "check the path")]


@pytest.mark.parametrize("line", [b"", b"a warning of a library", b'{"kind": "other"}', b'{"kind": "built"}'])
def test_a_line_that_is_no_report_is_none(line: bytes) -> None:
    assert read_report(line) is None


def test_reports_survive_the_pipe() -> None:
    report = Built("store", True, (("recipes read", 3),), 2, 1, 1503)
    assert read_report(line_of(report).encode()) == report
