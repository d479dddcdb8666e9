"""Dialogs: what they ask, what they answer, and that nothing in them is markup or an escape code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from tests.tui.conftest import SIZES, normalised
from tests.tui.pilot import RUNNING, PlainWorkbench, drive, shown, until

HOSTILE = "[red]not red[/red] \x1b[2J\x1b]0;title\x07 \u202eright to left\u202c 🍲"

MODELS = (
    Choice("gpt2", 1, "124M, from the hub"),
    Choice("distilgpt2", 2, "82M, from the hub"),
    Choice("0412", 3, "a run of yours"),
)


def answer_to(dialog: Dialog[Any], *keys: str) -> list[Any]:
    """Show a dialog, press keys, and return what it answered."""
    answers: list[Any] = []

    async def test(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(dialog, answers.append)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    drive(PlainWorkbench(), test)
    return answers


class TestConfirm:
    @pytest.mark.parametrize(
        ("keys", "answer"),
        [(("y",), True), (("enter",), False), (("escape",), False), (("shift+tab", "enter"), True)],
    )
    def test_only_yes_is_yes(self, keys: tuple[str, ...], answer: bool) -> None:
        assert answer_to(ConfirmDialog("Stop the run?", "A checkpoint is saved."), *keys) == [answer]


class TestChoose:
    def test_enter_takes_the_first(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS), "enter") == [1]

    def test_arrows_move(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS), "down", "down", "enter") == [3]

    def test_what_is_chosen_now_is_marked_first(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS, present=2), "enter") == [2]

    def test_typing_filters_by_label_and_note(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS), *"yours", "enter") == [3]

    def test_when_nothing_matches_enter_chooses_nothing(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS), *"zzz", "enter") == []

    def test_escape_chooses_nothing(self) -> None:
        assert answer_to(ChooseDialog("Model", MODELS), "escape") == [None]

    def test_an_empty_list_is_no_error(self) -> None:
        assert answer_to(ChooseDialog("Model", ()), "enter", "escape") == [None]


class TestAsk:
    def test_the_line_is_returned(self) -> None:
        assert answer_to(AskDialog("Go to block", "1"), "end", "2", "enter") == ["12"]

    def test_what_is_wrong_with_the_line_is_said_and_it_can_be_mended(self) -> None:
        def number(line: str) -> str | None:
            return None if line.isdigit() else "[b]a number[/b], please"

        async def test(pilot: Pilot[None]) -> None:
            answers: list[str | None] = []
            pilot.app.push_screen(AskDialog("Go to block", validate=number), answers.append)
            await pilot.pause()
            await pilot.press("x", "enter")
            await pilot.pause()
            assert "[b]a number[/b], please" in shown(pilot.app)
            await pilot.press("backspace", "7")
            await pilot.pause()
            assert "please" not in shown(pilot.app)
            await pilot.press("enter")
            await pilot.pause()
            assert answers == ["7"]

        drive(PlainWorkbench(), test)

    def test_escape_returns_nothing(self) -> None:
        assert answer_to(AskDialog("Go to block"), "escape") == [None]


class TestError:
    def test_the_report_can_be_copied(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            pilot.app.push_screen(ErrorDialog("no such model", "choose another", "Traceback"))
            await pilot.pause()
            await pilot.press("ctrl+b")
            assert pilot.app.clipboard == "no such model\nchoose another\nTraceback\n"

        drive(PlainWorkbench(), test)

    def test_the_report_can_be_saved(self, tmp_path: Path) -> None:
        answer_to(ErrorDialog("no such model", traceback="Traceback", folder=tmp_path / "reports"), "ctrl+s")
        (report,) = (tmp_path / "reports").iterdir()
        assert report.read_text(encoding="utf-8") == "no such model\nTraceback\n"

    def test_a_place_that_cannot_be_written_to_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        async def test(pilot: Pilot[None]) -> None:
            pilot.app.push_screen(ErrorDialog("wrong", folder=tmp_path / "file"))
            await pilot.pause()
            await pilot.press("ctrl+s")
            await pilot.pause()
            await until(lambda: "Not saved" in shown(pilot.app))

        drive(PlainWorkbench(), test)


@pytest.mark.parametrize(
    "dialog",
    [
        lambda: ErrorDialog(HOSTILE, HOSTILE, HOSTILE),
        lambda: ConfirmDialog(HOSTILE, HOSTILE),
        lambda: ChooseDialog(HOSTILE, [Choice(HOSTILE, 1, HOSTILE)]),
        lambda: AskDialog(HOSTILE, HOSTILE, HOSTILE),
    ],
    ids=["error", "confirm", "choose", "ask"],
)
def test_hostile_text_is_shown_as_it_is_and_does_nothing(dialog: Any) -> None:
    async def test(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(dialog())
        await pilot.pause()
        text = shown(pilot.app)
        assert "[red]not red[/red]" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)

    drive(PlainWorkbench(), test, (120, 40))


LOOKS: dict[str, Callable[[], Dialog[Any]]] = {
    "error": lambda: ErrorDialog("no such model", "choose another", "Traceback\n  in a file\nValueError: no"),
    "confirm": lambda: ConfirmDialog("Stop the run 0412?", "A checkpoint is saved; you can go on later."),
    "choose": lambda: ChooseDialog("Model", MODELS, present=2),
    "ask": lambda: AskDialog("Go to block", "812", "A number from 0 to 20,110."),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_like_this(picture: SnapshotAssertion, name: str, size: str) -> None:
    async def test(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(LOOKS[name]())
        await pilot.pause()
        await pilot.pause()
        assert normalised(pilot.app.export_screenshot()) == picture

    drive(PlainWorkbench(status=RUNNING), test, SIZES[size])


def test_it_can_be_read_at_60_by_16() -> None:
    async def test(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(ErrorDialog("no such model", "choose another", "line\n" * 60 + "ValueError: no"))
        await pilot.pause()
        await pilot.pause()
        text = shown(pilot.app)
        for part in ("no such model", "choose another", "ValueError: no", "esc Close"):
            assert part in text

    drive(PlainWorkbench(), test, (60, 16))
