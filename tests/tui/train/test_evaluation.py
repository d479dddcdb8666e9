"""The evaluation of a run from the workbench: a worker that goes on without its dialog, its progress and its result."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.tui.train.evaluation import Evaluation
from recipe_tui.tui.train.evaluation_dialog import EvaluationDialog
from recipe_tui.workers.evaluation import EvaluationRequest
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone, EvaluationRow, Failed
from tests.tui.conftest import normalised
from tests.tui.pilot import PlainWorkbench, drive, notices, shown, until
from tests.tui.train.fake_worker import FakeWorker
from tests.tui.train.stage import Stage, a_run, settled, show, training

WRITING = EvaluationAt("0412: writing for held-out prompts", 12, 50, 3210)


def row(measure: str, *values: str) -> EvaluationRow:
    return EvaluationRow(measure, dict(zip(("model", "base", "human", "swapped", "bm25"), values, strict=True)))


DONE = EvaluationDone(
    50,
    "not shown to be improved, not memorized",
    (
        (True, "coverage above that of its base", "difference +0.310, from +0.250 to +0.370, p = 0.000"),
        (False, "coverage above that of nearest recipe (BM25)", "difference +0.020, from -0.040 to +0.080, p = 0.510"),
    ),
    (
        row("ingredient coverage", "0.50", "0.19", "0.81", "0.21", "0.48"),
        row("copied 13-grams", "0.0012", "0.0000", "0.0020", "0.0012", "1.0000"),
        row("bits per byte, directions", "0.912", "1.204", "–", "–", "–"),
    ),
    ("4 held-out recipes list no ingredient and are no prompts",),
    "output/0412/evaluation.html",
    "output/evaluations/0412-0123456789ab",
)


def test_it_starts_with_what_the_fields_say_and_shows_progress_and_verdict(tmp_path: Path) -> None:
    worker = FakeWorker("evaluation", WRITING, DONE)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(EvaluationDialog(Evaluation(tmp_path, tmp_path.parent, worker)))
        await pilot.pause()
        app.screen.query_one("#prompts", Input).value = "50"
        await pilot.press("f5")
        await until(lambda: "writing for held-out prompts: 12 of 50, 3,210 tokens" in shown(app))
        page = str(tmp_path / "evaluation.html")
        assert worker.requests == [EvaluationRequest(str(tmp_path), str(tmp_path.parent), 50, 400, page)]
        await pilot.press("f5")
        assert len(worker.requests) == 1
        worker.released.set()
        await until(lambda: "not shown to be improved, not memorized (50 prompts)" in shown(app))
        assert "3,210 tokens" not in shown(app)
        await until(lambda: "output/0412/evaluation.html" in shown(app))

    drive(app, test, (120, 40))


def test_what_makes_no_sense_is_not_started(tmp_path: Path) -> None:
    worker = FakeWorker("evaluation")
    (tmp_path / "mine.html").touch()
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(EvaluationDialog(Evaluation(tmp_path, tmp_path.parent, worker)))
        await pilot.pause()
        for field, value, said in (
            ("report", str(tmp_path / "none" / "page.html"), "there is no such folder"),
            ("report", str(tmp_path / "mine.html"), "mine.html exists already"),
            ("tokens", "0", "Tokens: write a number from 1"),
            ("prompts", "many", "Prompts: write a number from 1"),
        ):
            app.screen.query_one(f"#{field}", Input).value = value
            await pilot.press("f5")
            await pilot.pause()
            assert said in str(app.screen.query_one("#complaint", Static).visual)  # a long path wraps on the screen

    drive(app, test, (120, 40))
    assert worker.requests == []


def test_a_stopped_one_continues_with_the_same_request(tmp_path: Path) -> None:
    worker = FakeWorker("evaluation", WRITING, DONE)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(EvaluationDialog(Evaluation(tmp_path, tmp_path.parent, worker)))
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "12 of 50" in shown(app))
        await pilot.press("f6")
        await until(lambda: "Stopped; F5 continues." in shown(app) and worker.ended == 1)
        worker.released.set()
        await pilot.press("f5")
        await until(lambda: "not memorized" in shown(app))
        assert worker.requests[0] == worker.requests[1]

    drive(app, test, (120, 40))


def test_a_failure_says_what_to_do(tmp_path: Path) -> None:
    worker = FakeWorker("evaluation", Failed("bm25s is not installed", "pip install 'recipe-tui[evaluation]'"))
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(EvaluationDialog(Evaluation(tmp_path, tmp_path.parent, worker)))
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "bm25s is not installed" in shown(app) and "recipe-tui[evaluation]" in shown(app))

    drive(app, test)


def test_it_goes_on_without_its_dialog_and_says_when_it_has_ended(tmp_path: Path) -> None:
    output = tmp_path / "output"
    a_run(output, "0412", training(40), created=2.0)
    a_run(output, "0411", training(40), created=1.0)
    worker = FakeWorker("evaluation", WRITING, DONE)
    app = Stage(output)

    async def test(pilot: Pilot[None]) -> None:
        app.jobs["evaluation"] = Evaluation(output / "0412", output, worker)
        await pilot.press("e")
        await until(lambda: isinstance(app.screen, EvaluationDialog))
        await pilot.press("f5")
        await until(lambda: "12 of 50" in shown(app))
        await pilot.press("escape", "down", "e")
        await until(lambda: "Evaluate 0412" in shown(app) and "12 of 50" in shown(app))
        assert any("One evaluation runs at a time" in text for text in notices(app))
        await pilot.press("escape")
        await pilot.pause()
        worker.released.set()
        await until(lambda: any("0412: not shown to be improved" in text for text in notices(app)))
        await pilot.press("e")
        await until(lambda: "Evaluate 0411" in shown(app))

    show(app, test)


def test_a_result_as_a_picture(picture, monkeypatch) -> None:
    app = PlainWorkbench()
    evaluation = Evaluation(Path("output/0412"), Path("output"))
    evaluation.request = EvaluationRequest("output/0412", "output", 50, 400, DONE.report)
    evaluation.done = DONE

    async def test(pilot: Pilot[None]) -> None:
        app.push_screen(EvaluationDialog(evaluation))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name="80x24")

    drive(app, test)
