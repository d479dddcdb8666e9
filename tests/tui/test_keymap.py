"""Other keys for actions."""

from __future__ import annotations

import asyncio
import string
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from recipe_tui.tui.actions import ACTIONS, AREAS, EDITING, bindings_of
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.dialogs.help import HelpDialog
from recipe_tui.tui.keymap import check_keys, keys_of
from recipe_tui.tui.settings import Settings
from tests.tui.pilot import notices


def test_a_key_that_is_free_is_honoured() -> None:
    assert check_keys({"train.pause": "w"}) == ({"train.pause": "w"}, [])


def test_a_character_is_understood_as_its_key() -> None:
    assert check_keys({"train.pause": "ü"})[1] == []
    assert check_keys({"dataset.search": "slash, #"})[0] == {"dataset.search": "slash,number_sign"}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"train.fly": "w"}, "train.fly: no such action"),
        ({"train.pause": " "}, "train.pause: no key is given"),
        ({"train.pause": "n"}, "train.pause: n is the key of train.new_run"),
        ({"train.pause": "1"}, "train.pause: 1 is the key of everywhere.show_train"),
        ({"everywhere.leave": "q"}, "everywhere.leave: works while one writes, so its key may not be a letter"),
        ({"generate.editor": "e"}, "generate.editor: works while one writes, so its key may not be a letter"),
    ],
)
def test_what_cannot_be_honoured_is_said_and_left_out(keys: dict[str, str], problem: str) -> None:
    assert check_keys(keys) == ({}, [problem])


def test_two_actions_can_change_their_keys() -> None:
    keymap, problems = check_keys({"train.new_run": "w", "train.pause": "n"})
    assert keymap == {"train.new_run": "w", "train.pause": "n"}
    assert problems == []


def test_the_same_key_on_screens_that_are_never_shown_together_is_no_clash() -> None:
    assert check_keys({"dataset.search": "p"})[1] == []


def test_the_keys_in_force_are_the_remapped_ones() -> None:
    pause = next(action for action in ACTIONS if action.id == "train.pause")
    assert [binding.key for binding in keys_of(pause, {})] == ["p"]
    assert [binding.key for binding in keys_of(pause, {"train.pause": "w,f10"})] == ["w", "f10"]


def test_a_remapped_key_works_and_the_usual_one_does_no_longer(tmp_path: Path) -> None:
    async def press() -> None:
        app = Workbench(tmp_path, Settings(keys={"everywhere.show_help": "f12"}))
        async with app.run_test() as pilot:
            await pilot.press("f1")
            assert not isinstance(app.screen, HelpDialog)
            await pilot.press("f12")
            assert isinstance(app.screen, HelpDialog)

    asyncio.run(press())


def test_a_wrong_key_in_the_settings_is_told_and_the_rest_is_honoured(tmp_path: Path) -> None:
    async def start() -> None:
        app = Workbench(tmp_path, Settings(keys={"no.such": "x", "everywhere.show_help": "f12"}))
        async with app.run_test() as pilot:
            await pilot.pause()
            assert notices(app) == ["no.such: no such action"]
            await pilot.press("f12")
            assert isinstance(app.screen, HelpDialog)

    asyncio.run(start())


def test_no_two_actions_of_the_table_share_a_key() -> None:
    """Each row, given its own key again, must clash with nothing."""
    for action in ACTIONS:
        assert check_keys({action.id: action.keys})[1] == []


def test_no_action_takes_a_key_from_a_field_that_edits_text_by_it() -> None:
    edits = {
        key
        for binding in (*Input.BINDINGS, *TextArea.BINDINGS)
        for key in binding.key.split(",")  # type: ignore[union-attr]
        if len(key) == len("ctrl+a")
    }
    edits &= {f"ctrl+{letter}" for letter in string.ascii_lowercase}
    assert edits <= EDITING
    taken = {one.id for area in AREAS for one in bindings_of(area) if one.priority and one.key in EDITING}
    assert not taken
