"""The base of all dialogs: a box in front of the screen, its title, and a line of the keys that work in it."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from recipe_tui.tui.actions import actions_of, bindings_of
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

DIALOG_CSS = Path(__file__).with_name("dialog.tcss")

Result = TypeVar("Result")

_ACTIONS = frozenset(action.name for action in actions_of("dialog"))


class Dialog(ModalScreen[Result], Generic[Result]):
    """A dialog. A subclass composes its `body` and offers `action_…` methods of the table's dialog area."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath]] = DIALOG_CSS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog")]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = sanitize_line(title)

    def compose(self) -> ComposeResult:
        """Draw the box around the body."""
        with Vertical(id="box") as box:
            box.border_title = Content(self.heading)
            yield from self.body()
            yield Static(id="keys", markup=False)

    def body(self) -> ComposeResult:
        """Return the widgets of the dialog."""
        yield from ()

    def on_mount(self) -> None:
        """Show the keys that work here."""
        self.call_after_refresh(self._show_keys)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer of the dialogs' actions only those that this dialog has."""
        if action in _ACTIONS and not hasattr(self, f"action_{action}"):
            return False
        return super().check_action(action, parameters)

    def action_cancel(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)

    def _show_keys(self) -> None:
        shown: dict[str, tuple[str, str]] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if active.node is self and binding.id and binding.action not in shown:
                shown[binding.action] = (self.app.get_key_display(binding), binding.description)
        words: list[Content | str] = []
        for key, label in shown.values():
            words += [Content.styled(key, "bold $footer-key-foreground"), f" {label}  "]
        self.query_one("#keys", Static).update(Content.assemble(*words))
