"""The last line of a screen: its keys, as many as have room. Help is always among them, however narrow the terminal.

Textual's own ``Footer`` makes a widget for each key, anew at every change of focus, and styles it by the style sheet.
That took a fifth of all time of the workbench. Here the line is drawn as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen


class _Key(NamedTuple):
    """A key as it is drawn, its name and what it does."""

    key: str
    display: str
    description: str
    enabled: bool
    is_help: bool

    @property
    def width(self) -> int:
        return cell_len(f" {self.display} {self.description} ")


class KeyFooter(Widget):
    """The keys of the focused widget, its screen and the application; that of the help stays on the right.

    What has no room is left out whole, and everything after it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-footer--key", "key-footer--description"}
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;

        .key-footer--key {
            color: $footer-key-foreground;
            background: $footer-key-background;
            text-style: bold;
        }

        .key-footer--description {
            color: $footer-description-foreground;
            background: $footer-description-background;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[tuple[int, _Key]] = []

    def on_mount(self) -> None:
        """Draw again whenever other keys can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, self._update)

    def _update(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and screen is self.screen:
            self.refresh()

    def render(self) -> Text:
        """Return the line, and remember where each key stands."""
        self._keys = _placed(self._active(), self.size.width)
        line = Text(no_wrap=True, end="")
        key_style = self.get_component_rich_style("key-footer--key")
        style = self.get_component_rich_style("key-footer--description")
        for start, key in self._keys:
            line.append(" " * (start - line.cell_len))
            label = Text.assemble((f" {key.display} ", key_style), (f"{key.description} ", style))
            if not key.enabled:
                label.stylize("dim")
            line.append_text(label)
        return line

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for start, key in self._keys:
            if start <= event.x < start + key.width:
                if key.enabled:
                    self.app.simulate_key(key.key)
                else:
                    self.app.bell()

    def _active(self) -> list[_Key]:
        """Return the keys of all actions that are shown; of several for one action, the first."""
        keys: dict[str, _Key] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show:
                is_help = binding.action.endswith("show_help")
                key = _Key(binding.key, self.app.get_key_display(binding), binding.description, enabled, is_help)
                keys.setdefault(binding.action, key)
        return list(keys.values())


def _placed(keys: list[_Key], width: int) -> list[tuple[int, _Key]]:
    """Return the keys that have room in a line, each with the column where it begins."""
    helps = [key for key in keys if key.is_help]
    room = width - sum(key.width for key in helps)
    placed, column = [], 0
    for key in keys:
        if not key.is_help:
            if column + key.width <= room:
                placed.append((column, key))
            column += key.width
    column = room
    for key in helps:
        placed.append((column, key))
        column += key.width
    return placed
