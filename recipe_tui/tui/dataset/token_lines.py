"""Laying a block's tokens out in lines, in three views. Knows nothing of widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len, set_cell_size

from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipe_tui.core.text.token_text import TokenText
    from recipe_tui.tui.dataset.opened import BlockPicture, Part
    from recipe_tui.tui.glyphs import Glyphs

View = Literal["text", "ids", "shift"]

VIEWS: dict[View, str] = {"text": "text", "ids": "ids", "shift": "input{arrow}label"}
"""What each view is called; the arrow is a glyph."""

SECTION_LETTERS = "TGVMISE"
"""Which letter stands for each section, so that colour is never needed: G tags, V servings, M times."""

SECTION_NAMES = ("title", "tags", "servings", "times", "ingredients", "steps", "end")
FIELD_NAMES = SECTION_NAMES[1:4]  # those that a recipe may lack

GUTTER = 5
"""Cells before the tokens of a line: number of the recipe in the block, and letter of the section."""

_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """A token in a line.

    Attributes:
        position: Its place in the block.
        x: Its first column, the gutter not counted.
        text: What is drawn.
    """

    position: int
    x: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a view.

    Attributes:
        kind: "part" heads a recipe, "tokens" holds tokens, "note" says something.
        part: The recipe in the block that it belongs to, from 0.
        section: The section of its tokens; -1 where it has none.
        text: What it says; of a line of tokens, what comes after them.
        cells: Its tokens.
    """

    kind: Literal["part", "tokens", "note"]
    part: int
    section: int = -1
    text: str = ""
    cells: tuple[Cell, ...] = ()


def lay_out(block: BlockPicture, view: View, width: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """Return the lines of a block.

    Args:
        block: The block.
        view: Which of the views.
        width: Cells of a line.
        glyphs: What line breaks, spaces and arrows are drawn as.
    """
    lines: list[Line] = []
    room = max(width - GUTTER, 8)
    if view == "shift":
        lines.append(Line("note", -1, text="place  input " + glyphs.arrow + " label"))
    for number, part in enumerate(block.parts):
        lines.append(Line("part", number, text=_heading(number, part)))
        if part.before is not None:
            lines.append(Line("note", number, text=f"continues from block {part.before:,}"))
        if view == "shift":
            lines.extend(_shift(block, number, part, room, glyphs))
        else:
            lines.extend(_flow(block, number, part, view, room, glyphs))
        if part.after is not None:
            lines.append(Line("note", number, text=f"continues in block {part.after:,}"))
        if part.cut_off:
            lines.append(Line("note", number, text=f"cut off: {part.cut_off:,} tokens are in no block"))
    if block.padding:
        padding = f"padding: places {len(block.ids):,} to {block.size - 1:,} hold no token and are not learned"
        lines.append(Line("note", -1, text=padding))
    return tuple(lines)


def drawn(piece: TokenText, glyphs: Glyphs) -> str:
    """Return a token as it is drawn: sanitized, its spaces and line breaks visible, never without width."""
    text = sanitize_line(piece.visible(glyphs.newline, glyphs.space), _LONGEST_TOKEN)
    if text and not cell_len(text):
        return "".join(f"<U+{ord(character):04X}>" for character in text[:4])
    return text or glyphs.missing


def _heading(number: int, part: Part) -> str:
    extent = f"{part.length:,} tokens"
    if part.length != part.total:
        extent = f"tokens {part.offset:,} to {part.offset + part.length - 1:,} of {part.total:,}"
    return f"{number + 1} {sanitize_line(part.title, _LONGEST_TOKEN)} ({extent})"


def _flow(block: BlockPicture, number: int, part: Part, view: View, room: int, glyphs: Glyphs) -> Iterator[Line]:
    """Yield lines of tokens side by side; a new one for each section, and in the text for each line of it."""
    cells: list[Cell] = []
    x, section = 0, -1
    for position in range(part.start, part.start + part.length):
        piece = block.token_texts[position]
        text = drawn(piece, glyphs)
        if view == "ids":
            text = f"{text} {block.ids[position]}"
        size = cell_len(text)
        if size > room:
            text, size = set_cell_size(text, room - 1) + glyphs.ellipsis, room
        new_item = view == "text" and piece.special
        if cells and (block.sections[position] != section or x + size > room or new_item):
            yield Line("tokens", number, section, cells=tuple(cells))
            cells, x = [], 0
        section = block.sections[position]
        cells.append(Cell(position, x, text))
        x += size + 1
        if view == "text" and piece.text.endswith("\n"):
            x = room + 1  # the next token begins a line
    if cells:
        yield Line("tokens", number, section, cells=tuple(cells))


def _shift(block: BlockPicture, number: int, part: Part, room: int, glyphs: Glyphs) -> Iterator[Line]:
    """Yield a line for each place: what is read there and what is to be predicted."""
    column = max(18, min(30, room - 30))
    for position in range(part.start, part.start + part.length):
        read = f"{position:>4} {block.ids[position]:>5} {drawn(block.token_texts[position], glyphs)}"
        label = block.labels[position]
        if label is not None:
            target = f"{label:>5} {drawn(block.token_texts[position + 1], glyphs)}"
        else:
            target = f"{glyphs.missing} ignored: {_why_ignored(block, position)}"
        text = set_cell_size(read, column)
        yield Line("tokens", number, block.sections[position], f" {glyphs.arrow} {target}", (Cell(position, 0, text),))


def _why_ignored(block: BlockPicture, position: int) -> str:
    if position + 1 == block.size:
        return "end of the block"
    return "padding follows" if position + 1 == len(block.ids) else "another recipe begins"
