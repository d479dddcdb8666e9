"""Having a text written: the model loaded if need be, tokens taken as they come and shown twenty times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate.client import WriterDiedError, WriterError
from recipe_tui.tui.generate.models import short_name
from recipe_tui.tui.generate.status import writing_line
from recipe_tui.tui.generate.writing import Asked, Writing

if TYPE_CHECKING:
    from textual.timer import Timer

    from recipe_tui.tui.generate.client import WriterClient
    from recipe_tui.tui.generate.screen import GenerateScreen
    from recipe_tui.workers.protocol import Loaded, Wrote

FLUSH = 0.05
"""Seconds between two drawings of what was written."""

TELL = 0.5
"""Seconds between two drawings of how many tokens were written."""


class Author:
    """Has texts written for the generation screen.

    Args:
        screen: The screen.
        client: Speaks to the process that writes.

    Attributes:
        is_busy: Whether something is being written.
        loaded: The model that is loaded.
    """

    def __init__(self, screen: GenerateScreen, client: WriterClient) -> None:
        self.screen = screen
        self.client = client
        self.client.on_death = self.fail
        self.is_busy = False
        self.loaded: Loaded | None = None
        self._stopped = False
        self._began = self._told = 0.0
        self._timer: Timer | None = None

    def begin(self, asked: Asked) -> None:
        """Write, in a worker."""
        self.is_busy, self._stopped = True, False
        self.screen.looking.forget()
        self.screen.run_worker(self._write(asked), group="writing")

    def stop(self) -> None:
        """Stop writing and keep what there is."""
        self._stopped = True
        self.client.cancel()

    async def load(self, asked: Asked) -> None:
        """Have the process load what is asked for, unless it has.

        Raises:
            WriterError: It cannot be loaded.
        """
        loaded = self.loaded
        if loaded is not None and (loaded.model, loaded.precision) == (asked.model, asked.precision):
            return
        self.loaded = None
        self.screen.tell(f"Starting the writing process for {short_name(asked.model)}…")
        self.loaded = await self.client.load(
            asked.model, asked.precision, lambda text: self.screen.tell(f"{text[:1].upper()}{text[1:]}…")
        )
        self.screen.show_controls()
        self.screen.remember(last_model=asked.model)

    def fail(self, error: WriterError) -> None:
        """Say what the process could not do; when it died, the next request starts another."""
        if isinstance(error, WriterDiedError):
            self.loaded = None
        self.screen.tell(error.message)
        self.screen.app.push_screen(ErrorDialog(error.message, error.hint, error.traceback))

    async def _write(self, asked: Asked) -> None:
        screen = self.screen
        try:
            await self.load(asked)
            if self._stopped:
                screen.tell("Stopped before anything was written.")
                return
            screen.writing = writing = Writing(asked)
            self._began = self._told = 0.0
            screen.show_writing()
            screen.tell("Reading the prompt…")
            begun = [token.id for token in asked.begun]
            written = await self.client.generate(asked.prompt, asked.config, begun, self._take)
            writing.finish(written)
            self._flush()
            screen.show_writing(anew=False)
            screen.keeping.remember(writing)
        except WriterError as error:
            self._flush()
            self.fail(error)
        finally:
            self.is_busy = False

    def _take(self, wrote: Wrote) -> None:
        writing = self.screen.writing
        if writing is None:
            return
        writing.take(wrote)
        self._began = self._began or self.screen.clock()
        if self._timer is None:
            self._timer = self.screen.set_timer(FLUSH, self._flush)

    def _flush(self) -> None:
        """Show what was written since the last time."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        writing = self.screen.writing
        if writing is None or not self.screen.is_running:
            return
        self.screen.show_more()
        now = self.screen.clock()
        if not writing.is_finished and now - self._told >= TELL:
            self._told = now
            self.screen.tell(writing_line(writing, now - self._began))
