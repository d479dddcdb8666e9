"""Workers that look before a training starts, as processes: what comes through, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import psutil
import pytest

from recipe_tui.sample import sample_config
from recipe_tui.tui.train import worker_process
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.reports import Building, Built, Failed, Found, Report


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shell script in the place of Python; its text is written by the test."""
    path = tmp_path / "program"
    path.touch(mode=0o755)
    monkeypatch.setattr(worker_process.sys, "executable", str(path))
    return path


def reports() -> list[Report]:
    async def collect() -> list[Report]:
        return [report async for report in stream_reports("preflight", sample_config())]

    return asyncio.run(collect())


def test_reports_come_through_and_other_lines_do_not(program: Path) -> None:
    found = Found("ok", "the name is free")
    program.write_text(f"#!/bin/sh\ncat >/dev/null\necho a library speaks\ncat <<'END'\n{line_of(found)}END\n")
    assert reports() == [found]


def test_a_worker_that_dies_has_failed_with_its_last_words(program: Path) -> None:
    program.write_text("#!/bin/sh\ncat >/dev/null\necho 'ImportError: no such thing' >&2\nexit 3\n")
    assert reports() == [Failed("ImportError: no such thing", "run recipe-tui doctor")]


def test_a_worker_that_dies_without_a_word_has_failed_too(program: Path) -> None:
    program.write_text("#!/bin/sh\ncat >/dev/null\nexit 3\n")
    assert reports() == [Failed("the worker ended without a word", "run recipe-tui doctor")]


def test_a_worker_that_is_given_up_ends_with_all_that_it_started(program: Path, tmp_path: Path) -> None:
    building = line_of(Building("read", 1, None))
    script = f"cat >/dev/null\nsleep 600 &\necho $$ $! > {tmp_path}/pids\ncat <<'END'\n{building}END\nwait\n"
    program.write_text("#!/bin/sh\n" + script)

    async def give_up() -> None:
        iteration = stream_reports("preview", sample_config())
        assert isinstance(await anext(iteration), Building)
        await iteration.aclose()  # type: ignore[attr-defined]

    asyncio.run(give_up())
    worker, child = map(int, (tmp_path / "pids").read_text().split())
    assert not psutil.pid_exists(worker)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(30)  # it was told to end, and takes its time on a busy machine


def test_a_real_preview_builds_the_blocks(tmp_path: Path) -> None:
    async def collect() -> list[Report]:
        config = sample_config(top={"output": str(tmp_path / "output")})
        return [report async for report in stream_reports("preview", config)]

    *building, built = asyncio.run(collect())
    assert all(isinstance(report, Building) for report in building)
    assert isinstance(built, Built)
