"""Tracing written texts to the training recipes that they were copied from."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from recipe_tui.workers.protocol import CopiedSpan, Trace, Traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.novelty.build import IndexProgress
    from recipe_tui.core.novelty.index import NoveltyIndex


class Tracer:
    """Searches the training text of the run that a model is from. The index of the latest store stays open."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened: tuple[BlockStore, NoveltyIndex] | None = None

    def trace(self, job: Trace, progress: Callable[[str], None]) -> Traced:
        """Find the copied spans of a text, in the order of the text; none if the model is from no run.

        Args:
            job: The request.
            progress: Receives what takes long, in a few words.

        Raises:
            RecipeTuiError: The run, its block store or its index cannot be read, or the index cannot be built.
        """
        from recipe_tui.core.export.source import find_source
        from recipe_tui.core.runs.folder import RunManifest

        run = find_source(job.model).run
        if run is None:
            return Traced(job.id, "", ())
        with self._lock:
            store, index = self._open(Path(RunManifest.read(run).store), progress)
            spans = tuple(
                CopiedSpan(
                    start=span.start,
                    end=span.end,
                    words=span.words,
                    log_probability=span.log_probability,
                    occurrences=span.occurrences,
                    recipe=span.recipes[0],
                    title=store.title(span.recipes[0]),
                )
                for span in index.spans(job.text, sources=1)
                if span.copied
            )
        return Traced(job.id, str(store.path), spans)

    def _open(self, path: Path, progress: Callable[[str], None]) -> tuple[BlockStore, NoveltyIndex]:
        from recipe_tui.core.blocks.store import BlockStore
        from recipe_tui.core.novelty.index import novelty_index

        if self._opened is None or self._opened[0].path != path:
            verbs = {"read": "reading", "sort": "sorting"}

            def report(at: IndexProgress) -> None:
                progress(f"{verbs[at.stage]} the training text, to find copied spans: {at.done / max(at.total, 1):.0%}")

            store = BlockStore.open(path)
            self._opened = store, novelty_index(store, report)
        return self._opened
