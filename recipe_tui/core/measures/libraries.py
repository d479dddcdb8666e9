"""The libraries of the extra ``evaluation``, and what is said where one of them is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def evaluation_library() -> Iterator[None]:
    """Turn a failed import inside the block into an error that names the extra.

    Raises:
        UsageError: A library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"evaluation needs {error.name or error}, which is not installed",
            "pip install -c scripts/constraints.txt '.[evaluation]', or pip install bm25s sacrebleu scipy",
        ) from error
