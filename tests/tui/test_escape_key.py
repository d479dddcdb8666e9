from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from recipe_tui.tui.escape_key import EscapeKeyParser


def keys(*reads: str) -> list[str]:
    """Return the keys that a terminal's input means, read in these pieces."""
    parser = EscapeKeyParser(False)
    return [token.key for read in reads for token in parser.feed(read) if isinstance(token, events.Key)]


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (["\x1bg"], ["escape", "g"]),
        (["\x1b", "g"], ["escape", "g"]),
        (["\x1b\tx"], ["escape", "tab", "x"]),
        (["\x1b\r"], ["escape", "enter"]),
        (["a\x1b1"], ["a", "escape", "1"]),
        (["\x1b\x1bOQ"], ["escape", "f2"]),
        (["\x1b", "\x1bOQ"], ["escape", "f2"]),
        (["\x1b\x11"], ["escape", "ctrl+q"]),
    ],
    ids=["letter", "two reads", "tab", "enter", "digit", "function key", "function key in two reads", "control"],
)
def test_escape_with_keys_behind_it_is_a_key_of_its_own(reads: list[str], expected: list[str]) -> None:
    assert keys(*reads) == expected


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (["\x1b[A"], ["up"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[", "Z"], ["shift+tab"]),
        (["\x1bOR"], ["f3"]),
        (["\x1b[27u"], ["escape"]),
        (["\x1bb"], ["ctrl+left"]),
        (["\x1b", "\x7f"], ["ctrl+w"]),
    ],
    ids=["arrow", "two reads", "shift+tab", "f3", "kitty", "word left", "delete word"],
)
def test_sequences_and_keys_of_fields_stay_what_they_are(reads: list[str], expected: list[str]) -> None:
    assert keys(*reads) == expected


def test_when_the_wait_for_a_sequence_is_over_the_next_key_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: now[0])
    parser = EscapeKeyParser(False)
    assert list(parser.feed("\x1b")) == []
    now[0] = 1.0
    assert [token.key for token in parser.tick() if isinstance(token, events.Key)] == ["escape"]
    assert [token.key for token in parser.feed("g") if isinstance(token, events.Key)] == ["g"]


def test_what_is_pasted_is_read_as_textual_reads_it() -> None:
    pasted = "\x1b[200~a\x1bgb\x1b[201~"
    ours, theirs = (list(kind(False).feed(pasted)) for kind in (EscapeKeyParser, XTermParser))
    assert [repr(token) for token in ours] == [repr(token) for token in theirs]
