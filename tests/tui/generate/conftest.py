"""A client that writes a recipe by heart, and an application that shows the generation screen with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.screen import Screen

from recipe_tui.core.config import GenerationConfig, Quantization
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterDiedError, WriterError
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.tui.settings import Settings
from recipe_tui.tui.widgets.title_bar import Status
from recipe_tui.workers.protocol import (
    Alternative,
    CopiedSpan,
    Load,
    Loaded,
    LoadedAdapter,
    Text,
    Traced,
    Written,
    Wrote,
)

WORDS = (
    "Halve",
    " the",
    " pump",
    "kin",
    ".",
    "\n",
    "Soften",
    " the",
    " onions",
    " in",
    " butter",
    ".",
    "\n",
    "Serve",
    ".",
)
PROBABILITIES = (0.9, 0.99, 0.03, 0.97, 0.6, 0.99, 0.1, 0.9, 0.4, 0.7, 0.15, 0.8, 0.99, 0.3, 0.95)
MODEL = "/models/soups"
BASE = "/models/base"
ADAPTERS = (
    LoadedAdapter("/runs/soups/adapter", 8, ("c_attn",)),
    LoadedAdapter("/runs/cakes/adapter", 16, ("c_attn", "c_fc", "c_proj")),
    LoadedAdapter("/runs/cakes/checkpoints/step-00000200", 16, ("c_attn", "c_fc", "c_proj")),
)


class FakeClient:
    """Writes WORDS; `gate` holds it back after as many tokens as `held`, until it is opened or cancelled.

    Loading waits for `loading` where that is set.
    """

    def __init__(self, words: Sequence[str] = WORDS, held: int | None = None, error: WriterError | None = None) -> None:
        self.on_death: Callable[[WriterDiedError], None] = lambda error: None
        self.words, self.held, self.error = words, held, error
        self.gate = asyncio.Event()
        self.cancelled = self.closed = False
        self.loading: asyncio.Event | None = None
        self.abandoned = False
        self.loaded: Loaded | None = None
        self.fields = True
        self.adapters: tuple[LoadedAdapter, ...] = ()
        self.loads: list[str] = []
        self.switches: list[str] = []
        self.asked: list[tuple[Prompt, GenerationConfig, tuple[int, ...]]] = []
        self.looked: list[tuple[int, ...]] = []
        self.traced: list[tuple[str, str]] = []
        self.copies: tuple[CopiedSpan, ...] = ()
        self.store = ""
        self.trace_error: WriterError | None = None

    async def load(self, request: Load, progress: Callable[[str], None]) -> Loaded:
        self.loads.append(request.model)
        progress("loading soups")
        if self.loading is not None:
            await self.loading.wait()
            if self.abandoned:
                raise LoadingStoppedError("loading was stopped")
        self.loaded = self._loaded(request.model, request.precision, request.quantization)
        return self.loaded

    async def switch(self, model: str, progress: Callable[[str], None]) -> Loaded:
        self.switches.append(model)
        assert self.loaded is not None
        self.loaded = self._loaded(model, self.loaded.precision, self.loaded.quantization)
        return self.loaded

    def _loaded(self, model: str, precision: str, quantization: Quantization) -> Loaded:
        base = BASE if self.adapters else ""
        about = (3_700_000, 512, "sections", "tensorflow", precision, quantization, 15_000_000)
        return Loaded(1, model, model, *about, base, self.adapters, self.fields)

    async def abandon(self) -> None:
        self.abandoned, self.loaded = True, None
        assert self.loading is not None
        self.loading.set()

    async def generate(
        self, prompt: Prompt, config: GenerationConfig, begun: Sequence[int], observer: Callable[[Wrote], None]
    ) -> Written:
        self.cancelled = False
        self.asked.append((prompt, config, tuple(begun)))
        if self.error is not None:
            raise self.error
        written, reason = 0, "stop"
        words = self.words[len(begun) :]
        for place, word in enumerate(words, len(begun)):
            if self.held == written:
                await self.gate.wait()
            if self.cancelled:
                reason = "cancelled"
                break
            for sequence in range(config.num_return_sequences):
                observer(Wrote(1, sequence, word, place, PROBABILITIES[place % len(PROBABILITIES)]))
            written += 1
        lines = "".join(words[:written]).splitlines()
        text = "\n".join([prompt.title, *prompt.ingredients, *lines])
        seed = 7 if config.seed is None else config.seed
        one = Text(text, prompt.title, prompt.ingredients, tuple(lines), reason, written, 88.0, seed)  # type: ignore[arg-type]
        return Written(1, (one,) * config.num_return_sequences)

    async def alternatives(self, prompt: Prompt, written: Sequence[int], number: int) -> tuple[Alternative, ...]:
        self.looked.append(tuple(written))
        place = len(written)
        present = self.words[place] if place < len(self.words) else "<|step|>"
        rest = (" cream", "\n", " [red]salt", "\x1b[31m")
        return (
            Alternative(place, present, present, 0.41),
            *(Alternative(100 + n, text, text, 0.17 / (n + 1)) for n, text in enumerate(rest)),
        )

    async def trace(self, model: str, text: str, progress: Callable[[str], None]) -> Traced:
        self.traced.append((model, text))
        if self.trace_error is not None:
            raise self.trace_error
        return Traced(1, self.store, self.copies)

    def cancel(self) -> None:
        self.cancelled = True
        self.gate.set()

    async def close(self) -> None:
        self.closed = True


class Clock:
    """Goes on by half a second at each look."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


class NoStatus:
    """A quiet machine without runs."""

    def read(self) -> Status:
        return Status("", "", "CPU 3% 2/16G")


class Bench(Workbench):
    """The workbench with the generation screen and a fake client."""

    def __init__(self, output: Path, client: FakeClient | None = None, **settings: object) -> None:
        known = Settings.model_validate({"last_model": "soups/0412", **settings})
        super().__init__(output, known, status_reader=NoStatus())  # type: ignore[arg-type]
        self.client = client or FakeClient()

    def new_screen(self, tab: str) -> Screen[None]:
        return GenerateScreen(self.output, self.client, Clock())

    @property
    def generate(self) -> GenerateScreen:
        """The screen, whatever dialog stands before it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, GenerateScreen)
        return screen
