"""The first line of every screen: which screen it is, which run is active, how busy the machine is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from recipe_tui.tui.actions import AREAS, Tab, actions_of, types_text
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.keymap import keys_of
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from textual.app import RenderResult

TABS: dict[Tab, str] = {tab: AREAS[tab] for tab in get_args(Tab)}

WRITTEN_IN: tuple[Tab, ...] = ("generate",)
"""Screens whose fields take the letters and digits, so that other keys lead away from them."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the right side says.

    Attributes:
        state: State of the latest active run; empty when none is active.
        run: Its name.
        machine: How busy the machine is: ``GPU 71% 38/140G`` or ``CPU 12% 3/16G``.
        ended: How many active runs have ended since the start, and how the latest one did; not shown here.
    """

    state: str = ""
    run: str = ""
    machine: str = ""
    ended: tuple[int, str] = (0, "")


class TitleBar(Widget):
    """The title line. Compose it first in a screen; the application updates all of them."""

    DEFAULT_CSS = """
    TitleBar {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    status: reactive[Status] = reactive(Status())

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab: Tab = tab

    def on_mount(self) -> None:
        """Follow the application's status, where it has one."""
        if hasattr(type(self.app), "status"):
            self.watch(self.app, "status", self._follow)

    def render(self) -> RenderResult:
        """Return the line, the parts that matter least left out when it is narrow."""
        width = self.size.width
        right = self._right()
        keys = {tab: self._key(tab) for tab in TABS}
        named = {tab: f"{keys[tab]} {name}" for tab, name in TABS.items()}
        for name, tabs in (("recipe-tui ", named), ("", named), ("", keys)):
            left = self._left(name, tabs)
            if left.cell_length + 1 + right.cell_length <= width:
                break
        else:
            right = right.truncate(max(0, width - left.cell_length - 1))
        gap = max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right).truncate(width)

    def _follow(self, status: Status) -> None:
        self.status = status

    def _key(self, tab: Tab) -> str:
        """Return the key, as it is in force, that leads from this screen to another."""
        action = next(action for action in actions_of("everywhere") if action.name == f"show_{tab}")
        bindings = keys_of(action, getattr(self.app, "keymap", {}))
        works_here = [one for one in bindings if self.tab not in WRITTEN_IN or not types_text(one.key)]
        return self.app.get_key_display((works_here or bindings)[0]).upper()

    def _left(self, name: str, tabs: dict[Tab, str]) -> Content:
        present = {True: ("[{}]", "bold $primary"), False: (" {} ", "")}
        labels = [
            Content.styled(form.format(label), style)
            for tab, label in tabs.items()
            for form, style in [present[tab == self.tab]]
        ]
        return Content.assemble(Content.styled(name, "bold"), *labels)

    def _right(self) -> Content:
        status = self.status
        if not status.state:
            return Content(status.machine)
        glyphs = glyphs_of(self)
        words = f"{glyphs.of_state(status.state)} {status.state.upper()}"
        run = sanitize_line(status.run, longest_line=24)
        return Content.assemble(
            Content.styled(words, f"bold $run-{status.state}"),
            Content(f" {run}   {status.machine}".rstrip()),
        )
