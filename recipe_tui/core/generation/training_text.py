"""The recipes that a model was trained on, for the processors that compare with them; opened when first needed."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from recipe_tui.core.blocks.store import BlockStore, training_recipes
from recipe_tui.core.errors import GenerationError, StoreError
from recipe_tui.core.generation.ingredient_bonus import LexiconTokens
from recipe_tui.core.measures.ingredients import Lexicon
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index
from recipe_tui.core.registry.catalog import store_of

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.text.tokenizer import Tokenizer

MOST_RECIPES = 20_000
"""Training recipes that the lexicon is made from, so that it takes seconds for any store."""


class TrainingText:
    """The training recipes of a block store.

    Args:
        store: Folder of the store; None if it is not known what a model was trained on.
    """

    def __init__(self, store: Path | None = None) -> None:
        self._path = store
        self._lexicon_tokens: dict[Tokenizer, LexiconTokens] = {}

    @classmethod
    def of_model(cls, folder: Path) -> TrainingText:
        """Return that of a run's model."""
        return cls(store_of(str(folder)))

    @cached_property
    def store(self) -> BlockStore | None:
        """The store; None if it is not known or cannot be read."""
        try:
            return None if self._path is None else BlockStore.open(self._path)
        except StoreError:
            return None

    @cached_property
    def lexicon(self) -> Lexicon | None:
        """The words that mean an ingredient wherever they are; None without a store."""
        if self.store is None:
            return None
        return Lexicon.of(recipe for _, recipe in islice(training_recipes(self.store), MOST_RECIPES))

    @cached_property
    def index(self) -> NoveltyIndex:
        """The novelty index of the store, which is built where there is none.

        Raises:
            GenerationError: It is not known what the model was trained on.
            StoreError, OutputError: It cannot be built.
        """
        if self.store is None:
            raise GenerationError(
                "verbatim_guard needs the model's training recipes, and they are not known",
                "set verbatim_guard to 0, or take the model of a run whose block store is in place",
            )
        return novelty_index(self.store)

    @property
    def built_index(self) -> NoveltyIndex | None:
        """The index, if it is built; None otherwise."""
        if self.store is None or "index" in self.__dict__:
            return self.__dict__.get("index")
        try:
            self.index = NoveltyIndex(self.store)
        except StoreError:
            return None
        return self.index

    def lexicon_tokens(self, tokenizer: Tokenizer) -> LexiconTokens | None:
        """Return the tokens of the lexicon."""
        if self.lexicon is not None and tokenizer not in self._lexicon_tokens:
            self._lexicon_tokens[tokenizer] = LexiconTokens.of(tokenizer, self.lexicon)
        return self._lexicon_tokens.get(tokenizer)
