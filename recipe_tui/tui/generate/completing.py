"""Completion of ingredients from the corpus that the model learnt from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.generate.ingredient_completion import Vocabulary, read_vocabulary
from recipe_tui.tui.generate.models import store_of

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.tui.generate.screen import GenerateScreen


class Completing:
    """Reads what the prompt of the generation screen is completed with.

    Args:
        screen: The screen.
    """

    def __init__(self, screen: GenerateScreen) -> None:
        self.screen = screen
        self._read: Path | None = None

    def begin(self, model: str) -> None:
        """Read the ingredients of a model's corpus, in a thread."""
        self.screen.run_worker(self._complete(model), group="vocabulary", exclusive=True)

    async def _complete(self, model: str) -> None:
        store = await asyncio.to_thread(store_of, model)
        if store is None or store == self._read:
            return
        try:
            vocabulary = await asyncio.to_thread(read_vocabulary, store)
        except (OSError, ValueError, RecipeTuiError) as error:
            self.screen.log(f"no completion from {store}: {error}")
            vocabulary = Vocabulary()
        self._read = store
        self.screen.editor.complete_with(vocabulary)
