"""The laboratory, with a stand-in for the process that writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.core.config.decoding_presets import saved_presets
from recipe_tui.core.evaluation.laboratory.run import run_experiment
from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
from recipe_tui.tui.generate import laboratory_page
from recipe_tui.tui.generate.laboratory_page import LaboratoryPage
from recipe_tui.tui.widgets.virtual_list import VirtualList
from recipe_tui.workers.laboratory import LaboratoryRequest
from recipe_tui.workers.reports import ExperimentAt, ExperimentEstimated, Failed, Report
from tests.core.evaluation.laboratory.conftest import PROMPTS, Clock, Model, experiment_of
from tests.tui.conftest import SIZES, normalised
from tests.tui.generate.conftest import Bench
from tests.tui.generate.test_screen import settled, show, until
from tests.tui.pilot import notices

GRID = "ingredient_bonus=0,2 x top_p=0.8,0.95"


class FakeWorker:
    """Writes all texts at once; refuses until it is confirmed where `long`."""

    def __init__(self, long: bool = False) -> None:
        self.long = long
        self.asked: list[LaboratoryRequest] = []

    async def __call__(self, worker: str, request: LaboratoryRequest) -> AsyncIterator[Report]:
        assert worker == "laboratory"
        self.asked.append(request)
        yield ExperimentEstimated("16 texts to write, at most 144 tokens in 90 min", self.long)
        if self.long and not request.confirmed:
            yield Failed("16 texts to write: more than 60 minutes", "confirm it")
            return
        experiment = request.experiment.experiment()
        run_experiment(experiment, Path(request.file), Model().load, clock=Clock())  # type: ignore[arg-type]
        yield ExperimentAt("top_p=0.8", 16, 16, 0)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    fake = FakeWorker()
    monkeypatch.setattr(laboratory_page, "stream_reports", fake)
    monkeypatch.setattr(ExperimentRequest, "experiment", lambda self: experiment_of(*self.grids))
    monkeypatch.setattr(laboratory_page, "REST", 0.0)
    return fake


def page(app: Bench) -> LaboratoryPage:
    assert isinstance(app.screen, LaboratoryPage)
    return app.screen


def standing(app: Bench) -> str:
    return str(page(app).query_one("#standing", Static).content)


def variants(app: Bench) -> list[str]:
    rows = page(app).query_one(VirtualList)
    return [rows._row(index, 90).plain.split(" (")[0] for index in range(rows.count)]


async def opened(app: Bench, pilot: Pilot[None], grid: str = GRID) -> None:
    await pilot.press("escape", "ctrl+d")
    await until(pilot, lambda: isinstance(app.screen, LaboratoryPage) and bool(page(app).query("#grid")))
    page(app).query_one("#grid", Input).value = grid
    await until(pilot, lambda: page(app).request.grids == ((grid,) if grid else ()) and bool(standing(app)))
    await settled(pilot)


def test_fewer_prompts_than_were_asked_for_are_said(
    tmp_path: Path, worker: FakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = replace(experiment_of(GRID), shortage="20 prompts were asked for, and no more recipes are held out")
    monkeypatch.setattr(ExperimentRequest, "experiment", lambda self: fewer)
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot)
        assert "4 variants × 4 prompts (no more are held out): 0 of 16 texts" in standing(app)

    show(app, body)


async def written(app: Bench, pilot: Pilot[None]) -> None:
    await pilot.press("f5")
    await until(pilot, lambda: "are written" in standing(app))
    await settled(pilot)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_ranking_on_the_screen(tmp_path: Path, worker: FakeWorker, size: tuple[int, int], picture: Any) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot)
        await written(app, pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"laboratory-{size[0]}x{size[1]}")

    show(app, body, size)


def test_the_variants_are_ranked_and_their_texts_stand_side_by_side(tmp_path: Path, worker: FakeWorker) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot)
        assert "4 variants × 4 prompts: 0 of 16 texts, at most 144 tokens" in standing(app)
        await written(app, pilot)
        assert variants(app)[0].startswith("ingredient_bonus=2")
        assert variants(app)[-1].startswith("ingredient_bonus=0")
        page(app).query_one(VirtualList).focus()
        await pilot.press("end", "right")
        await settled(pilot)
        chosen, other = (str(page(app).query_one(f"#{name}-text", Static).content) for name in ("chosen", "other"))
        assert f"2/4 {PROMPTS[1].title}" in chosen
        assert "Boil the carrots." in chosen and "Add the salt." not in chosen
        assert "Add the salt." in other
        await pilot.press("f7")
        await until(pilot, lambda: not isinstance(app.screen, LaboratoryPage))
        await settled(pilot)
        assert (
            "minus ingredient_bonus=0, top_p=0.8, 4 prompts" in app.screen.query_one("#content", Static).content.plain
        )  # type: ignore[union-attr]

    show(app, body)
    assert worker.asked[0].experiment.models == ("soups/0412",)
    assert worker.asked[0].experiment.prompts == 20


def test_the_selected_settings_become_a_preset(tmp_path: Path, worker: FakeWorker) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot, "ingredient_bonus=0,2")
        await written(app, pilot)
        await pilot.press("f8")
        await until(pilot, lambda: bool(app.screen.query("#line")))
        await pilot.press(*"mine", "enter")
        await until(pilot, lambda: isinstance(app.screen, LaboratoryPage))
        await settled(pilot)
        assert any("mine" in one for one in notices(app))

    show(app, body)
    assert [(one.name, one.values) for one in saved_presets()] == [("mine", {"ingredient_bonus": 2.0})]


def test_what_takes_long_is_written_at_the_second_time(tmp_path: Path, worker: FakeWorker) -> None:
    app = Bench(tmp_path)
    worker.long = True

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot)
        await pilot.press("f5")
        await until(pilot, lambda: "F5 once more writes them" in standing(app))
        await settled(pilot)
        await written(app, pilot)

    show(app, body)
    assert [one.confirmed for one in worker.asked] == [False, True]


def test_a_mistake_in_the_grid_is_said_at_once(tmp_path: Path, worker: FakeWorker) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot, "top_p=0.5,2")
        assert "top_p" in standing(app)
        assert page(app).query_one("#standing").has_class("-wrong")
        await pilot.press("f5")
        await settled(pilot)

    show(app, body)
    assert worker.asked == []


def test_what_was_written_before_is_shown_at_once(tmp_path: Path, worker: FakeWorker) -> None:
    for expected in (1, 1):
        app = Bench(tmp_path)

        async def body(pilot: Pilot[None], app: Bench = app, first: bool = not worker.asked) -> None:
            await opened(app, pilot)
            if first:
                await written(app, pilot)
            assert "all 16 texts are written" in standing(app)

        show(app, body)
        assert len(worker.asked) == expected


def test_a_failure_is_said(tmp_path: Path, worker: FakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(worker: str, request: Any) -> AsyncIterator[Report]:
        yield Failed("the model is damaged", "train it again")

    monkeypatch.setattr(laboratory_page, "stream_reports", fails)
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await opened(app, pilot)
        await pilot.press("f5")
        await until(pilot, lambda: "damaged" in standing(app))
        assert standing(app) == "the model is damaged; train it again"

    show(app, body)
