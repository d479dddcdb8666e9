"""All readers: a new one belongs into one of these lists."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.harness import Reader


def all_readers(folder: Path) -> list[Reader]:
    """Return every reader of a file that people or other programs write, with its files in a scratch folder."""
    from tests.fuzz.models import model_readers
    from tests.fuzz.recipes import recipe_readers
    from tests.fuzz.runs import run_readers
    from tests.fuzz.settings import settings_readers
    from tests.fuzz.stores import store_readers

    kinds = (recipe_readers, run_readers, settings_readers, store_readers, model_readers)
    return [reader for readers in kinds for reader in readers(folder / readers.__name__)]
