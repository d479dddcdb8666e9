"""Keys that arrive at once, as on a slow connection, go where they would have gone one at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from recipe_tui.tui.app import Workbench
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.settings import SettingsDialog
from recipe_tui.tui.generate.prompt_editor import PromptEditor
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.tui.settings import Settings
from recipe_tui.tui.train.new_run import NewRunScreen
from tests.tui.generate.conftest import FakeClient
from tests.tui.pilot import FakeStatusReader, PlainWorkbench, drive, until
from tests.tui.terminal import Terminal

NAMED = ("tab", "shift+tab", "enter", "escape", "f2", "f3", "f4", "f5", "f9", "ctrl+o", "ctrl+p", "down")


class Form(Screen[None]):
    """Three fields, and keys that read them or open dialogs in the ways that the workbench's screens do."""

    BINDINGS = [Binding("f5", "note", priority=True), Binding("ctrl+o", "choose", priority=True)]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[object] = []

    def compose(self) -> ComposeResult:
        yield Input(id="first")
        yield Input(id="second")
        yield TextArea(id="third", tab_behavior="focus")

    def on_mount(self) -> None:
        self.query_one("#first").focus()

    def on_input_submitted(self) -> None:
        self.query_one("#third").focus()

    def action_note(self) -> None:
        self.noted.append(self.texts)

    @work(group="dialog", exclusive=True)
    async def action_choose(self) -> None:
        await asyncio.sleep(0.01)  # stands for reading a folder before the dialog can be shown
        choices = [Choice(name, name) for name in ("gpt2", "smol", "qwen")]
        self.noted.append(await self.app.push_screen_wait(ChooseDialog("Model", choices)))
        self.noted.append(await self.app.push_screen_wait(AskDialog("Name")))

    @property
    def texts(self) -> list[str]:
        return [*(field.value for field in self.query(Input)), self.query_one(TextArea).text]


class FormWorkbench(PlainWorkbench):
    def new_screen(self, tab: Any) -> Screen[None]:
        return Form() if tab == "generate" else super().new_screen(tab)


class RealWorkbench(Workbench):
    """The screens themselves, with nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Settings(), status_reader=FakeStatusReader())

    def new_screen(self, tab: Any) -> Screen[None]:
        return GenerateScreen(self.output, FakeClient()) if tab == "generate" else super().new_screen(tab)


def burst(app: Workbench, *keys: str) -> None:
    """Give the application keys as if one read had brought them all; what names no key is typed."""
    for part in keys:
        for key in [part] if part in NAMED else part:
            named = key if key in NAMED or key.isalnum() else _character_to_key(key)
            app.post_message(events.Key(named, key if len(key) == 1 else None))


def after(app: Workbench, *keys: str, then: Callable[[], None]) -> None:
    """Check something when a burst of keys has been handled."""

    async def test(pilot: Pilot[None]) -> None:
        burst(app, *keys)
        await until(lambda: app.has_settled)
        then()

    drive(app, test, (120, 40))


class TestBursts:
    @pytest.mark.parametrize(
        ("keys", "texts"),
        [
            (["Alpha Soup", "tab", "beta"], ["Alpha Soup", "beta", ""]),
            (["a", "tab", "b", "tab", "c, d"], ["a", "b", "c, d"]),
            (["a", "tab", "b", "shift+tab", "c"], ["c", "b", ""]),  # an Input selects what is in it on focus
            (["a", "enter", "b", "enter", "c"], ["a", "", "b\nc"]),
            (["a", "f9", "escape", "b"], ["ab", "", ""]),
            (["a", "f2", "f3", "b"], ["ab", "", ""]),
            (["2", "f4", "f3", "x"], ["2x", "", ""]),
        ],
        ids=["tab", "two tabs", "shift+tab", "enter", "dialog", "screens", "digits"],
    )
    def test_each_key_goes_where_the_one_before_it_leads(self, keys: list[str], texts: list[str]) -> None:
        app = FormWorkbench()

        def then() -> None:
            form = app.screen
            assert isinstance(form, Form)
            assert form.texts == texts

        after(app, "f3", *keys, then=then)

    def test_a_priority_key_does_not_overtake_text_that_was_typed_before_it(self) -> None:
        app = FormWorkbench()

        def then() -> None:
            form = app.screen
            assert isinstance(form, Form)
            assert form.noted == [["Soup", "", ""], ["Soups", "", ""]]

        after(app, "f3", "Soup", "f5", "s", "f5", then=then)

    def test_what_is_typed_while_a_dialog_is_being_prepared_goes_into_the_dialog(self) -> None:
        app = FormWorkbench()

        def then() -> None:
            form = app.screen
            assert isinstance(form, Form)
            assert form.noted == ["smol", "mine"]
            assert form.texts == ["ab", "", ""]

        after(app, "f3", "a", "ctrl+o", "smo", "enter", "mine", "enter", "b", then=then)

    def test_a_command_that_is_typed_at_once_is_found_in_the_palette(self) -> None:
        app = PlainWorkbench()
        after(app, "ctrl+p", "settings", "enter", "down", then=lambda: is_a(app, SettingsDialog))

    def test_a_key_does_not_wait_for_long_work_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("recipe_tui.tui.typed_ahead.LONGEST_WAIT", 0.05)
        app = FormWorkbench()

        async def test(pilot: Pilot[None]) -> None:
            app.run_worker(asyncio.Event().wait(), group="dialog")
            burst(app, "f3", "ab")
            await until(lambda: isinstance(app.screen, Form) and app.screen.texts[0] == "ab")

        drive(app, test)


def is_a(app: Workbench, kind: type[Screen[Any]]) -> None:
    assert isinstance(app.screen, kind)


class TestScreens:
    def test_enter_in_the_title_goes_on_to_the_ingredients(self, tmp_path: Path) -> None:
        app = RealWorkbench(tmp_path)

        def then() -> None:
            prompt = app.screen.query_one(PromptEditor).prompt
            assert (prompt.title, prompt.ingredients, prompt.directions) == ("Alpha Soup", ("leek", "salt"), "Boil")

        after(app, "f3", "Alpha Soup", "enter", "leek", "enter", "salt", "tab", "Boil", then=then)

    def test_the_form_of_a_new_run_is_filled_in_by_a_burst(self, tmp_path: Path) -> None:
        app = RealWorkbench(tmp_path)

        def then() -> None:
            form = app.screen
            assert isinstance(form, NewRunScreen)
            filled = {name: text for name, text in form.texts.items() if text in ("beta", "alpha")}
            assert list(filled.values()) == ["alpha", "beta"]

        after(app, "n", "tab", "alpha", "tab", "beta", then=then)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_bursts_through_a_pseudo_terminal_reach_the_fields_of_screens_that_are_still_opening(tmp_path: Path) -> None:
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    with Terminal([sys.executable, "-m", "recipe_tui"], tmp_path, (80, 24), folders) as terminal:
        terminal.wait_for("[1 Train]")
        terminal.press_at_once("f3", "Alpha Soup", "tab", "beta", "f9", "escape", "tab", "gamma", "f2", "f3", "delta")
        terminal.wait_for(lambda text: all(word in text for word in ("Alpha Soup", "beta", "gammadelta")))
        terminal.press_at_once("f2", "n", "tab", "epsilon", "f8")
        terminal.wait_for("Save the configuration as")
        assert "epsilon" in terminal.text
        terminal.press_at_once("escape", "escape", "ctrl+q")
        assert terminal.wait() == 0
