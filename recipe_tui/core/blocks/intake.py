"""Taking recipes in: read, clean and tokenize them batch by batch, so that no corpus is too large for the memory."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.blocks.table import ROWS, RecipeTableWriter
from recipe_tui.core.blocks.writing import writing
from recipe_tui.core.paths import STORE_RECIPES, STORE_UNREADABLE
from recipe_tui.core.recipes.clean import Cleaned, clean
from recipe_tui.core.recipes.duplicates import DuplicateFinder
from recipe_tui.core.recipes.reading import Unreadable, read_recipes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.core.text.tokenizer import Encoded, Tokenizer

SPOOL = "tokens.bin"


class Intake:
    """What was taken in. Recipes are rows, in the order they were read.

    Attributes:
        reasons: Why each recipe was found to be none, or None, [recipes].
        hints: The split that the source gives each recipe, or None, [recipes].
        section_lengths: Tokens of each recipe in title, ingredients, steps and end, [recipes, 4] int32.
        tokens: File of the tokens of all recipes, one after the other; the caller removes it.
        duplicates: The finder of duplicates; it was given the recipes whose reason is None, in order.
        repairs: Recipes mended, by what was mended.
        unreadable: Records that could not be read.
        unreadable_log: File that names them, a JSON object a line.
    """

    def __init__(
        self,
        config: DataConfig,
        tokenizer: Tokenizer,
        folder: Path,
        token_type: type[np.unsignedinteger[Any]],
        seen: Callable[[int], None],
    ) -> None:
        """Read the sources and write the table of recipes, the log of unreadable records and the file of tokens.

        Args:
            config: The settings.
            tokenizer: Makes the tokens.
            folder: Where the files go.
            token_type: Type of the tokens in their file.
            seen: Called with the number of recipes so far, now and then.

        Raises:
            SourceError: A source is missing, or holds no recipe.
            OutputError: A file cannot be written.
        """
        self.reasons: list[str | None] = []
        self.hints: list[Split | None] = []
        self.section_lengths: NDArray[np.int32] = np.zeros((0, 4), np.int32)
        self.tokens = folder / SPOOL
        self.unreadable_log = folder / STORE_UNREADABLE
        self.duplicates = DuplicateFinder(config.near_duplicate_threshold)
        self.repairs: Counter[str] = Counter()
        self.unreadable = 0
        section_lengths = []
        with ExitStack() as files:
            with writing(folder):
                log = files.enter_context(self.unreadable_log.open("w", encoding="utf-8"))
                spool = files.enter_context(self.tokens.open("wb"))
            table = files.enter_context(RecipeTableWriter(folder / STORE_RECIPES))
            for batch, encoded in _tokenized(self._batches(config, log), tokenizer):
                self._note(batch)
                table.write([one.recipe for one in batch], [one.repairs for one in batch])
                with writing(self.tokens):
                    spool.write(encoded.ids.astype(token_type).tobytes())
                section_lengths.append(encoded.section_lengths)
                seen(len(self.reasons))
            with writing(folder):
                log.flush()
                spool.flush()
        if section_lengths:
            self.section_lengths = np.concatenate(section_lengths)

    def _batches(self, config: DataConfig, log: IO[str]) -> Iterator[list[Cleaned]]:
        """Read and clean; `ROWS` recipes at a time, fewer in the last batch."""
        batch: list[Cleaned] = []
        for read in read_recipes(config.source, config.format):
            if isinstance(read, Unreadable):
                self.unreadable += 1
                with writing(self.unreadable_log):
                    log.write(json.dumps(asdict(read)) + "\n")
                continue
            batch.append(clean(read))
            if len(batch) == ROWS:
                yield batch
                batch = []
        if batch:
            yield batch

    def _note(self, batch: list[Cleaned]) -> None:
        for one in batch:
            self.reasons.append(one.reason)
            self.hints.append(one.recipe.source.split if one.recipe.source else None)
            self.repairs.update(one.repairs)
            if one.reason is None:
                self.duplicates.add(one.recipe)


def _tokenized(batches: Iterator[list[Cleaned]], tokenizer: Tokenizer) -> Iterator[tuple[list[Cleaned], Encoded]]:
    """Tokenize each batch in a thread while the next one is read and cleaned: the tokenizer works outside Python."""
    with ThreadPoolExecutor(1) as thread:
        waiting: tuple[list[Cleaned], Any] | None = None
        for batch in batches:
            encoded = thread.submit(tokenizer.encode_recipes, [one.recipe for one in batch])
            if waiting:
                yield waiting[0], waiting[1].result()
            waiting = batch, encoded
        if waiting:
            yield waiting[0], waiting[1].result()
