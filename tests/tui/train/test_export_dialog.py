"""The export of a run from the workbench: form and folder, the comparison, and what a failure says."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.tui.train.export_dialog import ExportDialog, export_text
from recipe_tui.tui.train.export_job import ExportJob
from recipe_tui.tui.train.field_row import ChoiceLine
from recipe_tui.workers.export import ExportRequest
from recipe_tui.workers.reports import ExportAt, ExportDone, Failed
from tests.tui.conftest import normalised
from tests.tui.pilot import PlainWorkbench, drive, notices, shown, until
from tests.tui.train.fake_worker import FakeWorker
from tests.tui.train.stage import Stage, a_run, ended, gone, settled, show, training

ROWS = (
    ("compared on", "8 held-out blocks of its run"),
    ("verdict", "equal within rounding"),
    ("largest difference of two logits", "0.12"),
    ("same likeliest token", "98.4% of 128 places"),
    ("perplexity before", "9.200"),
    ("perplexity after", "9.204"),
)
DONE = ExportDone("output/exports/0412-gguf-q8_0", "0412-Q8_0.gguf", 145_000_000, "equal within rounding", ROWS)
COMPARING = ExportAt("opening it again, and comparing")
STOPPED = [*training(40), ended("stopped", "asked to stop", 40)]


def test_it_exports_in_the_chosen_form_to_a_folder_named_after_it_and_shows_the_verdict(tmp_path: Path) -> None:
    worker = FakeWorker("export", COMPARING, DONE)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(ExportDialog(ExportJob(tmp_path / "0412", worker)))
        await until(lambda: "[huggingface]" in shown(app))
        await pilot.press("right", "right")
        await until(lambda: "[gguf-q8_0]" in shown(app) and "8 bits a weight" in shown(app))
        await pilot.press("f5")
        await until(lambda: "opening it again, and comparing" in shown(app))
        folder = str(tmp_path / "exports" / "0412-gguf-q8_0")
        assert worker.requests == [ExportRequest(str(tmp_path / "0412"), folder, "gguf", "q8_0")]
        await pilot.press("f5")
        assert len(worker.requests) == 1
        worker.released.set()
        await until(lambda: "equal to the model within rounding" in shown(app) and "98.4% of 128" in shown(app))
        assert "opening it again" not in shown(app)

    drive(app, test, (120, 40))


def test_the_adapter_alone_is_offered_where_the_run_has_one(tmp_path: Path) -> None:
    assert "adapter" not in ExportDialog(ExportJob(tmp_path)).forms
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").touch()
    assert "adapter" in ExportDialog(ExportJob(tmp_path)).forms


def test_a_folder_that_was_written_by_hand_stays_and_one_that_exists_is_refused(tmp_path: Path) -> None:
    worker = FakeWorker("export")
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(ExportDialog(ExportJob(tmp_path / "0412", worker)))
        await until(lambda: "[huggingface]" in shown(app))
        folder = app.screen.query_one("#folder", Input)
        for value, said in ((str(tmp_path), "exists already"), (" ", "write where the export goes")):
            folder.value = value
            await pilot.press("right", "f5")
            await pilot.pause()
            assert said in str(app.screen.query_one("#complaint", Static).visual)
            assert folder.value == value

    drive(app, test)
    assert worker.requests == []


def test_a_failure_and_a_stop_say_what_to_do(tmp_path: Path) -> None:
    failing = FakeWorker("export", Failed("0412: no finished model", "wait for its first checkpoint"))
    stopped = FakeWorker("export", COMPARING, DONE)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(ExportDialog(ExportJob(tmp_path, failing)))
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "0412: no finished model" in shown(app) and "first checkpoint" in shown(app))
        await pilot.press("escape")
        app.push_screen(ExportDialog(ExportJob(tmp_path, stopped)))
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "opening it again" in shown(app))
        await pilot.press("f6")
        await until(lambda: "Stopped; F5 starts it again." in shown(app) and stopped.ended == 1)
        assert not app.screen.query_one("#form", ChoiceLine).disabled

    drive(app, test)


def test_an_export_that_is_another_model_must_not_be_used() -> None:
    text = export_text(ExportDone("out", "soup.gguf", 1000, "different", ROWS))
    assert text.plain.splitlines()[0] == "different: do not use it"


def test_a_run_that_is_being_exported_is_neither_deleted_nor_renamed(tmp_path: Path) -> None:
    output = tmp_path / "output"
    a_run(output, "0412", STOPPED, process=gone())
    worker = FakeWorker("export", COMPARING, DONE)
    app = Stage(output)

    async def test(pilot: Pilot[None]) -> None:
        app.jobs["export"] = ExportJob(output / "0412", worker)
        await pilot.press("E")
        await until(lambda: isinstance(app.screen, ExportDialog))
        await pilot.press("f5")
        await until(lambda: "opening it again" in shown(app))
        await pilot.press("escape", "D")
        await until(lambda: any("The export of this run is running" in text for text in notices(app)))
        await pilot.press("R")
        await pilot.pause()
        assert app.screen is app.train
        worker.released.set()
        await until(lambda: any("0412: equal within rounding" in text for text in notices(app)))

    show(app, test)
    assert (output / "0412").is_dir()


def test_a_result_as_a_picture(picture) -> None:
    app = PlainWorkbench()
    job = ExportJob(Path("output/0412"))
    job.request = ExportRequest("output/0412", "output/exports/0412-gguf-q8_0", "gguf", "q8_0")
    job.done = DONE

    async def test(pilot: Pilot[None]) -> None:
        app.push_screen(ExportDialog(job))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name="80x24")

    drive(app, test)
