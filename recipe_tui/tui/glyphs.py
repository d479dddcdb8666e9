"""The characters that are drawn: Unicode's, or ASCII's where a terminal has no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.dom import DOMNode


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of drawing characters, each one cell wide.

    Those named after the states of a run differ in shape, so that colour is never needed.

    Attributes:
        done: A tick.
        missing: A thing still to come.
        newline: Stands for a line break in a token.
        space: Stands for a space in a token.
        bar: Eighths of a bar from empty to full.
        vertical: Boundary between tokens, and axis of a chart.
        horizontal: Axis of a chart.
        corner: Where the axes meet.
        tick: On an axis, where a label belongs.
        ellipsis: What is left out.
        arrow: From input to label.
        braille: Whether charts may be drawn in braille dots.
    """

    starting: str = "○"
    running: str = "●"
    paused: str = "‖"
    finished: str = "✓"
    stopped: str = "■"
    failed: str = "✗"
    lost: str = "?"
    unreadable: str = "!"
    done: str = "✓"
    missing: str = "·"
    newline: str = "⏎"
    space: str = "·"
    bar: str = " ▏▎▍▌▋▊▉█"
    vertical: str = "│"
    horizontal: str = "─"
    corner: str = "└"
    tick: str = "┬"
    ellipsis: str = "…"
    arrow: str = "→"
    braille: bool = True

    def of_state(self, state: str) -> str:
        """Return the mark of a run's state."""
        mark: str = getattr(self, state, self.unreadable)
        return mark

    def filled(self, share: float, width: int) -> str:
        """Return a bar that fills a share (0 to 1) of a width in cells, to an eighth of a cell."""
        whole, eighths = divmod(round(share * width * 8), 8)
        return self.bar[8] * whole + (self.bar[eighths] if eighths else "")


UNICODE = Glyphs()
ASCII = Glyphs(
    starting="o",
    running="*",
    paused="=",
    finished="+",
    stopped="#",
    failed="x",
    done="x",
    missing=".",
    newline="$",
    space="_",
    bar=" ..::=++#",
    vertical="|",
    horizontal="-",
    corner="+",
    tick="+",
    ellipsis="~",
    arrow=">",
    braille=False,
)


def glyphs_of(node: DOMNode) -> Glyphs:
    """Return the characters that the application of a widget or screen draws with."""
    glyphs: Glyphs = getattr(node.app, "glyphs", UNICODE)
    return glyphs
