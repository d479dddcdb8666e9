"""The list of what takes disk."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from recipe_tui.core.browsing.disk_usage import DiskUse
from recipe_tui.core.errors import OutputError
from recipe_tui.tui.train.disk_dialog import DiskDialog, use_line
from tests.tui.conftest import normalised
from tests.tui.pilot import PlainWorkbench, drive, notices, shown, until
from tests.tui.train.stage import settled

USES = [
    DiskUse("checkpoints", Path("output/0412-gpt2/checkpoints"), 1_500_000_000, "3 complete"),
    DiskUse("block store", Path("output/blocks/0123456789abcdef"), 400_000_000, "used by no run here"),
    DiskUse("run", Path("output/0412-gpt2"), 12_000_000),
]


def test_a_line_has_no_escape_codes() -> None:
    assert "\x1b" not in use_line(DiskUse("run", Path("a\x1b[2J"), 1)).plain


def test_the_list_as_a_picture_and_a_run_that_is_chosen(picture) -> None:
    app = PlainWorkbench()
    answers: list[Path | None] = []
    measured = Event()

    def read(output: Path) -> list[DiskUse]:
        measured.set()
        return USES

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(DiskDialog(Path("output"), read), answers.append)
        await pilot.pause()
        await until(measured.is_set)
        await settled(pilot)
        assert "1.9 GB in all" in shown(app)
        assert normalised(app.export_screenshot()) == picture(name="80x24")
        await pilot.press("home", "enter")
        await until(lambda: answers == [Path("output/0412-gpt2")])

    drive(app, test)


def test_a_cache_is_deleted_after_a_question_and_a_run_is_not(tmp_path: Path) -> None:
    cache = tmp_path / "llama.cpp"
    cache.mkdir()
    app = PlainWorkbench()
    run = DiskUse("run", tmp_path / "output" / "one", 100)

    def read(output: Path) -> list[DiskUse]:
        return [DiskUse("cache", cache, 900, "converted again"), run] if cache.exists() else [run]

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(DiskDialog(tmp_path / "output", read))
        await until(lambda: "1.0 kB in all" in shown(app))
        await pilot.press("home", "D")
        await until(lambda: "Delete llama.cpp?" in shown(app))
        await pilot.press("escape")
        await pilot.pause()
        assert cache.exists()
        await pilot.press("D")
        await until(lambda: "Delete llama.cpp?" in shown(app))
        await pilot.press("y")
        await until(lambda: "100 bytes in all" in shown(app))
        assert not cache.exists()
        await pilot.press("home", "D")
        await until(lambda: "Only caches are deleted here; Enter goes to a run." in notices(app))

    drive(app, test)


def test_a_cache_that_cannot_be_deleted_is_said_and_stays_in_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise OutputError(f"{folder.name}: cannot be written (permission denied)")

    monkeypatch.setattr("recipe_tui.core.registry.cache.delete_cache", refuse)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        cache = DiskUse("cache", tmp_path / "llama.cpp", 900, "converted again")
        app.push_screen(DiskDialog(tmp_path, lambda _: [cache]))
        await until(lambda: "900 bytes in all" in shown(app))
        await pilot.press("home", "D")
        await until(lambda: "Delete llama.cpp?" in shown(app))
        await pilot.press("y")
        await until(lambda: "llama.cpp: cannot be written (permission denied)" in notices(app))
        assert "900 bytes in all" in shown(app)

    drive(app, test)
