from __future__ import annotations

import pytest
from textual.pilot import Pilot

from recipe_tui.tui.settings import Settings
from recipe_tui.tui.terminal_notification import TerminalNotification, notification_sequence
from recipe_tui.tui.widgets.title_bar import Status
from tests.tui.pilot import PlainWorkbench, drive, notices, until


@pytest.mark.parametrize(
    ("kind", "sequence"),
    [
        ("off", ""),
        ("bell", "\a"),
        ("osc9", "\x1b]9;Recipes: soup; finished\x1b\\"),
        ("osc777", "\x1b]777;notify;Recipes;soup, finished\x1b\\"),
        ("osc99", "\x1b]99;i=recipe-tui:d=0;Recipes\x1b\\\x1b]99;i=recipe-tui:p=body;soup; finished\x1b\\"),
    ],
)
def test_each_kind_has_its_sequence(kind: TerminalNotification, sequence: str) -> None:
    assert notification_sequence(kind, "Recipes", "soup; finished", {}) == sequence


def test_tmux_passes_on_what_is_wrapped_and_rings_the_bell_itself() -> None:
    inside = {"TMUX": "/tmp/tmux-0/default,1,0"}
    assert notification_sequence("osc9", "a", "b", inside) == "\x1bPtmux;\x1b\x1b]9;a: b\x1b\x1b\\\x1b\\"
    assert notification_sequence("bell", "a", "b", inside) == "\a"


def test_a_name_cannot_command_the_terminal() -> None:
    assert notification_sequence("osc9", "a", "b\x1b\\\x1b[2J\a", {}).count("\x1b") == 2


@pytest.mark.parametrize("kind", ["off", "osc9"])
def test_the_end_of_a_run_is_sent_to_the_terminal_once_if_the_settings_say_so(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = PlainWorkbench(Settings.model_validate({"notification": kind}))

    async def test(pilot: Pilot[None]) -> None:
        sent: list[str] = []
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", sent.append)
        app.status = Status("running", "soup")
        app.status = Status(ended=(1, "soup failed"))
        app.status = Status("running", "pie", ended=(1, "soup failed"))
        expected = ["\x1b]9;recipe-tui: soup failed\x1b\\"] if kind == "osc9" else []
        assert [text for text in sent if "soup failed" in text] == expected
        await until(lambda: notices(app) == ["soup failed"] * len(expected))

    drive(app, test)
