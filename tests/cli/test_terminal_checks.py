"""What doctor finds about terminals of many kinds."""

from __future__ import annotations

import pytest

from recipe_tui.cli.terminal_checks import check_clipboard, check_colours, check_widths


@pytest.mark.parametrize(
    ("environment", "status", "found", "advice"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "ok", "16 million", ""),
        ({"TERM": "xterm-256color"}, "ok", "256", ""),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}, "ok", "256", "terminal-features"),
        ({"TERM": "screen"}, "warn", "16 or fewer", "tmux-256color"),
        ({"TERM": "dumb"}, "warn", "none", "export TERM"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "ok", "none, because NO_COLOR", ""),
    ],
    ids=["truecolor", "256", "tmux", "screen", "dumb", "no-color"],
)
def test_colours_are_those_that_the_environment_promises(
    environment: dict[str, str], status: str, found: str, advice: str
) -> None:
    check = check_colours(environment)
    assert (check.status, check.found.startswith(found), advice in check.advice) == (status, True, True)


def test_tmux_must_pass_the_clipboard_on() -> None:
    assert check_clipboard({"TMUX": "x"}, lambda _: "on").status == "ok"
    for value in ("external", "off", None):
        check = check_clipboard({"TMUX": "x"}, lambda _, value=value: value)
        assert (check.status, check.advice) == ("warn", "put this in tmux.conf: set -g set-clipboard on")
    assert check_clipboard({}, lambda _: pytest.fail("no tmux")).status == "ok"
    assert check_clipboard({"STY": "1.pts"}).status == "warn"


def test_characters_must_be_as_wide_as_they_are_counted() -> None:
    assert check_widths(lambda text: 8).status == "ok"
    assert check_widths(lambda text: 11).advice.startswith("export LANG=C.UTF-8")
    assert check_widths(lambda text: None).found.startswith("not measured")
