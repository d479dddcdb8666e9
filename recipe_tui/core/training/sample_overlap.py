"""The overlap of samples with the training text: memorization shows as a rising curve."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.measures.overlap import overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.measures.overlap import Overlap
    from recipe_tui.core.novelty.index import NoveltyIndex

TIMEOUT = 10.0
"""Seconds that the first sample waits for the index, enough to build that of 20,000 recipes."""


class SampleOverlap:
    """Measures samples with the novelty index of the store. It never stops a training, and delays it once at most.

    A thread opens the index at the first sample, and builds it where there is none. The samples written until it is
    there are not measured.

    Args:
        open_index: Opens or builds the index.
        failed: Receives the reason, once, if the overlap cannot be measured.
        timeout: Seconds that the first sample waits for the index.
    """

    def __init__(
        self, open_index: Callable[[], NoveltyIndex], failed: Callable[[str], None], timeout: float = TIMEOUT
    ) -> None:
        self._open_index = open_index
        self._failed = failed
        self._timeout = timeout
        self._thread: threading.Thread | None = None
        self._index: NoveltyIndex | None = None
        self._error: Exception | None = None

    def overlap(self, text: str) -> Overlap | None:
        """Return the overlap of a text with the training text; None where it cannot be measured, or not yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._open, name="novelty index", daemon=True)
            self._thread.start()
            self._thread.join(self._timeout)
        if self._index is not None:
            try:
                return overlap(self._index, text)
            except Exception as error:  # whatever it is, the training is worth more than the measure
                self._error, self._index = error, None
        if self._error is not None:
            cause, self._error = self._error, None
            message = cause.message if isinstance(cause, RecipeTuiError) else str(cause)
            self._failed(message or type(cause).__name__)
        return None

    def _open(self) -> None:
        try:
            self._index = self._open_index()
        except Exception as error:  # see `overlap`
            self._error = error
