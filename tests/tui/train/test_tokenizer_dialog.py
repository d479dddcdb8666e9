"""Training a tokenizer from the form of a new run."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.core.config import Config
from recipe_tui.tui.train.new_run import NewRunScreen
from recipe_tui.tui.train.tokenizer_dialog import TokenizerDialog
from recipe_tui.tui.train.tokenizer_job import TokenizerJob
from recipe_tui.workers.reports import Building, Failed, TokenizerTrained
from tests.tui.conftest import normalised
from tests.tui.pilot import PlainWorkbench, drive, notices, shown, until
from tests.tui.train.fake_worker import FakeWorker
from tests.tui.train.stage import settled

DATA = Config().data.model_copy(update={"source": ("soups.jsonl",)})
READING = Building("read for tokenizer", 4096, None)
DONE = TokenizerTrained("output/tokenizers/soups", 2048)


def test_it_is_trained_on_the_recipes_of_the_form_and_put_into_it(tmp_path: Path) -> None:
    worker = FakeWorker("tokenizer", READING, DONE)
    app = PlainWorkbench()
    form = NewRunScreen(tmp_path, Config(data=DATA), stream=worker)

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(form)
        await until(lambda: app.screen is form and bool(form.rows))
        await pilot.press("f11")
        await until(lambda: "New tokenizer" in shown(app))
        app.screen.query_one("#size", Input).value = "2,048"
        await pilot.press("f5")
        await until(lambda: "reading recipes for the tokenizer: 4,096" in shown(app))
        (request,) = worker.requests
        assert request.data.source == ("soups.jsonl",)
        assert request.data.new_vocab_size == 2048
        assert request.folder == str(tmp_path / "tokenizers" / "tokenizer")
        worker.released.set()
        await until(lambda: "2,048 tokens, written to output/tokenizers/soups" in shown(app))
        await pilot.press("escape")
        await until(lambda: form.texts["data.tokenizer"] == "output/tokenizers/soups")
        assert not app.jobs

    drive(app, test, (120, 40))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("size", "few", "Tokens: write a number"), ("folder", ".", "exists already"), ("folder", "", "exists already")],
)
def test_what_makes_no_sense_is_not_started(tmp_path: Path, field: str, value: str, said: str) -> None:
    worker = FakeWorker("tokenizer")
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(TokenizerDialog(TokenizerJob(tmp_path, worker), DATA))
        await pilot.pause()
        app.screen.query_one(f"#{field}", Input).value = value
        await pilot.press("f5")
        await pilot.pause()
        assert said in str(app.screen.query_one("#complaint", Static).visual)

    drive(app, test)
    assert worker.requests == []


def test_it_goes_on_without_its_dialog_and_is_not_put_into_a_form_that_is_closed(tmp_path: Path) -> None:
    worker = FakeWorker("tokenizer", READING, DONE)
    app = PlainWorkbench()
    job = TokenizerJob(tmp_path, worker)
    answers: list[str | None] = []

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(TokenizerDialog(job, DATA), answers.append)
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "4,096" in shown(app))
        await pilot.press("escape")
        await pilot.pause()
        worker.released.set()
        await until(lambda: any("2,048 tokens, written to" in text for text in notices(app)))

    drive(app, test)
    assert answers == [None]


def test_recipes_that_support_fewer_tokens_than_proposed_give_as_many_as_they_do(tmp_path: Path) -> None:
    worker = FakeWorker("tokenizer", DONE)
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(TokenizerDialog(TokenizerJob(tmp_path, worker), DATA))
        await until(lambda: "Tokens, at most" in shown(app))
        await pilot.press("f5")
        await until(lambda: "2,048 tokens, as many as these recipes support, written to" in shown(app))

    drive(app, test, (120, 40))


def test_a_failure_is_a_line_and_its_hint_another(tmp_path: Path) -> None:
    worker = FakeWorker("tokenizer", Failed("soups.jsonl: no recipe in it", "check the sources"))
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "1 Train" in shown(app))
        app.push_screen(TokenizerDialog(TokenizerJob(tmp_path, worker), DATA))
        await pilot.pause()
        await pilot.press("f5")
        await until(lambda: "no recipe in it" in shown(app) and "check the sources" in shown(app))

    drive(app, test)


def test_the_fields_as_a_picture(picture) -> None:
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        app.push_screen(TokenizerDialog(TokenizerJob(Path("output")), DATA))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name="80x24")

    drive(app, test)
