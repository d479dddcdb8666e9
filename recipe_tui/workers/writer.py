"""The process that generates recipes: it keeps a model loaded and exchanges JSON lines on stdin and stdout.

``python -m recipe_tui.workers.writer`` is started by the workbench, and ends when its stdin closes. See
`recipe_tui.workers.protocol` for the messages.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import GenerationError, RecipeTuiError
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.protocol import (
    Alternatives,
    Cancel,
    Cancelled,
    Failed,
    Found,
    Generate,
    Load,
    Loaded,
    LoadedAdapter,
    RequestProgress,
    Switch,
    Text,
    Trace,
    Written,
    Wrote,
    read_request,
)
from recipe_tui.workers.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from recipe_tui.core.generation.adapters import AdaptedGenerator
    from recipe_tui.core.generation.output import Generated, Piece
    from recipe_tui.workers.protocol import Reply, Request

Job = Load | Switch | Generate | Alternatives | Trace


class Writer:
    """Answers requests one at a time, and `Trace` meanwhile; those that run or wait can be cancelled.

    Args:
        reply: Called with each reply.
        loader: Loads the model of a request, and reports its progress.
    """

    def __init__(
        self,
        reply: Callable[[Reply], None],
        loader: Callable[[Load, Callable[[str], None]], AdaptedGenerator] | None = None,
    ) -> None:
        self._reply = reply
        self._loader = loader or load_generator
        self._tracer = Tracer()
        self._adapted: AdaptedGenerator | None = None
        self._loaded = Load(0, "")
        self._names: dict[str, Path | None] = {}
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._answered = 0
        self._leaving = False

    def serve(self, lines: Iterable[str]) -> None:
        """Answer requests until there are no more; a generation that runs then is cancelled.

        Args:
            lines: The requests, read in a thread, so that a cancellation arrives during a generation.
        """
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()
        while (job := self._jobs.get()) is not None:
            if self._leaving:
                break
            self._answered = job.id
            self._reply(Cancelled(job.id) if job.id in self._cancelled else self._answer(job))
            self._cancelled.discard(job.id)

    def _listen(self, lines: Iterable[str]) -> None:
        for line in lines:
            try:
                request: Request = read_request(line)
            except RecipeTuiError as error:
                self._reply(Failed(0, error.message, error.hint))
                continue
            if isinstance(request, Cancel):
                self._cancelled.add(request.id)
            elif isinstance(request, Trace):  # an index that is built takes long, and generating must not wait for it
                threading.Thread(
                    target=lambda job: self._reply(self._answer(job)), args=(request,), daemon=True
                ).start()
            else:
                self._jobs.put(request)
        self._leaving = True
        self._jobs.put(None)

    def _answer(self, job: Job) -> Reply:
        try:
            if isinstance(job, Load):
                return self._load(job)
            if isinstance(job, Switch):
                return self._switch(job)
            if isinstance(job, Generate):
                return self._generate(job)
            if isinstance(job, Trace):
                return self._tracer.trace(job, lambda text: self._reply(RequestProgress(job.id, text)))
            found = self._ready().generator.alternatives(job.prompt, job.written, job.count)
            return Found(job.id, tuple(found))
        except RecipeTuiError as error:
            return Failed(job.id, error.message, error.hint)
        except Exception as error:  # a bug, or memory exhausted: the workbench shows it and can ask for less
            message = next(iter(str(error).splitlines()), "") or type(error).__name__
            return Failed(job.id, message, "choose another model or less to write", traceback.format_exc())

    def _load(self, job: Load) -> Loaded:
        self._adapted = None  # so that two models are never in memory at once
        self._adapted = adapted = self._loader(job, self._progress)
        self._loaded = job
        self._names = {str(one.path): one.path for one in adapted.adapters if one.path != adapted.active}
        if adapted.active is not None:
            self._names[adapted.base_name] = None
        self._names[job.model] = adapted.active
        return self._described(job.id, adapted)

    def _progress(self, text: str) -> None:
        """Report what the request that is answered does; a switch may convert another adapter's model."""
        self._reply(RequestProgress(self._answered, text))

    def _switch(self, job: Switch) -> Loaded:
        adapted = self._ready()
        if job.model not in self._names:
            raise GenerationError(f"{job.model}: not held ready", "choose it as a model")
        adapted.switch(self._names[job.model])
        return self._described(job.id, adapted)

    def _described(self, id_: int, adapted: AdaptedGenerator) -> Loaded:
        """Describe the active model and the adapters that it can be switched to."""
        from recipe_tui.core.registry.locate import locate_model

        names, generator = {path: name for name, path in self._names.items()}, adapted.generator
        return Loaded(
            id_,
            model=names[adapted.active],
            folder=str(adapted.active or locate_model(names[None])),
            parameters=generator.decoder.parameters,
            context=generator.decoder.context,
            layout=generator.tokenizer.layout.name,
            backend=os.environ.get("KERAS_BACKEND", ""),
            precision=self._loaded.precision,
            quantization=self._loaded.quantization,
            size=generator.decoder.weights_size,
            base=names[None] if adapted.adapters else "",
            adapters=tuple(LoadedAdapter(names[one.path], one.rank, one.targets) for one in adapted.adapters),
            fields=generator.tokenizer.layout.has_fields,
        )

    def _generate(self, job: Generate) -> Written:
        def observe(piece: Piece) -> None:
            self._reply(Wrote(job.id, piece.sequence, piece.text, piece.token_id, piece.probability))

        def cancelled() -> bool:
            return self._leaving or job.id in self._cancelled

        written = self._ready().generator.generate(job.prompt, job.config, observe, cancelled, job.begun)
        return Written(job.id, tuple(_text(one) for one in written))

    def _ready(self) -> AdaptedGenerator:
        if self._adapted is None:
            raise GenerationError("no model is loaded", "choose one")
        return self._adapted


def load_generator(job: Load, progress: Callable[[str], None]) -> AdaptedGenerator:
    """Load the model of a request.

    Raises:
        BackendError, CheckpointError, TokenizerError, NetworkError: It cannot be loaded.
    """
    from recipe_tui.core.backend import select_backend

    progress("starting the backend")
    select_backend()
    from recipe_tui.core.generation.adapters import load_with_adapters

    progress("loading the model")
    runs = Path(job.runs) if job.runs else None
    return load_with_adapters(job.model, runs, job.precision, job.quantization, progress)


def main() -> None:
    """Serve the workbench on stdin and stdout."""
    # Only replies may reach the pipe: the output of libraries is redirected to stderr.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def reply(message: Reply) -> None:
        with lock:
            pipe.write(line_of(message))
            pipe.flush()

    def lines() -> Iterator[str]:
        yield from sys.stdin
        os._exit(0)  # nobody is left to answer, and loading cannot be cancelled

    with suppress(BrokenPipeError):  # the workbench has ended
        Writer(reply).serve(lines())
    os._exit(0)  # without waiting for threads of libraries


def _text(written: Generated) -> Text:
    recipe = written.recipe
    return Text(
        text=written.text,
        title=recipe.title,
        ingredients=recipe.ingredients,
        steps=recipe.steps,
        finish_reason=written.finish_reason,
        tokens=written.tokens,
        tokens_per_second=written.tokens_per_second,
        seed=written.seed,
        notes=written.notes,
        tags=recipe.tags,
        servings=recipe.servings,
        times=recipe.times,
        sequence=written.sequence,
        score=written.score,
    )


if __name__ == "__main__":
    main()
