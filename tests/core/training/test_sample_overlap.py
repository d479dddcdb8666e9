"""Measuring samples never stops a training, and waits for the index once at most."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from recipe_tui.core.errors import OutputError
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.training.sample_overlap import SampleOverlap
from tests.core.novelty.stores import table_store

STEPS = "Soften the onion in a large pot over medium heat until it is golden, then add the stock."
RECIPE = Recipe("Onion Soup", ("4 onions",), (STEPS,))


@pytest.fixture
def index(tmp_path: Path) -> NoveltyIndex:
    return novelty_index(table_store(tmp_path / "store", (RECIPE,)))  # type: ignore[arg-type]


@pytest.fixture
def reasons() -> list[str]:
    return []


def test_the_index_is_opened_once_and_at_the_first_sample(index: NoveltyIndex, reasons: list[str]) -> None:
    opened: list[int] = []

    def open_index() -> NoveltyIndex:
        opened.append(1)
        return index

    measured = SampleOverlap(open_index, reasons.append)
    assert not opened
    first, second = measured.overlap(STEPS), measured.overlap("Fry an egg.")
    assert first is not None and second is not None
    assert (first.share(13), first.longest) == (1.0, 18)
    assert second.share(13) == 0.0
    assert (opened, reasons) == ([1], [])


def test_samples_are_not_measured_until_the_index_is_built(index: NoveltyIndex, reasons: list[str]) -> None:
    built = threading.Event()

    def build() -> NoveltyIndex:
        built.wait()
        return index

    measured = SampleOverlap(build, reasons.append, timeout=0.0)
    assert measured.overlap(STEPS) is None
    assert measured.overlap(STEPS) is None
    built.set()
    assert measured._thread is not None
    measured._thread.join()
    assert measured.overlap(STEPS) is not None
    assert reasons == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutputError("/s: cannot be written (Read-only file system)", "choose"), "/s: cannot be written (Read-only"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_without_an_index_the_reason_is_given_once(error: Exception, reason: str, reasons: list[str]) -> None:
    def fail() -> NoveltyIndex:
        raise error

    measured = SampleOverlap(fail, reasons.append)
    assert [measured.overlap(STEPS) for _ in range(3)] == [None] * 3
    (given,) = reasons
    assert given.startswith(reason)


def test_a_failure_while_a_sample_is_measured_is_reported_once_too(reasons: list[str]) -> None:
    measured = SampleOverlap(object, reasons.append)  # type: ignore[arg-type] - no index at all
    assert [measured.overlap(STEPS) for _ in range(2)] == [None] * 2
    assert len(reasons) == 1
