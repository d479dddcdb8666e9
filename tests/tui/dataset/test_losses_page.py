"""The recipes of a store by their loss, computed by a process that is replaced here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.losses import RecipeLosses, write_losses
from recipe_tui.core.config import Config
from recipe_tui.tui.dataset import losses_page
from recipe_tui.tui.dataset.losses_page import LossesPage
from recipe_tui.tui.widgets.virtual_list import VirtualList
from recipe_tui.workers.reports import Failed, Report, Scored
from tests.core.browsing.stores import make_store
from tests.tui.conftest import SIZES, normalised
from tests.tui.dataset.test_screen import Session, run
from tests.tui.pilot import notices, until

VALUES = [2.5, 0.25, np.nan, 7.125]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    make_store(tmp_path / "output" / "blocks" / "store")
    model = tmp_path / "output" / "0412" / "model"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"weights")
    return tmp_path / "output"


def keep(output: Path, values: list[float] = VALUES) -> None:
    """Keep losses as the worker does."""
    folder = output / "0412" / "model"
    store = BlockStore.open(output / "blocks" / "store")
    write_losses(store, RecipeLosses(str(folder), folder, np.array(values, np.float32), 3))


class FakeWorker:
    """Computes losses in steps, and remembers what it was asked for."""

    def __init__(self, output: Path, *steps: list[float], error: Failed | None = None) -> None:
        self.output = output
        self.steps = steps
        self.error = error
        self.asked: list[Config] = []
        self.cancelled = False

    async def __call__(self, worker: str, config: Config) -> AsyncIterator[Report]:
        assert worker == "losses"
        self.asked.append(config)
        for values in self.steps:
            keep(self.output, values)
            yield Scored(int((~np.isnan(values)).sum()), 3)
        if self.error is not None:
            yield self.error


@pytest.fixture
def compute(output: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeWorker]:
    def make(*steps: list[float], error: Failed | None = None) -> FakeWorker:
        worker = FakeWorker(output, *steps, error=error)
        monkeypatch.setattr(losses_page, "stream_reports", worker)
        return worker

    return make


def page(session: Session) -> LossesPage:
    assert isinstance(session.app.screen, LossesPage)
    return session.app.screen


def listed(session: Session) -> list[str]:
    recipes = page(session).query_one(VirtualList)
    return [" ".join(recipes._row(index, 60).plain.split()) for index in range(recipes.count)]


async def shown(session: Session, count: int = 3) -> None:
    await until(
        lambda: isinstance(session.app.screen, LossesPage) and page(session).query_one(VirtualList).count == count
    )
    await session.settle()


def test_kept_losses_are_listed_at_once_and_turned_around(output: Path, compute: Callable[..., FakeWorker]) -> None:
    keep(output)
    worker = compute()

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session)
        assert listed(session) == ["7.125 3 train Tea", "2.500 0 train Leek Soup", "0.250 1 train Apple Pie"]
        assert "Loss per recipe under 0412, highest first" in session.lines()
        assert "loss 7.125 nats per token, perplexity 1,242.6" in session.lines()
        await session.press("s")
        assert listed(session)[0] == "0.250 1 train Apple Pie"
        assert "lowest first" in session.lines()

    run(output, check)
    assert worker.asked == []


def test_missing_losses_are_computed_and_listed_as_they_come(output: Path, compute: Callable[..., FakeWorker]) -> None:
    keep(output, [2.5, np.nan, np.nan, np.nan])
    worker = compute([2.5, np.nan, np.nan, 7.125], VALUES)

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session)
        assert len(listed(session)) == 3

    run(output, check)
    (config,) = worker.asked
    assert config.model.name == str(output / "0412" / "model")
    assert config.data.store == (output / "blocks" / "store").resolve()


def test_the_chosen_recipe_is_shown_in_its_block_and_the_page_opens_there_again(
    output: Path, compute: Callable[..., FakeWorker]
) -> None:
    keep(output)
    compute()

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session)
        await session.press("enter")
        assert session.blocks.number == 2
        part = session.view.part
        assert part is not None and part.recipe == 3
        await session.press("r")
        assert "loss 7.125 nats per token" in session.page
        await session.press("escape", "m")
        await shown(session)
        await session.press("down", "escape", "m")
        await shown(session)
        assert page(session).query_one(VirtualList).selected == 1

    run(output, check)


def test_computing_is_stopped_and_continued_by_a_key(output: Path, compute: Callable[..., FakeWorker]) -> None:
    keep(output, [2.5, np.nan, np.nan, np.nan])
    worker = compute()

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session, 1)
        assert "1 of 3 recipes; c computes the rest" in session.lines()
        worker.steps = (VALUES,)
        await session.press("c")
        await shown(session)
        assert "3 recipes" in session.lines()

    run(output, check)


def test_an_error_says_what_to_do(output: Path, compute: Callable[..., FakeWorker]) -> None:
    keep(output, [2.5, np.nan, np.nan, np.nan])
    compute(error=Failed("/s: cannot be written (Read-only file system)", "choose a folder that you may write to"))

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session, 1)
        await until(lambda: any("Read-only" in notice for notice in notices(session.app)))

    run(output, check)


@pytest.mark.parametrize("size", SIZES)
def test_the_page_looks_like_this(
    output: Path, compute: Callable[..., FakeWorker], picture: SnapshotAssertion, size: str
) -> None:
    keep(output)
    compute()

    async def check(session: Session) -> None:
        await session.press("m")
        await shown(session)
        assert normalised(session.app.export_screenshot()) == picture(name=f"losses-{size}")

    run(output, check, SIZES[size])
