"""The application: three screens, one at a time, and what they have in common."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from textual import work
from textual.reactive import reactive
from textual.screen import Screen

from recipe_tui.core.errors import OutputError, RecipeTuiError
from recipe_tui.tui import warm_up
from recipe_tui.tui.actions import Tab, bindings_of
from recipe_tui.tui.dialogs.too_small import TooSmallScreen, is_too_small
from recipe_tui.tui.error_dialogs import ErrorDialogs
from recipe_tui.tui.glyphs import ASCII, UNICODE
from recipe_tui.tui.keymap import check_keys
from recipe_tui.tui.sanitize import sanitize
from recipe_tui.tui.settings import Settings, load_settings, save_settings, settings_path
from recipe_tui.tui.stylesheet import CachedStylesheet
from recipe_tui.tui.terminal_notification import notification_sequence
from recipe_tui.tui.theme import HIGH_CONTRAST, colour_variables
from recipe_tui.tui.typed_ahead import TypedAhead
from recipe_tui.tui.widgets.title_bar import TABS, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.command import Provider
    from textual.filter import LineFilter
    from textual.geometry import Size

    from recipe_tui.tui.app_messages import ModelChosen, SettingsChanged, StoreChosen, WorkspaceChosen
    from recipe_tui.tui.train.job import Job
    from recipe_tui.tui.train.worker_process import WorkerName


END_SIGNALS = {getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""Signals by which the system ends the workbench."""


def hold_end_signals(hold: bool = True) -> None:
    """Let those signals wait while the terminal is being set up, and nothing restores it yet; or no longer."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK if hold else signal.SIG_UNBLOCK, END_SIGNALS)


class ReadsStatus(Protocol):
    """Reads what the title bar shows."""

    def read(self) -> Status:
        """Read the status; runs in a thread."""


def _action_commands() -> type[Provider]:
    from recipe_tui.tui.palette import ActionCommands

    return ActionCommands


class Workbench(TypedAhead, ErrorDialogs):
    """The workbench.

    Args:
        output: Folder of the runs.
        settings: The saved settings; read from `settings_path` when None.
        this_time: Settings, by name, for this start only; they are not saved.
        shows_crashes: Whether a bug is shown in a dialog and survived. Off in tests, which must fail by it.
        status_reader: Says what the title bar shows; the runs on the disk when None.
        instead_of: The folder without runs in whose place `output` is shown; it is said at the start.
    """

    TITLE = "recipe-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("everywhere")]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_action_commands}

    status: reactive[Status] = reactive(Status())

    def __init__(
        self,
        output: Path = Path("output"),
        settings: Settings | None = None,
        *,
        this_time: Mapping[str, object] | None = None,
        shows_crashes: bool = False,
        status_reader: ReadsStatus | None = None,
        instead_of: Path | None = None,
    ) -> None:
        super().__init__(shows_crashes)
        self.stylesheet = CachedStylesheet(variables=self.get_css_variables())
        self.output = output
        self.instead_of = instead_of
        self.settings_problem: str | None = None
        if settings is None:
            settings, self.settings_problem = load_settings(settings_path())
        self._kept = settings
        self._this_time = dict(this_time or {})
        self.settings = settings.model_copy(update=self._this_time)
        self.status_reader = status_reader
        self.jobs: dict[WorkerName, Job[Any, Any, Any]] = {}
        self.keymap: dict[str, str] = {}
        self.key_problems: list[str] = []
        self.register_theme(HIGH_CONTRAST)
        self.glyphs = UNICODE
        self._apply_settings()

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's colours, and those of `recipe_tui.tui.theme` made from them."""
        variables = super().get_css_variables()
        self.theme_variables = {**colour_variables(variables), **variables}
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what every drawn line passes through: with `ascii`, also what puts it into ASCII."""
        if not self.settings.ascii:
            return super().get_line_filters()
        from recipe_tui.tui.ascii import AsciiDrawing

        return [*super().get_line_filters(), AsciiDrawing()]

    def on_mount(self) -> None:
        """Show the training screen."""
        self.add_mode("blank", Screen)
        for tab in TABS:
            self.add_mode(tab, partial(self.new_screen, tab))
        self.switch_mode("train")
        self._leave_at_signals()
        self.call_after_refresh(self._begin)

    def on_resize(self, event: events.Resize) -> None:
        """Cover the screen while there is no room for it."""
        self._cover_if_too_small(event.size)  # Textual changes `size` after this

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the cursor of every field still: one that blinks sends half a kilobyte a second."""
        if hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    def watch_status(self, before: Status, status: Status) -> None:
        """Notify by the terminal, if the settings say so, that a run has ended."""
        kind, text = self.settings.notification, status.ended[1]
        if status.ended[0] > before.ended[0] and kind != "off":
            if self._driver is not None:  # private to Textual 8.2.8
                self._driver.write(notification_sequence(kind, self.TITLE, text))
            self.notify(sanitize(text), markup=False)

    def remember(self, **changes: object) -> None:
        """Change settings, apply them at once, and save them for the next start."""
        self._kept = Settings.model_validate({**self._kept.model_dump(), **changes})
        self._this_time = {name: value for name, value in self._this_time.items() if name not in changes}
        self.settings = self._kept.model_copy(update=self._this_time)
        self._apply_settings()
        if changes.keys() & {"ascii", "theme"}:
            self.screen.refresh(layout=True)
        try:
            save_settings(self._kept, settings_path())
        except (OSError, OutputError) as error:
            self.notify(sanitize(str(error)), title="Settings not kept", severity="warning", markup=False)

    def on_settings_changed(self, event: SettingsChanged) -> None:
        """Keep settings that a screen has changed."""
        self.remember(**event.changes)

    def on_model_chosen(self, event: ModelChosen) -> None:
        """Show the generation screen."""
        self.write_with(event.model)

    def on_store_chosen(self, event: StoreChosen) -> None:
        """Show the dataset screen."""
        self.look_at(event.store, recipe=event.recipe)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow only leaving while the terminal is too small for a screen."""
        if self.screen_stack and isinstance(self.screen, TooSmallScreen) and action != "leave":
            return False
        return super().check_action(action, parameters)

    def action_show_train(self) -> None:
        """Show the training screen."""
        self._show("train")

    def action_show_generate(self) -> None:
        """Show the generation screen."""
        self._show("generate")

    def action_show_dataset(self) -> None:
        """Show the dataset screen."""
        self._show("dataset")

    def action_show_help(self) -> None:
        """Show the keys of the present screen."""
        from recipe_tui.tui.available_actions import available_actions
        from recipe_tui.tui.dialogs.help import HelpDialog

        self.push_screen(HelpDialog(list(available_actions(self.screen)), self.keymap))

    def action_show_settings(self) -> None:
        """Show the settings, once."""
        from recipe_tui.tui.dialogs.settings import SettingsDialog

        if not any(isinstance(screen, SettingsDialog) for screen in self.screen_stack):
            self.push_screen(SettingsDialog(self.settings, sorted(self.available_themes)))

    def action_leave(self) -> None:
        """Leave the workbench; an active run continues."""
        self.exit()

    def action_help_quit(self) -> None:
        """Answer ctrl+c, which many press to leave."""
        from recipe_tui.tui.actions import ACTIONS
        from recipe_tui.tui.keymap import keys_of

        leave = next(action for action in ACTIONS if action.id == "everywhere.leave")
        keys = ", ".join(self.get_key_display(binding) for binding in keys_of(leave, self.keymap))
        self.notify(f"{keys} leaves the workbench; training continues.", markup=False)

    def new_screen(self, tab: Tab) -> Screen[None]:
        """Return a new screen; its module is imported when it is first shown, so that the first frame comes at once."""
        if tab == "train":
            from recipe_tui.tui.train.screen import TrainScreen

            return TrainScreen(self.output)
        if tab == "generate":
            from recipe_tui.tui.generate.screen import GenerateScreen

            return GenerateScreen(self.output)
        from recipe_tui.tui.dataset.screen import DatasetScreen

        return DatasetScreen(self.output)

    def write_with(self, model: str) -> None:
        """Show the generation screen with a model chosen: a run folder, checkpoint folder or hub name."""
        from recipe_tui.tui.generate.screen import GenerateScreen

        if isinstance(screen := self._show("generate"), GenerateScreen):
            screen.choose_model(model)

    def open_workspace(self, output: Path) -> None:
        """Show the runs of another output folder; what is being written stays."""
        self.output, self.instead_of = output, None
        self._follow_status()
        self._remember_workspace()
        for tab in ("generate", "dataset"):
            for screen in self._screen_stacks.get(tab, ()):  # private to Textual 8.2.8
                if hasattr(screen, "use_output"):
                    screen.use_output(output)
        self.switch_mode("train")
        self.renew_screen()

    def look_at(self, store: Path, block: int | None = None, recipe: int | None = None) -> None:
        """Show the dataset screen with a block store opened, at a block of its training split or at a recipe."""
        from recipe_tui.tui.dataset.screen import DatasetScreen

        if isinstance(screen := self._show("dataset"), DatasetScreen):
            screen.open(store, block, recipe)

    def on_workspace_chosen(self, event: WorkspaceChosen) -> None:
        """Show the runs of another output folder."""
        self.open_workspace(event.output)
        if event.run is not None:
            self.watch_run(event.run)

    def watch_run(self, name: str) -> None:
        """Show the training screen with a run chosen."""
        from recipe_tui.tui.train.screen import TrainScreen

        if isinstance(screen := self._show("train"), TrainScreen):
            screen.choose_run(name)

    def _show(self, tab: Tab) -> Screen[object]:
        self.switch_mode(tab)
        self._cover_if_too_small(self.size)
        return self.screen_stack[0]

    def renew_screen(self) -> None:
        """Replace the current screen by a new one."""
        tab = cast("Tab", self.current_mode)
        self.switch_mode("blank")  # the mode that is present cannot be removed
        self.remove_mode(tab)
        self.add_mode(tab, partial(self.new_screen, tab))
        self._show(tab)

    def _cover_if_too_small(self, size: Size) -> None:
        if self.screen_stack and is_too_small(size) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def _apply_settings(self) -> None:
        settings = self.settings
        self.glyphs = ASCII if settings.ascii else UNICODE
        self.theme = settings.theme if settings.theme in self.available_themes else Settings().theme
        self.animation_level = "full" if settings.animations else "none"
        keymap, self.key_problems = check_keys(settings.keys)
        if keymap != self.keymap:  # the footer is composed anew, and the whole screen is drawn with it
            self.keymap = keymap
            self.set_keymap(keymap)

    def _leave_at_signals(self) -> None:
        """Leave as by a key where the system ends the workbench, so that the terminal is restored."""
        for number in END_SIGNALS:
            with suppress(NotImplementedError, RuntimeError):  # Windows has none, nor has any but the main thread
                asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)
        hold_end_signals(False)

    def _begin(self) -> None:
        """Do what can wait until the first frame is drawn."""
        self._cover_if_too_small(self.size)
        if self.settings.theme not in self.available_themes:
            self.settings_problem = self.settings_problem or f"theme {self.settings.theme!r} is not known"
        for problem in filter(None, [self.settings_problem, *self.key_problems]):
            self.notify(sanitize(problem), title="Settings", severity="warning", markup=False)
        if self.instead_of is not None:
            text = f"No runs in {self.instead_of}: this is {self.output}, the output folder used last. o changes it."
            self.notify(sanitize(text), title="Workspace", markup=False, timeout=15)
        self._follow_status()
        self._remember_workspace()
        self._continue_queue()
        self.set_timer(warm_up.AFTER, self._warm_up)

    @work(group="warm-up", thread=True)
    def _warm_up(self) -> None:
        warm_up.warm_up(lambda: not self.is_running)

    @work(group="workspace", thread=True)
    def _remember_workspace(self) -> None:
        from recipe_tui.core.runs.folder import run_folders
        from recipe_tui.core.runs.workspaces import remember_workspace

        with suppress(OutputError):  # a home that cannot be written to hinders nobody
            if run_folders(self.output):
                remember_workspace(self.output)

    @work(group="queue", thread=True)
    def _continue_queue(self) -> None:
        """Continue the queue, which a reboot has stopped."""
        from recipe_tui.core.queue.file import QueueFile
        from recipe_tui.core.queue.supervisor import ensure_supervisor

        try:
            started = ensure_supervisor(QueueFile())
        except RecipeTuiError as error:
            self.call_from_thread(self.notify, sanitize(str(error)), title="Queue", severity="warning", markup=False)
            return
        if started:
            self.call_from_thread(self.notify, "The queue continues; q shows it.", title="Queue", markup=False)

    @work(group="status", exclusive=True)
    async def _follow_status(self) -> None:
        """Keep the title bar up to date."""
        from recipe_tui.tui.status import EVERY, StatusReader

        reader: ReadsStatus = self.status_reader or StatusReader(self.output)
        while True:
            self.status = await asyncio.to_thread(reader.read)
            await asyncio.sleep(EVERY)
