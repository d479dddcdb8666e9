"""The Escape key with other keys right behind it, as on a slow connection.

A terminal sends one byte for Escape, the same that begins the sequences of function keys and of Alt with a character.
Textual (8.2.8) waits a tenth of a second for the rest of a sequence, so that Escape and Tab become Shift+Tab, and
Escape and a letter become Alt and that letter. Nothing here is bound to Alt by default, so a character that begins no
sequence is taken as the next key. Terminals with the Kitty keyboard protocol send Escape unambiguously.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from textual._xterm_parser import XTermParser  # private to Textual 8.2.8

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

ESCAPE = "\x1b"

UNAMBIGUOUS = "[27u"
"""What follows the byte of Escape in the Kitty keyboard protocol, where it is only the key."""

NOT_A_SEQUENCE = r"(?![\[\]OP_^X\\\x1bbf\x7f]|$)"
"""Nothing of a sequence follows, nor what fields take for Alt with b, f or backspace: moving and deleting by words."""

_LONE = re.compile(ESCAPE + NOT_A_SEQUENCE, re.DOTALL)
_AFTER = re.compile(NOT_A_SEQUENCE, re.DOTALL)


class EscapeKeyParser(XTermParser):
    """Textual's parser of a terminal's input, where Escape is a key of its own if no sequence follows."""

    _waits = False

    def feed(self, data: str) -> Iterable[Message]:
        """Parse more input."""
        after_escape = self._waits and self._timeout_time is not None and _AFTER.match(data) is not None
        self._waits = data.endswith(ESCAPE)
        if "\x1b[200~" not in data:  # text that is pasted is no key
            data = _LONE.sub(ESCAPE + UNAMBIGUOUS, data)
        return super().feed(UNAMBIGUOUS + data if after_escape else data)


def use_escape_key_parser() -> None:
    """Have Textual's driver read the terminal by this parser."""
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        vars(linux_driver)["XTermParser"] = EscapeKeyParser
