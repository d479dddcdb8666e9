"""Word wrap for tokens: which cells of which line each token fills. Knows nothing of widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import get_character_cell_size

from recipe_tui.tui.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TOKEN = 4_000
"""Characters of a token's line that are ever laid out; what no model writes, but a file may hold."""

LEAD = -1
"""The number of what stands before the first token."""


class Span(NamedTuple):
    """A part of a line.

    Attributes:
        text: What stands there.
        token: The number of the token it belongs to, or `LEAD`.
    """

    text: str
    token: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is drawn.

    Attributes:
        spans: What stands on it, without the line end.
        ended_by: The number of the token that ended it; None where the text is only wrapped, or continues.
    """

    spans: tuple[Span, ...]
    ended_by: int | None = None

    @property
    def text(self) -> str:
        """What stands on it."""
        return "".join(span.text for span in self.spans)

    @property
    def last_token(self) -> int | None:
        """The number of the last token on it, or None when it has none."""
        if self.ended_by is not None:
            return self.ended_by
        return self.spans[-1].token if self.spans else None


class TokenLayout:
    """Text that grows token by token, wrapped at words.

    Only the last paragraph is wrapped again when a token comes, so a token costs as much in a long text as in a short
    one.

    Args:
        width: Cells of a line.
    """

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self._closed: list[Line] = []
        self._paragraph: list[tuple[str, int]] = []
        self._wrapped: list[Line] | None = None

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._closed) + len(self._last())

    def __getitem__(self, number: int) -> Line:
        """Return a line."""
        if number < len(self._closed):
            return self._closed[number]
        return self._last()[number - len(self._closed)]

    def line_of(self, token: int) -> int:
        """Return the number of the line on which a token begins."""
        for number in range(len(self)):
            last = self[number].last_token
            if last is not None and last >= token:
                return number
        return len(self) - 1

    def extend(self, tokens: Iterable[tuple[str, int]]) -> None:
        """Append texts of tokens, each with its number."""
        for text, token in tokens:
            first, *more = sanitize(text, LONGEST_TOKEN).split("\n")
            self._paragraph += [(character, token) for character in first]
            for line in more:
                *lines, last = _lines(self._paragraph, self.width)
                self._closed += [*lines, Line(last.spans, ended_by=token)]
                self._paragraph = [(character, token) for character in line]
        self._wrapped = None

    def _last(self) -> list[Line]:
        if self._wrapped is None:
            self._wrapped = _lines(self._paragraph, self.width)
        return self._wrapped


def _lines(paragraph: list[tuple[str, int]], width: int) -> list[Line]:
    return [_line(characters) for characters in wrapped(paragraph, width)]


def wrapped(characters: list[tuple[str, int]], width: int) -> list[list[tuple[str, int]]]:
    """Break a paragraph into lines: after the last space that fits, or within a word that is longer than a line.

    Args:
        characters: Each with the number of its token.
        width: Cells of a line.
    """
    lines: list[list[tuple[str, int]]] = []
    start = cells = 0
    space = -1
    for place, (character, _) in enumerate(characters):
        size = get_character_cell_size(character)
        if character == " ":
            space = place
        if cells + size > width and place > start:
            if character == " ":
                cells += size  # a space that hangs over the edge is not seen
                continue
            cut = space + 1 if space >= start else place
            lines.append(characters[start:cut])
            start, space = cut, -1
            cells = sum(get_character_cell_size(one) for one, _ in characters[start:place])
        cells += size
    lines.append(characters[start:])
    return lines


def _line(characters: list[tuple[str, int]]) -> Line:
    spans: list[Span] = []
    begun: list[str] = []
    for place, (character, token) in enumerate(characters):
        begun.append(character)
        if place + 1 == len(characters) or characters[place + 1][1] != token:
            spans.append(Span("".join(begun), token))
            begun = []
    return Line(tuple(spans))
