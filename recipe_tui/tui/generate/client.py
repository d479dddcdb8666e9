"""The interface of the writing process's client, and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from recipe_tui.core.errors import RecipeTuiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.workers.protocol import Alternative, Load, Loaded, Traced, Written, Wrote


class WriterError(RecipeTuiError):
    """The writing process could not fulfil a request; the traceback is that of a bug."""

    def __init__(self, message: str, hint: str = "", traceback: str = "") -> None:
        super().__init__(message, hint)
        self.traceback = traceback


class WriterDiedError(WriterError):
    """The writing process is gone; `traceback` has its last words. The next request starts another."""


class LoadingStoppedError(WriterError):
    """Loading was stopped by the user."""


class WriterClient(Protocol):
    """The requests to the writing process. Everything runs on the event loop."""

    on_death: Callable[[WriterDiedError], None]
    """Called when the process dies while nothing is asked of it."""

    async def load(self, request: Load, progress: Callable[[str], None]) -> Loaded:
        """Load a model, in the place of the one before.

        Args:
            request: What to load; its id is given here.
            progress: Receives what is being done.

        Raises:
            LoadingStoppedError: It was abandoned.
            WriterError: It cannot be loaded.
        """

    async def switch(self, model: str, progress: Callable[[str], None]) -> Loaded:
        """Switch to another adapter, or to the base itself; llama.cpp's is converted first.

        Raises:
            WriterError: It cannot be switched to.
        """

    async def generate(
        self, prompt: Prompt, config: GenerationConfig, begun: Sequence[int], observer: Callable[[Wrote], None]
    ) -> Written:
        """Write texts with the model that is loaded.

        Raises:
            WriterError: They cannot be written.
        """

    async def alternatives(self, prompt: Prompt, written: Sequence[int], number: int) -> tuple[Alternative, ...]:
        """Return the likeliest tokens at a place; none when it was cancelled.

        Raises:
            WriterError: They cannot be found.
        """

    async def trace(self, model: str, text: str, progress: Callable[[str], None]) -> Traced:
        """Return the spans of a text that are copied from training recipes; none when it was cancelled.

        Args:
            model: The model that wrote it.
            text: The text without its prompt.
            progress: Receives what takes long.

        Raises:
            WriterError: They cannot be found.
        """

    def cancel(self) -> None:
        """Cancel all requests; what was generated is returned."""

    async def abandon(self) -> None:
        """Kill the process, since loading cannot be interrupted; the next request starts another."""

    async def close(self) -> None:
        """End the process."""
