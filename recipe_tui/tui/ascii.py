"""Drawing with ASCII characters alone: whatever a widget draws, Textual's own included, is put into ASCII."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_DRAWING = {
    "─━╌╍┄┅┈┉╴╶═‒–—▔▁▂⎯": "-",
    "│┃╎╏┆┇┊┋╵╷║▏▕▎▍": "|",
    "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╒╓╕╖╘╙╛╜╞╡╟╢╤╧╥╨╪╫": "+",
    "█▇▆▅▄▃▉▊▋▌▐▀▖▗▘▙▚▛▜▝▞▟▓": "#",
    "▒░": ":",
    "●◉⬤■◆▪◼": "*",
    "○◌◯□◇▫◻·•∙⋅": ".",
    "▶▸►→⟶❯›»": ">",
    "◀◂◄←❮‹«": "<",
    "▲▴↑⇧": "^",
    "▼▾↓": "v",
    "✓✔": "x",
    "✗✘✕×": "x",
    "‖": "=",
    "…": "~",
    "⏎↵": "$",
    "�": "?",
    "╱": "/",
    "╲": "\\",
    "╳": "X",
    "“”„": '"',
    "‘’‚": "'",
}

_TABLE: dict[int, str] = {
    **dict.fromkeys(range(9600, 9632), "#"),
    **dict.fromkeys(range(9632, 9728), "*"),
    **dict.fromkeys(range(9472, 9600), "+"),
    **dict.fromkeys(range(10241, 10496), ":"),
    0x2800: " ",
    0x1F50E: "/ ",  # the palette's magnifying glass, two cells wide
    **{ord(character): drawn for characters, drawn in _DRAWING.items() for character in characters},
}


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """Return text with its drawing characters replaced, each by one as wide; letters are left alone."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiDrawing(LineFilter):
    """Puts every line that is drawn into ASCII; the letters of recipes stay what they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line in ASCII."""
        if all(text.isascii() for text, _, _ in segments):
            return segments
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
