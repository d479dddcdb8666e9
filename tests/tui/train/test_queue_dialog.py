from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from recipe_tui.core.queue.add import entries_of
from recipe_tui.core.queue.entries import Entry, EntryState, Queue
from recipe_tui.core.queue.file import QueueFile
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.train.new_run import NewRunScreen
from recipe_tui.tui.train.queue_dialog import EMPTY, QueueDialog, entry_line, summary
from tests.tui.pilot import PlainWorkbench, drive, shown, until


def an_entry(number: int, state: EntryState = "waiting", **values: object) -> Entry:
    return replace(Entry(number, "", "/", 0.0, state, f"soup: rank={number}"), **values)  # type: ignore[arg-type]


def a_file(folder: Path, *entries: Entry) -> QueueFile:
    file = QueueFile(folder / "queue.json")
    with file.changing() as change:
        change.queue = Queue(entries, len(entries) + 1)
    return file


def test_a_line_says_what_distinguishes_an_entry_and_why_it_failed() -> None:
    failed = an_entry(12, "failed", run="/runs/0412-gpt2", used_device="1", problem="out of\x1b[2J memory")
    line = entry_line(failed).plain
    assert line.startswith(" 12 failed   soup: rank=12  0412-gpt2  GPU 1  out of")
    assert "\x1b" not in line


def test_the_summary_says_what_runs_and_waits_and_how_to_start_it() -> None:
    assert summary(Queue()) == EMPTY
    assert summary(Queue((an_entry(1, "running"), an_entry(2)))) == "1 running, 1 waiting; s starts the queue"
    assert summary(Queue((an_entry(1, "finished"), an_entry(2, "held")))) == "1 held"


def test_entries_are_moved_held_and_removed_by_keys(tmp_path: Path) -> None:
    file = a_file(tmp_path, an_entry(1, "running"), an_entry(2), an_entry(3))
    started: list[QueueFile] = []
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        app.push_screen(QueueDialog(file, lambda one: started.append(one) or True))  # type: ignore[func-returns-value]
        await until(lambda: "soup: rank=3" in shown(app))
        await pilot.press("end", "K")
        assert [entry.number for entry in file.read().entries] == [1, 3, 2]
        await pilot.press("h")
        assert file.read().entry(3).state == "held"
        await pilot.press("h", "J", "x")
        assert [entry.number for entry in file.read().entries] == [1, 2]
        await pilot.press("home", "x")
        await until(lambda: isinstance(app.screen, ErrorDialog) and "entry 1 is running" in shown(app))
        assert started == [file] * 5

    drive(app, test)


def test_a_form_can_be_put_into_the_queue(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    (entry,) = entries_of(None, ["data.source=recipes.jsonl", f"output={tmp_path}"], now=0.0)
    started: list[QueueFile] = []
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        from recipe_tui.core.queue.add import config_of

        app.push_screen(NewRunScreen(tmp_path, config_of(entry), queue=file, start_queue=started.append))
        await until(lambda: "recipes.jsonl" in shown(app))
        await pilot.press("f10")
        await until(lambda: len(file.read().entries) == 1)
        assert config_of(file.read().entry(1)).data.source == ("recipes.jsonl",)
        assert started == [file]

    drive(app, test, (120, 40))
