"""The dialog that gives a recipe to a cook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from recipe_tui.core.cookbook.document import MACHINE_WRITTEN
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.generate.cook_dialog import CookDialog
from recipe_tui.tui.generate.text_actions import cook
from recipe_tui.workers.protocol import Text
from tests.tui.pilot import notices, until

SOUP = Text(
    text="Leek Soup",
    title="Leek Soup",
    ingredients=("2 leeks", "1 cup buttermilk", "salt"),
    steps=("Simmer at 200°F.",),
    finish_reason="stop",
    tokens=9,
    tokens_per_second=9.0,
    seed=7,
    servings="4 servings",
)


class Kitchen(App[None]):
    """Shows nothing but the dialog."""

    text = SOUP
    written: Path | None = None

    def on_mount(self) -> None:
        async def ask() -> None:
            self.written = await cook(self, self.text)

        self.run_worker(ask())


def show(body: Callable[[Kitchen, Pilot[None]], Awaitable[None]], text: Text = SOUP) -> Kitchen:
    app = Kitchen()
    app.text = text

    async def main() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: isinstance(app.screen, CookDialog))
            await pilot.pause()
            await body(app, pilot)

    asyncio.run(main())
    return app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(app: Kitchen, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


def test_it_shows_hints_and_proposes_a_file(folder: Path) -> None:
    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        hints = content(app, "#hints")
        assert MACHINE_WRITTEN in hints
        assert "May contain milk (buttermilk)." in hints
        assert app.screen.query_one("#file", Input).value == str(folder / "leek-soup.jsonld")
        app.screen.query_one("#format", Select).value = "cooklang"
        await pilot.pause()
        assert app.screen.query_one("#file", Input).value == str(folder / "leek-soup.cook")
        box = app.screen.query_one("#box").region
        assert box.height <= 24 and box.width <= 80
        assert app.screen.query_one("#keys").region.bottom <= 24

    show(body)


def test_it_writes_the_recipe_as_the_fields_say(folder: Path) -> None:
    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        app.screen.query_one("#format", Select).value = "text"
        app.screen.query_one("#units", Select).value = "metric"
        servings = app.screen.query_one("#servings", Input)
        servings.value = "8"
        await pilot.pause()
        assert "Not scaled: salt." in content(app, "#hints")
        servings.focus()
        await pilot.press("enter")
        await until(lambda: app.written is not None)

    app = show(body)
    assert app.written == folder / "leek-soup.txt"
    text = (folder / "leek-soup.txt").read_text(encoding="utf-8")
    assert "Makes: 8 servings" in text
    assert "- 4 leeks\n- 470 ml buttermilk\n- salt [not scaled]" in text
    assert "Simmer at 93 °C." in text


def test_servings_that_make_no_sense_are_said_and_nothing_is_written(folder: Path) -> None:
    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        servings = app.screen.query_one("#servings", Input)
        servings.focus()
        for value, message in (("many", "no number above 0"), ("0", "no number"), ("x100000", "a factor of 100000")):
            servings.value = value
            await pilot.press("enter")
            assert message in content(app, "#complaint")
        app.screen.query_one("#file", Input).value = ""
        servings.value = ""
        await pilot.press("enter")
        assert "name" in content(app, "#complaint")
        await pilot.press("escape")

    show(body)
    assert list(folder.iterdir()) == []


def test_a_recipe_without_servings_takes_a_factor() -> None:
    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        servings = app.screen.query_one("#servings", Input)
        servings.value = "8"
        await pilot.pause()
        assert "write ×2 to double it" in content(app, "#complaint")
        servings.value = "×2"
        await pilot.pause()
        assert content(app, "#complaint") == ""

    show(body, replace(SOUP, servings=""))


def test_nothing_is_overwritten_unasked(folder: Path) -> None:
    (folder / "mine.md").write_text("precious")

    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        file = app.screen.query_one("#file", Input)
        file.value = str(folder / "mine.md")
        file.focus()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape")
        await pilot.pause()

    assert show(body).written is None
    assert (folder / "mine.md").read_text() == "precious"


def test_a_title_with_marks_and_no_steps_is_shown_as_it_is() -> None:
    recipe = Recipe("[b]\x1b[2J/../x", ("[red]", "1 egg"), ())

    async def body(app: Kitchen, pilot: Pilot[None]) -> None:
        assert app.screen.query_one("#file", Input).value.endswith("b-2j-x.jsonld")
        assert notices(app) == []

    show(body, replace(SOUP, title=recipe.title, ingredients=recipe.ingredients, steps=()))
