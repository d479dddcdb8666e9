"""The settings: what can be changed, and what it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual import work
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from recipe_tui.tui.actions import ACTIONS, AREAS
from recipe_tui.tui.app_messages import SettingsChanged
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.dialogs.press import PressDialog
from recipe_tui.tui.keymap import check_keys, keys_of
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.terminal_notification import NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from recipe_tui.tui.actions import Action
    from recipe_tui.tui.settings import Settings

Name = Literal["theme", "ascii", "mouse", "refresh_rate", "animations", "notification", "keys"]

ROWS: dict[Name, tuple[str, str]] = {
    "theme": ("Theme", "Colours; high-contrast is white on black."),
    "ascii": ("ASCII only", "For terminals that cannot draw lines and dots."),
    "mouse": ("Mouse", "Off leaves selecting to the terminal. Counts from the next start."),
    "refresh_rate": ("Updates a second", "How often charts are drawn anew; fewer cost less on a slow line."),
    "animations": ("Animations", "Move things smoothly; costs bandwidth."),
    "notification": ("When a run ends", "Ring the bell, or show a notification on the desktop by the terminal."),
    "keys": ("Keys", "Give an action another key."),
}
"""What each setting is called, and what it does."""

RATES = (0.5, 1.0, 2.0, 4.0)


class SettingsDialog(Dialog[None]):
    """Show and change the settings; every change counts at once and is kept."""

    def __init__(self, settings: Settings, themes: Sequence[str]) -> None:
        super().__init__("Settings")
        self.settings = settings
        self.themes = themes

    def body(self) -> ComposeResult:
        """Return the list of settings and what the marked one does."""
        yield OptionList(id="options", compact=True, markup=False)
        yield Static(id="help", markup=False)

    def on_mount(self) -> None:
        """Show the settings in force."""
        super().on_mount()
        self._show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the marked setting does."""
        self.query_one("#help", Static).update(ROWS[list(ROWS)[event.option_index]][1] + " Enter changes it.")

    @work
    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change a setting."""
        name = list(ROWS)[event.option_index]
        if name == "theme":
            themes = [Choice(one, one) for one in self.themes]
            choose_theme: ChooseDialog[str] = ChooseDialog("Theme", themes, self.settings.theme)
            theme = await self.app.push_screen_wait(choose_theme)
            self._change(name, theme)
        elif name == "refresh_rate":
            rates = [Choice(f"{one:g}", one) for one in RATES]
            choose_rate: ChooseDialog[float] = ChooseDialog(ROWS[name][0], rates, self.settings.refresh_rate)
            rate = await self.app.push_screen_wait(choose_rate)
            self._change(name, rate)
        elif name == "notification":
            kinds = [Choice(str(one), str(one), note) for one, note in NOTIFICATIONS.items()]
            choose_kind: ChooseDialog[str] = ChooseDialog(ROWS[name][0], kinds, self.settings.notification)
            kind = await self.app.push_screen_wait(choose_kind)
            self._change(name, kind)
        elif name == "keys":
            await self._change_keys()
        else:
            self._change(name, not getattr(self.settings, name))

    async def _change_keys(self) -> None:
        """Have the user choose an action and press its key, until the choice is closed."""
        present: Action | None = None
        while True:
            keys = self.settings.keys
            choices = [Choice(f"{AREAS[one.area]}: {one.label}", one, self._keys(one, keys)) for one in ACTIONS]
            present = await self.app.push_screen_wait(ChooseDialog("Which action gets another key?", choices, present))
            if present is None:
                return
            pressed = await self.app.push_screen_wait(PressDialog(f"{present.label}: {present.help}"))
            if pressed is None:
                continue
            others = {name: key for name, key in keys.items() if name != present.id}
            wanted = {**others, present.id: pressed} if pressed else others
            problems = [problem for problem in check_keys(wanted)[1] if problem.startswith(f"{present.id}:")]
            if problems:
                self.notify(sanitize("\n".join(problems)), title="Key not changed", severity="warning", markup=False)
            else:
                self._change("keys", wanted)

    def _keys(self, action: Action, keys: dict[str, str]) -> str:
        return " ".join(self.app.get_key_display(binding) for binding in keys_of(action, check_keys(keys)[0]))

    def _change(self, name: Name, value: object) -> None:
        if value is not None:
            self.settings = self.settings.model_copy(update={name: value})
            self.app.post_message(SettingsChanged({name: value}))
            self._show()

    def _show(self) -> None:
        options = self.query_one(OptionList)
        marked = options.highlighted or 0
        width = max(len(label) for label, _ in ROWS.values())
        options.set_options([Option(_row(ROWS[name][0].ljust(width), _shown(self.settings, name))) for name in ROWS])
        options.highlighted = marked


def _row(label: str, value: str) -> Content:
    return Content.assemble(f"{label}   ", Content.styled(sanitize_line(value), "bold"))


def _shown(settings: Settings, name: Name) -> str:
    value = getattr(settings, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == "keys":
        return f"{len(value)} changed" if value else "as usual"
    return f"{value:g}" if isinstance(value, float) else str(value)
