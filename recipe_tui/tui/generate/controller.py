"""Generation as the screen sees it: models are loaded when needed, texts are generated, and messages report it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message

from recipe_tui.core.registry.catalog import newest_checkpoint, short_name
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterDiedError, WriterError
from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession
from recipe_tui.tui.generate.status_lines import LOADING_STOPPED, loaded_line, writing_line
from recipe_tui.workers.protocol import Load

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from recipe_tui.tui.generate.client import WriterClient
    from recipe_tui.workers.protocol import Alternative, Loaded, Wrote

FLUSH = 0.05
"""Seconds between two messages about new tokens."""

REPORT = 0.5
"""Seconds between two reports of the number of tokens."""


class GenerationController:
    """Asks the writing process for one thing at a time, and posts what comes of it.

    Args:
        client: Speaks to the writing process.
        output: Folder of the runs, whose adapters can be switched to.
        post: Takes the messages.
        clock: Seconds since 1970.

    Attributes:
        is_busy: Whether a text is being generated.
        is_loading: Whether a model is being loaded.
        loaded: The model that is loaded.
    """

    @dataclass
    class ModelChanged(Message):
        """Another model is loaded, or none while one is being loaded."""

        loaded: Loaded | None

    @dataclass
    class Progress(Message):
        """What the process does now, in a line."""

        text: str

    @dataclass
    class Advanced(Message):
        """A session has begun, or has more tokens."""

        session: GenerationSession

    @dataclass
    class Finished(Message):
        """All texts of a session are complete."""

        session: GenerationSession

    @dataclass
    class Failed(Message):
        """The process could not do what it was asked for."""

        error: WriterError

    def __init__(
        self, client: WriterClient, output: Path, post: Callable[[Message], object], clock: Callable[[], float]
    ) -> None:
        self.client = client
        self.client.on_death = self._fail
        self.is_busy = self.is_loading = False
        self.loaded: Loaded | None = None
        self.output = output
        self._post = post
        self._clock = clock
        self._session: GenerationSession | None = None
        self._stops = 0
        self._loads = asyncio.Lock()
        self._began = self._reported = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def generate(self, request: GenerationRequest) -> Coroutine[Any, Any, None]:
        """Return what generates texts when it is awaited; the controller is busy from now until its end."""
        self.is_busy = True
        return self._generate(request)

    async def load(self, request: GenerationRequest) -> Loaded | None:
        """Return the model of a request, loaded if need be; None, with a message, when that fails."""
        try:
            loaded = await self._load(request)
        except WriterError as error:
            self._fail(error)
            return None
        self._say(loaded_line(loaded))
        return loaded

    async def alternatives(
        self, request: GenerationRequest, written: Sequence[int], number: int
    ) -> tuple[Alternative, ...]:
        """Return the likeliest tokens after those that were written.

        Raises:
            WriterError: The model cannot be loaded, or the tokens cannot be computed.
        """
        await self._load(request)
        return await self.client.alternatives(request.prompt, written, number)

    def stop(self) -> Coroutine[Any, Any, None]:
        """Stop generating and keep what there is; return what stops loading when it is awaited."""
        self._stops += 1
        return self._stop()

    async def _generate(self, request: GenerationRequest) -> None:
        stops = self._stops
        try:
            await self._load(request)
            if self._stops != stops:
                self._say("Stopped before anything was written.")
                return
            self._session = session = GenerationSession(request)
            self._began = self._reported = 0.0
            self._post(self.Advanced(session))
            self._say("Reading the prompt…")
            begun = [token.id for token in request.begun]
            written = await self.client.generate(request.prompt, request.config, begun, self._take)
            session.finish(written)
            self._flush()
            self._post(self.Finished(session))
        except WriterError as error:
            self._flush()
            self._fail(error)
        finally:
            self._session = None
            self.is_busy = False

    async def _stop(self) -> None:
        if self.is_loading:
            self._say("Stopping…")
            await self.client.abandon()  # loading cannot be interrupted
        else:
            self.client.cancel()

    async def _load(self, request: GenerationRequest) -> Loaded:
        """Load the model of a request, or switch to its adapter, unless it is the one that is loaded.

        Raises:
            LoadingStoppedError: It was stopped.
            WriterError: It cannot be loaded.
        """
        stops = self._stops
        request = replace(request, model=newest_checkpoint(request.model))  # of a run that still trains
        async with self._loads:  # what is asked for meanwhile may be the same
            if self._stops != stops:
                raise LoadingStoppedError("loading was stopped")
            loaded = self.loaded
            if loaded is None or _format(loaded) != _format(request) or not loaded.can_switch_to(request.model):
                self.loaded = await self._load_anew(request)
            elif loaded.model != request.model:
                self.loaded = await self.client.switch(request.model, self._say_progress)
            else:
                return loaded
        self._post(self.ModelChanged(self.loaded))
        return self.loaded

    async def _load_anew(self, request: GenerationRequest) -> Loaded:
        self.loaded, self.is_loading = None, True
        self._post(self.ModelChanged(None))
        self._say(f"Starting the writing process for {short_name(request.model)}… Esc stops it.")
        load = Load(0, request.model, request.precision, request.quantization, str(self.output.absolute()))
        try:
            return await self.client.load(load, self._say_progress)
        finally:
            self.is_loading = False

    def _fail(self, error: WriterError) -> None:
        """Report a failure; when the process died, the next request starts another."""
        if isinstance(error, LoadingStoppedError):
            self._say(LOADING_STOPPED)
            return
        if isinstance(error, WriterDiedError):
            self.loaded = None
        self._say(error.message)
        self._post(self.Failed(error))

    def _take(self, wrote: Wrote) -> None:
        assert self._session is not None
        self._session.take(wrote)
        self._began = self._began or self._clock()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH, self._flush)

    def _flush(self) -> None:
        """Post the tokens that came since the last time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        session = self._session
        if session is None:
            return
        self._post(self.Advanced(session))
        now = self._clock()
        if not session.is_finished and now - self._reported >= REPORT:
            self._reported = now
            self._say(writing_line(session, now - self._began))

    def _say_progress(self, text: str) -> None:
        self._say(f"{text[:1].upper()}{text[1:]}… Esc stops it.")

    def _say(self, text: str) -> None:
        self._post(self.Progress(text))


def _format(of: GenerationRequest | Loaded) -> tuple[str, str]:
    return of.precision, of.quantization
