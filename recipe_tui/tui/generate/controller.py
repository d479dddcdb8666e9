"""Having a text written: the model loaded if need be, tokens taken as they come and shown twenty times a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterDiedError, WriterError
from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession
from recipe_tui.tui.generate.models import is_ready, short_name
from recipe_tui.tui.generate.status_lines import LOADING_STOPPED, writing_line
from recipe_tui.workers.protocol import Load

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
        is_loading: Whether a model is being loaded.
        loaded: The model that is loaded.
    """

    def __init__(self, screen: GenerateScreen, client: WriterClient) -> None:
        self.screen = screen
        self.client = client
        self.client.on_death = self.fail
        self.is_busy = self.is_loading = False
        self.loaded: Loaded | None = None
        self._stops = 0
        self._loads = asyncio.Lock()
        self._began = self._told = 0.0
        self._timer: Timer | None = None

    def begin(self, asked: GenerationRequest) -> None:
        """Write, in a worker."""
        self.is_busy = True
        self.screen.looking.forget()
        self.screen.run_worker(self._write(asked), group="writing")

    def stop(self) -> None:
        """Stop writing and keep what there is; stop loading."""
        self._stops += 1
        if self.is_loading:
            self.screen.tell("Stopping…")
            self.screen.run_worker(self.client.abandon(), group="abandon")
        else:
            self.client.cancel()

    async def load(self, asked: GenerationRequest) -> Loaded:
        """Have the process load what is asked for, or switch to it where it is held ready, unless it writes already.

        Raises:
            LoadingStoppedError: It was stopped.
            WriterError: It cannot be loaded.
        """
        stops = self._stops
        async with self._loads:  # what is asked for meanwhile may be the same
            if self._stops != stops:
                raise LoadingStoppedError("loading was stopped")
            loaded = self.loaded
            if loaded is None or _weights(loaded) != _weights(asked) or not is_ready(asked.model, loaded):
                self.loaded = await self._load(asked)
            elif loaded.model != asked.model:
                self.loaded = await self.client.switch(asked.model)
            else:
                return loaded
        self.screen.show_controls()
        self.screen.remember(last_model=asked.model)
        return self.loaded

    async def _load(self, asked: GenerationRequest) -> Loaded:
        screen = self.screen
        self.loaded, self.is_loading = None, True
        screen.show_controls()
        screen.tell(f"Starting the writing process for {short_name(asked.model)}… Esc stops it.")
        request = Load(0, asked.model, asked.precision, asked.quantization, str(screen.output.absolute()))
        try:
            return await self.client.load(
                request, lambda text: screen.tell(f"{text[:1].upper()}{text[1:]}… Esc stops it.")
            )
        finally:
            self.is_loading = False

    def fail(self, error: WriterError) -> None:
        """Say what the process could not do; when it died, the next request starts another."""
        if isinstance(error, WriterDiedError):
            self.loaded = None
        self.screen.tell(error.message)
        self.screen.app.push_screen(ErrorDialog(error.message, error.hint, error.traceback))

    async def _write(self, asked: GenerationRequest) -> None:
        screen, stops = self.screen, self._stops
        try:
            await self.load(asked)
            if self._stops != stops:
                screen.tell("Stopped before anything was written.")
                return
            screen.writing = writing = GenerationSession(asked)
            self._began = self._told = 0.0
            screen.show_writing()
            screen.tell("Reading the prompt…")
            begun = [token.id for token in asked.begun]
            written = await self.client.generate(asked.prompt, asked.config, begun, self._take)
            writing.finish(written)
            self._flush()
            screen.show_writing(anew=False)
            screen.keeping.remember(writing)
        except LoadingStoppedError:
            screen.tell(LOADING_STOPPED)
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


def _weights(of: GenerationRequest | Loaded) -> tuple[str, str]:
    return of.precision, of.quantization
