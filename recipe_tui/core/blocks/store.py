"""The block store: blocks of tokens on disk, opened at once however large, read by the training and the screens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.blocks.arrays import damaged, open_outcomes, open_segments, open_tokens
from recipe_tui.core.blocks.ledger import Ledger
from recipe_tui.core.blocks.manifest import StoreManifest, read_values
from recipe_tui.core.blocks.outcomes import RecipeOutcome
from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.errors import problem
from recipe_tui.core.paths import (
    STORE_FIRST_SEGMENTS,
    STORE_INPUT_IDS,
    STORE_LEDGER,
    STORE_OUTCOMES,
    STORE_RECIPES,
    STORE_SEGMENTS,
    STORE_TOKENIZER,
)
from recipe_tui.core.recipes.recipe import SPLITS, Recipe
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.table import RecipeTable
    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.recipes.recipe import Split


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of one recipe's tokens in a block.

    Attributes:
        recipe: Row of the recipe in the store.
        start: Place of its first token in the block.
        length: Tokens.
        offset: Place of its first token in the recipe.
        continues_before: The recipe's tokens before it are in another block.
        continues_after: The recipe continues after it: in another block, or, cut off, in none.
    """

    recipe: int
    start: int
    length: int
    offset: int
    continues_before: bool
    continues_after: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        input_ids: Its tokens without padding, [used].
        segments: Its segments in order.
        padding: Places after the tokens.
    """

    input_ids: NDArray[np.integer[Any]]
    segments: tuple[Segment, ...]
    padding: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Blocks as the model takes them; every array is [blocks, block_size] int32.

    Attributes:
        input_ids: Tokens; the pad token after them.
        labels: The same tokens, not shifted: the label at t is what the model predicts at t - 1. `IGNORED_LABEL` on
            padding, which is known by length and never by token; where recipes are isolated on the first token of
            each segment, since the token before it belongs to another recipe; and in the layout ``chat`` on the
            question, which is given and never written.
        position_ids: Position of each token in its segment where recipes are isolated, in the block where not.
        segment_ids: Number of the segment of each token where recipes are isolated, 0 where not; -1 on padding.
    """

    input_ids: NDArray[np.int32]
    labels: NDArray[np.int32]
    position_ids: NDArray[np.int32]
    segment_ids: NDArray[np.int32]


class Blocks:
    """The blocks of one split, memory-mapped: whichever block is asked for is found at once.

    Attributes:
        input_ids: Tokens of all blocks, [blocks, block_size]; the pad token after them.
        segments: Segments of all blocks in order, structured as `SEGMENT`.
        first_segments: Row of each block's first segment, and the number of segments at the end, [blocks + 1].

    Raises:
        StoreError: A file of them is damaged.
    """

    def __init__(self, store: BlockStore, split: Split) -> None:
        folder = store.path / split
        self._store = store
        self._path = folder / STORE_INPUT_IDS
        self.input_ids = open_tokens(self._path, store.block_size)
        self.segments, self.first_segments = open_segments(
            folder / STORE_SEGMENTS,
            folder / STORE_FIRST_SEGMENTS,
            len(self.input_ids),
            store.block_size,
            store.outcomes,
        )

    def __len__(self) -> int:
        return len(self.input_ids)

    def __getitem__(self, index: int) -> Block:
        index = range(len(self))[index]  # an IndexError for what is not there, and -1 is the last one
        segments = tuple(Segment(*row) for row in self._rows(index).tolist())
        used = segments[-1].start + segments[-1].length
        input_ids = np.array(self.input_ids[index, :used])
        self.require_tokens(input_ids)
        return Block(input_ids, segments, self._store.block_size - used)

    def batch(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> Batch:
        """Return blocks as one batch, in the order they were asked for."""
        shape = (len(indices), self._store.block_size)
        isolated = self._store.isolated
        stored = self.input_ids[np.asarray(indices, np.int64)]
        self.require_tokens(stored)
        input_ids = stored.astype(np.int32)
        labels = np.full(shape, IGNORED_LABEL, np.int32)
        position_ids = (
            np.zeros(shape, np.int32) if isolated else np.tile(np.arange(shape[1], dtype=np.int32), (shape[0], 1))
        )
        segment_ids = np.full(shape, -1, np.int32)
        for row, index in enumerate(indices):
            for number, (recipe, start, length, offset, *_) in enumerate(self._rows(index).tolist()):
                end = start + length
                first = start + min(max(0, self._store.question_tokens(recipe) - offset), length)
                labels[row, first:end] = input_ids[row, first:end]
                segment_ids[row, start:end] = number if isolated else 0
                if isolated:
                    labels[row, start] = IGNORED_LABEL
                    position_ids[row, start:end] = np.arange(length)
        return Batch(input_ids, labels, position_ids, segment_ids)

    def recipe_of_tokens(self, index: int) -> NDArray[np.int32]:
        """Return the row of the recipe that each token of a block came from, [block_size]; -1 on padding."""
        rows = self._rows(range(len(self))[index])
        recipes = np.full(self._store.block_size, -1, np.int32)
        used = int(rows["length"].sum())
        recipes[:used] = np.repeat(rows["recipe"], rows["length"])
        return recipes

    def sections_of_tokens(self, index: int) -> NDArray[np.int8]:
        """Return the `Section` that each token of a block belongs to, [block_size]; -1 on padding."""
        sections = np.full(self._store.block_size, -1, np.int8)
        for recipe, start, length, offset, *_ in self._rows(range(len(self))[index]).tolist():
            ends = np.cumsum(self._store.outcomes["section_tokens"][recipe], dtype=np.int64)
            sections[start : start + length] = np.searchsorted(ends, np.arange(offset, offset + length), "right")
        return sections

    def require_tokens(self, tokens: NDArray[np.integer[Any]]) -> None:
        """Check that tokens that were read are in the vocabulary.

        Raises:
            StoreError: One is not.
        """
        if (tokens >= self._store.vocab_size).any():
            raise damaged(self._path, "a token that is not in the vocabulary")

    def _rows(self, index: int) -> NDArray[np.void]:
        return self.segments[self.first_segments[index] : self.first_segments[index + 1]]


class BlockStore:
    """A block store on disk. Open one with `BlockStore.open`; `build_store` makes one.

    Attributes:
        path: Its folder.
        config: The settings it was built with.
        block_size: Tokens in a block.
        isolated: Whether the recipes in a block are isolated from each other, by attention and position.
        vocab_size: Rows an embedding needs for its ids.
        eos_id: The token that ends a recipe.
        pad_id: The token that fills up blocks; may be `eos_id`.
        fingerprint: SHA-256 of everything it was made of.
        tokenizer_path: Folder of its tokenizer, the layout's tokens included.
        reused: Whether `build_store` found it as it is.
    """

    def __init__(self, path: Path, manifest: StoreManifest, *, reused: bool = False) -> None:
        self.path = path
        self.manifest = manifest
        self.reused = reused
        self.config: DataConfig = manifest.config
        self.block_size = manifest.config.block_size
        self.isolated = manifest.config.packing == "best_fit"
        self.vocab_size = manifest.vocab_size
        self.eos_id = manifest.eos_id
        self.pad_id = manifest.pad_id
        self.fingerprint = manifest.fingerprint.digest
        self.tokenizer_path = path / STORE_TOKENIZER

    @classmethod
    def open(cls, path: Path) -> BlockStore:
        """Open a store.

        Raises:
            StoreError: There is none, it is of another version, or a file of it is missing, cut or changed.
        """
        manifest = StoreManifest.read(path)
        manifest.check_files(path)
        return cls(path, manifest)

    @cached_property
    def ledger(self) -> Ledger:
        """Where every recipe and every token went."""
        path = self.path / STORE_LEDGER
        try:
            return Ledger.from_json(read_values(path))
        except (OSError, ValueError) as error:
            raise damaged(path, problem(error)) from error

    @cached_property
    def outcomes(self) -> NDArray[np.void]:
        """What became of each recipe, [recipes], structured as `OUTCOME`."""
        return open_outcomes(self.path / STORE_OUTCOMES, len(self.manifest.outcome_names))

    def blocks(self, split: Split) -> Blocks:
        """Return the blocks of a split."""
        return Blocks(self, split)

    def __len__(self) -> int:
        """Recipes in the store, the dropped ones included."""
        return len(self.outcomes)

    def question_tokens(self, row: int) -> int:
        """Return how many tokens at the beginning of a recipe are no targets: the question, in the layout ``chat``."""
        if self.config.layout != "chat":
            return 0
        return int(self.outcomes["section_tokens"][row][: Section.STEPS].sum())

    def recipe(self, row: int) -> Recipe:
        """Return a recipe as it was after cleaning."""
        return self.table.recipe(range(len(self))[row])

    def title(self, row: int) -> str:
        """Return the title of a recipe, without reading the rest of it."""
        return self.table.title(range(len(self))[row])

    def repairs(self, row: int) -> tuple[str, ...]:
        """Return what cleaning mended in a recipe."""
        return self.table.repairs(range(len(self))[row])

    def outcome(self, row: int) -> RecipeOutcome:
        """Return the outcome of a recipe."""
        return RecipeOutcome.of(self.outcomes, range(len(self))[row], self.manifest.outcome_names)

    @cached_property
    def table(self) -> RecipeTable:
        """The table of all recipes."""
        from recipe_tui.core.blocks.table import RecipeTable

        return RecipeTable(self.path / STORE_RECIPES)


def training_recipes(store: BlockStore) -> Iterator[tuple[int, Recipe]]:
    """Yield the rows of the training recipes, and the recipes: title, ingredients and steps alone."""
    training = store.outcomes["split"] == SPLITS.index("train")
    first = 0
    for batch in store.table.batches():
        wanted = np.flatnonzero(training[first : first + batch.num_rows])
        columns = batch.take(wanted).select(["title", "ingredients", "steps"]).to_pydict()
        for row, title, ingredients, steps in zip(wanted.tolist(), *columns.values(), strict=True):
            yield first + row, Recipe(title, tuple(ingredients), tuple(steps))
        first += batch.num_rows
