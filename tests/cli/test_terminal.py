"""What may reach a terminal, and what JSON looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from recipe_tui.cli.terminal import Terminal, number, one_line, safe_text, to_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Crème brûlée — ½ cup, 30 °C", "Crème brûlée — ½ cup, 30 °C"),
        ("[red]hot[/red] [link=http://x]y[/link]", "[red]hot[/red] [link=http://x]y[/link]"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("over\rwritten\x08", "over\\rwritten\\x08"),
        ("null\x00", "null\\x00"),
        ("turned \u202e round", "turned \\u202e round"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("lone \ud800", "lone \\ud800"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_text_from_outside_never_acts_on_the_terminal(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n\tb\u2028c\x1b ") == "a b c\\x1b"


def test_a_missing_number_is_a_dash() -> None:
    assert number(None, 2) == "-"
    assert number(1234.567, 2) == "1,234.57"


@dataclass(frozen=True)
class Thing:
    path: Path
    values: tuple[float, ...]


def test_json_knows_dataclasses_paths_and_numbers_that_are_none() -> None:
    thing = Thing(Path("a/b"), (1.5, float("inf"), float("nan")))
    assert to_json({"things": [thing]}) == {"things": [{"path": "a/b", "values": [1.5, None, None]}]}


def test_json_is_ascii_so_that_nothing_in_it_acts_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal(as_json=True).print_json({"text": "é\x1b\x9b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.replace("\n", "").isprintable()
    assert json.loads(out) == {"text": "é\x1b\x9b"}


def test_stdout_is_kept_for_the_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(as_json=True)
    with terminal.guarded():
        print("chatter")
        terminal.show_pairs([("a", "1")])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "chatter" in captured.err


def test_markup_in_messages_and_tables_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.say("[bold]x[/bold] :pizza: \x1b[1m")
    terminal.show_pairs([("[red]name", "[/]")])
    terminal.show("[b]\x1b")
    captured = capsys.readouterr()
    assert captured.err == "[bold]x[/bold] :pizza: \\x1b[1m\n"
    assert "[red]name" in captured.out
    assert captured.out.endswith("[b]\\x1b")


def test_a_long_message_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().say("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1
