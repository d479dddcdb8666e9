"""The tokens of one block, with a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dataset.token_lines import (
    GUTTER,
    SECTION_LETTERS,
    SECTION_NAMES,
    VIEWS,
    Line,
    View,
    drawn,
    lay_out,
)
from recipe_tui.tui.glyphs import Glyphs, glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.widgets.virtual_list import strip_of

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.opened import BlockPicture, Part

SECTION_STYLES = (
    "$section-title bold",
    "$section-title italic",
    "$section-title italic",
    "$section-title italic",
    "$section-ingredients",
    "$section-directions",
    "$section-mark reverse",
)
"""How tokens of title, ingredients, steps and end are drawn; letters in the gutter say the same."""


class BlockView(ScrollView, can_focus=True):
    """Shows a block in one of three views: its text, its ids, or what is learned at each place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in bindings_of("block") if binding.action.startswith("token_")
    ]
    DEFAULT_CSS = """
    BlockView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another token, which `status` describes in one line."""

        status: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.view: View = "text"
        self.block: BlockPicture | None = None
        self.cursor = 0
        self._typed_ahead = 0
        self._lines: tuple[Line, ...] = ()
        self._place: list[tuple[int, int]] = []

    @property
    def glyphs(self) -> Glyphs:
        """The characters to draw with."""
        return glyphs_of(self)

    @property
    def part(self) -> Part | None:
        """The recipe under the cursor."""
        if self.block is None or not self.block.parts:
            return None
        return self.block.parts[self.block.part_at(self.cursor)]

    def show(self, block: BlockPicture | None) -> None:
        """Show a block from its first token, or from the recipe that was asked for meanwhile; None for none."""
        self.block = block
        self.cursor = 0
        self._lay_out()
        self.scroll_to(y=0, animate=False, immediate=True)
        self._post_moved()
        if block is not None and self._typed_ahead:
            self.go_to_part(self._typed_ahead, block.split, block.number)
        self._typed_ahead = 0

    def next_view(self) -> None:
        """Show the next of the views; the cursor stays on its token."""
        views = list(VIEWS)
        self.view = views[(views.index(self.view) + 1) % len(views)]
        self._lay_out()
        self._reveal()

    def go_to_part(self, step: int, split: Split, selected: int | None) -> None:
        """Move the cursor to the first token of the next recipe in the selected block, or of the one before.

        Where another block is shown, because the selected one is still being read, the cursor moves once it is here.
        """
        if self.block is None or (self.block.split, self.block.number) != (split, selected):
            self._typed_ahead += step
            return
        if not self.block.parts:
            return
        number = self.block.part_at(self.cursor)
        if step < 0 and self.cursor > self.block.parts[number].start:
            step += 1
        number = max(0, min(number + step, len(self.block.parts) - 1))
        self._move_to(self.block.parts[number].start, heading=True)

    def go_to_recipe(self, recipe: int) -> None:
        """Move the cursor to the first token of a recipe in the block."""
        for part in self.block.parts if self.block is not None else ():
            if part.recipe == recipe:
                self._move_to(part.start, heading=True)
                return

    def tabs(self) -> Content:
        """Return the names of the views, the present one marked."""
        names = [(view, name.format(arrow=self.glyphs.arrow)) for view, name in VIEWS.items()]
        return Content.assemble(*((f"[{name}]", "bold") if view == self.view else f" {name} " for view, name in names))

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen."""
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        content = self._content(self._lines[number]) if number < len(self._lines) else Content("")
        return strip_of(content, width, self.visual_style)

    def on_resize(self) -> None:
        """Lay the tokens out again."""
        self._lay_out()
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the token that was clicked."""
        number = event.y + self.scroll_offset.y
        if number < len(self._lines) and self._lines[number].cells:
            self._move_to(self._nearest(number, event.x - GUTTER))

    def action_token_left(self) -> None:
        """Go to the token before."""
        self._move_to(self.cursor - 1)

    def action_token_right(self) -> None:
        """Go to the next token."""
        self._move_to(self.cursor + 1)

    def action_token_up(self) -> None:
        """Go to the token above."""
        self._move_by(-1)

    def action_token_down(self) -> None:
        """Go to the token below."""
        self._move_by(1)

    def action_token_page_up(self) -> None:
        """Go a page up."""
        self._move_by(-max(1, self.size.height - 1))

    def action_token_page_down(self) -> None:
        """Go a page down."""
        self._move_by(max(1, self.size.height - 1))

    def action_token_first(self) -> None:
        """Go to the first token."""
        self._move_to(0, heading=True)

    def action_token_last(self) -> None:
        """Go to the last token."""
        if self.block is not None:
            self._move_to(len(self.block.ids) - 1)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._lines = () if self.block is None or not width else lay_out(self.block, self.view, width, self.glyphs)
        self._place = [
            (number, cell.x) for number, line in enumerate(self._lines) for cell in line.cells
        ]  # of each token, since tokens are laid out in their order
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _move_to(self, position: int, heading: bool = False) -> None:
        if self.block is None or not self._place:
            return
        before = self.cursor
        self.cursor = max(0, min(position, len(self._place) - 1))
        self._reveal(heading)
        self.refresh_line(self._place[before][0])
        self.refresh_line(self._place[self.cursor][0])
        self._post_moved()

    def _move_by(self, lines: int) -> None:
        if not self._place:
            return
        number, x = self._place[self.cursor]
        step = 1 if lines > 0 else -1
        target = max(0, min(number + lines, len(self._lines) - 1))
        while 0 <= target < len(self._lines) and not self._lines[target].cells:
            target += step
        if 0 <= target < len(self._lines):
            self._move_to(self._nearest(target, x), heading=target <= 3)
        else:
            self._move_to(0 if step < 0 else len(self._place) - 1, heading=step < 0)

    def _nearest(self, number: int, x: int) -> int:
        return max(
            (cell for cell in self._lines[number].cells if cell.x <= max(x, 0)), key=lambda cell: cell.x
        ).position

    def _reveal(self, heading: bool = False) -> None:
        if not self._place:
            return
        number = self._place[min(self.cursor, len(self._place) - 1)][0]
        height = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        first = number
        while heading and first > 0 and not self._lines[first - 1].cells:
            first -= 1
        if first < top or number >= top + height:
            target = first if first < top or heading else number - height + 1
            self.scroll_to(y=target, animate=False, immediate=True)

    def _post_moved(self) -> None:
        self.post_message(self.Moved(self._status()))

    def _status(self) -> str:
        block = self.block
        if block is None or not block.ids:
            return ""
        i = self.cursor
        part = block.parts[block.part_at(i)]
        section = SECTION_NAMES[block.sections[i]] if block.sections[i] >= 0 else "unknown section"
        text = drawn(block.token_texts[i], self.glyphs)
        title = sanitize_line(part.title, 60)
        return (
            f"token {i:,} of {len(block.ids):,}  id {block.ids[i]} {text}  {section} of recipe {part.recipe:,} {title}"
        )

    def _content(self, line: Line) -> Content:
        if line.kind == "part":
            rule = self.glyphs.horizontal * 2
            return Content.styled(f"{rule} {line.text}", "bold")
        if line.kind == "note":
            return Content.styled(" " * GUTTER + line.text, "$text-muted italic")
        letter = SECTION_LETTERS[line.section] if line.section >= 0 else " "
        style = SECTION_STYLES[line.section] if line.section >= 0 else ""
        shade = " on $token-odd" if line.part % 2 else ""
        words: list[Content | tuple[str, str]] = [(f"{line.part + 1:>2}{letter} ".ljust(GUTTER), "$text-muted")]
        for index, cell in enumerate(line.cells):
            if index:
                words.append((self.glyphs.vertical, f"$text-disabled{shade}"))
            words.append((cell.text, f"{style}{shade}{' reverse underline' if cell.position == self.cursor else ''}"))
        if line.text:
            words.append((line.text, style))
        return Content.assemble(*words)
