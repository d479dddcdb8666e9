"""Errors that an action, a message handler, a timer or a worker raises: shown in a dialog, and survived."""

from __future__ import annotations

import traceback
from abc import abstractmethod

from textual.app import App
from textual.worker import WorkerFailed

from recipe_tui.core.errors import RecipeTuiError

DIALOGS_AT_ONCE = 6
"""Screens on top of each other after which a further error ends the application: something fails again and again."""


class ErrorDialogs(App[None]):
    """An application that shows errors in dialogs.

    Args:
        shows_crashes: Whether a bug is shown in a dialog and survived, as errors of this project always are.
    """

    def __init__(self, shows_crashes: bool = False) -> None:
        super().__init__()
        self.shows_crashes = shows_crashes

    @abstractmethod
    def renew_screen(self) -> None:
        """Replace the current screen by a new one."""

    def show_error(self, error: BaseException) -> None:
        """Show an error in a dialog: message and hint of one of ours, and the traceback of any other."""
        from recipe_tui.tui.dialogs.error import ErrorDialog

        if isinstance(error, RecipeTuiError):
            where = getattr(error, "traceback", "")  # of a bug in another process
            self.push_screen(ErrorDialog(error.message, error.hint, where), self._dialog_closed)
            return
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        hint = "This is a bug. Save what is below and report it; training is not touched."
        self.push_screen(ErrorDialog(what, hint, "".join(traceback.format_exception(error))), self._dialog_closed)

    async def run_action(self, *arguments: object, **named: object) -> bool:
        """Perform an action; what it raises is shown in a dialog."""
        try:
            return await super().run_action(*arguments, **named)  # type: ignore[arg-type]
        except RecipeTuiError as error:
            self.show_error(error)
        except Exception as error:
            if not self.shows_crashes:
                raise
            self.show_error(error)
        return True

    def _handle_exception(self, error: Exception) -> None:
        # Textual (8.2.8) has no public hook for what escapes a message handler, a timer or a worker: it calls this
        # method, and exits. Overriding it keeps whatever Textual does where no dialog can be shown. A widget whose
        # handler failed no longer responds; the screen is replaced when the dialog is closed.
        cause = error.error if isinstance(error, WorkerFailed) else error
        survives = isinstance(cause, RecipeTuiError) or self.shows_crashes
        if not survives or not self.is_running or len(self.screen_stack) > DIALOGS_AT_ONCE:
            super()._handle_exception(error)
        else:
            self.call_later(self.show_error, cause)

    def _dialog_closed(self, _: None) -> None:
        """Remove or replace the current screen if a widget of it has failed, since that no longer responds."""
        screen = self.screen
        if all(node.is_running for node in (screen, *screen.query("*"))):
            return
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.renew_screen()
