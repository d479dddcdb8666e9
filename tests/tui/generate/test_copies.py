"""Copied spans: marked in the text, named below it, beside their sources, and found again in the dataset browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from recipe_tui.tui.dataset.screen import DatasetScreen
from recipe_tui.tui.generate.client import WriterError
from recipe_tui.tui.generate.copies import copies_line, tokens_of, with_signs
from recipe_tui.tui.generate.copies_page import CopiesPage, find_words
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.workers.protocol import CopiedSpan
from tests.core.browsing.stores import make_store
from tests.tui.conftest import SIZES, normalised
from tests.tui.generate.conftest import WORDS, Bench, FakeClient
from tests.tui.generate.test_screen import SOUP, TEXT, settled, show, shown, until, write
from tests.tui.pilot import notices
from tests.tui.pilot import shown as on_screen

ONIONS = TEXT.index("Soften the onions in butter")
COPY = CopiedSpan(ONIONS, ONIONS + len("Soften the onions in butter"), 5, -150.0, 2, 1, "Apple Pie")


@pytest.fixture
def app(tmp_path: Path) -> Bench:
    client = FakeClient()
    client.copies = (COPY,)
    client.store = str(make_store(tmp_path / "store"))
    return Bench(tmp_path, client)


def test_tokens_are_copied_when_any_of_their_characters_is() -> None:
    copies = (CopiedSpan(3, 7, 2, -150.0, 1, 0, "Soup"),)
    assert tokens_of(copies, ["ab", "cd", "ef", "gh", "ij"]) == {1, 2, 3}


def test_signs_stand_around_spans_whatever_the_tokens() -> None:
    copies = (CopiedSpan(1, 3, 1, -150.0, 1, 0, "Soup"), CopiedSpan(3, 6, 1, -150.0, 1, 0, "Pie"))
    assert "".join(with_signs(copies, ["ab", "cd", "ef"])) == "a[bc][def]"


def test_the_surest_copy_is_named_first() -> None:
    stock = CopiedSpan(0, 3, 9, -120.0, 1, 0, "Soup")
    assert copies_line((stock, COPY)) == "Copied: 5 words from Apple Pie, 9 words from Soup · Esc, Ctrl+K shows them"
    assert copies_line(()) == ""


def test_words_are_found_whatever_stands_between_them() -> None:
    assert find_words("First: soften the\nOnions, in butter.", "Soften the onions") == (7, 24)
    assert find_words("Soften the leeks.", "Soften the onions") is None


def test_a_finished_text_is_searched_and_its_sources_named(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await until(pilot, lambda: app.generate.query_one("#copies", Static).display)
        assert app.client.traced == [("soups/0412", TEXT)]
        assert "5 words from Apple Pie" in str(app.generate.query_one("#copies", Static).render())
        copied = app.generate.view.output._copied
        assert {WORDS[number] for number in copied} == {"Soften", " the", " onions", " in", " butter"}
        assert shown(app) == TEXT  # colour alone

    show(app, body)


def test_without_colour_signs_stand_around_copied_spans(app: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await until(pilot, lambda: "[Soften the onions in butter]." in shown(app))

    show(app, body)


def test_a_text_without_copies_has_no_line_for_them(app: Bench) -> None:
    app.client.copies = ()

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        assert not app.generate.query_one("#copies", Static).display
        await pilot.press("escape", "ctrl+k")
        assert any("No span" in notice for notice in notices(app))

    show(app, body)


def test_a_store_that_is_gone_is_said_and_the_text_stays(app: Bench) -> None:
    app.client.trace_error = WriterError("/store: no block store", "build it again")

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await until(pilot, lambda: any("no block store" in notice for notice in notices(app)))
        assert shown(app) == TEXT

    show(app, body)


class Both(Bench):
    """The workbench with the dataset screen besides."""

    def new_screen(self, tab: str) -> Screen[None]:
        return DatasetScreen(self.output) if tab == "dataset" else super().new_screen(tab)


def test_one_key_shows_the_source_another_its_block_and_one_leads_back(app: Bench) -> None:
    both = Both(app.output, app.client)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f3")
        screen = next(one for one in both.screen_stack if isinstance(one, GenerateScreen))
        screen.editor.prompt = SOUP
        await pilot.press("f5")
        await until(pilot, lambda: not screen.controller.is_busy and screen.query_one("#copies", Static).display)
        await pilot.press("escape", "ctrl+k")
        await until(pilot, lambda: "Bake slowly." in on_screen(both))
        assert isinstance(both.screen, CopiesPage)
        assert "Apple Pie" in on_screen(both) and "As written" in on_screen(both)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(both.screen, DatasetScreen) and both.screen.view.part is not None)
        assert isinstance(both.screen, DatasetScreen)
        part = both.screen.view.part
        assert part is not None and part.recipe == 1
        await settled(pilot)
        await pilot.press("w")
        assert isinstance(both.screen, CopiesPage)

    show(both, body)


@pytest.mark.parametrize("size", SIZES)
def test_copies_look_like_this(app: Bench, picture: SnapshotAssertion, size: str) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await until(pilot, lambda: app.generate.query_one("#copies", Static).display)
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"marked-{size}")
        await pilot.press("escape", "ctrl+k")
        await until(pilot, lambda: "Bake slowly." in on_screen(app))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"copies-{size}")

    show(app, body, SIZES[size])
