"""An open block store, as the screen sees it: frozen snapshots of rows and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from recipe_tui.core.browsing.recipe_index import RecipeIndex
from recipe_tui.core.errors import StoreError, TokenizerError
from recipe_tui.core.recipes.recipe import SPLITS, Split
from recipe_tui.core.text.token_text import TokenText, TokenTexts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recipe_tui.core.blocks.store import Blocks, BlockStore, Segment


@dataclass(frozen=True, slots=True)
class RowPicture:
    """A block as a row of the list.

    Attributes:
        title: Title of its first recipe.
        recipes: Number of recipes in it.
        used: Places that hold a token.
        padding: Places that hold none.
        continues_before: Whether its first recipe begins in another block.
        continues_after: Whether its last recipe continues in another block, or is cut off.
    """

    number: int
    title: str
    recipes: int
    used: int
    padding: int
    continues_before: bool
    continues_after: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a recipe that is in a block.

    Attributes:
        recipe: Row of the recipe.
        title: Its title.
        start: Place of its first token in the block.
        length: Its tokens in the block.
        offset: Place of its first token in the recipe.
        total: Tokens of the whole recipe.
        before: Block with the tokens before; None when there are none.
        after: Block with the tokens after; None when there are none, or in no block.
        cut_off: Tokens of the recipe that are in no block.
    """

    recipe: int
    title: str
    start: int
    length: int
    offset: int
    total: int
    before: int | None
    after: int | None
    cut_off: int


@dataclass(frozen=True, slots=True)
class BlockPicture:
    """A block with everything that is drawn of it.

    Attributes:
        size: Places in it.
        ids: Its tokens.
        token_texts: The text of each token.
        sections: The `Section` of each token.
        part_of: Which of `parts` each token belongs to.
        labels: The label at each token; None where the loss ignores it.
        parts: The recipes in it.
    """

    number: int
    split: Split
    size: int
    ids: tuple[int, ...]
    token_texts: tuple[TokenText, ...]
    sections: tuple[int, ...]
    part_of: tuple[int, ...]
    labels: tuple[int | None, ...]
    parts: tuple[Part, ...]

    @property
    def padding(self) -> int:
        """Places that hold no token."""
        return self.size - len(self.ids)

    def part_at(self, position: int) -> int:
        """Return which part a token belongs to; 0 in an empty block."""
        return self.part_of[position] if position < len(self.part_of) else 0


class OpenedStore:
    """An open store. Create it and read its blocks in a thread; rows are quick."""

    def __init__(self, store: BlockStore) -> None:
        self.store = store
        self._blocks: dict[Split, Blocks] = {split: store.blocks(split) for split in SPLITS}
        self._indexes = {split: RecipeIndex(blocks) for split, blocks in self._blocks.items()}
        self._tokens: TokenTexts | None = None
        self._problem: TokenizerError | None = None
        self._reading = Lock()

    @classmethod
    def open(cls, path: Path) -> OpenedStore:
        """Open a store. One that lacks its tokenizer is opened as well.

        Raises:
            StoreError: There is none, or a file of it is missing, truncated or changed.
        """
        from recipe_tui.core.blocks.manifest import StoreManifest
        from recipe_tui.core.blocks.store import BlockStore

        manifest = StoreManifest.read(path)
        _check_files(manifest.files, path)
        store = BlockStore(path, manifest)
        store.table  # noqa: B018 - opens it, so that the first rows come at once
        return cls(store)

    @property
    def tokens(self) -> TokenTexts:
        """The text of each token, loaded at the first access; the ids alone when the tokenizer cannot be read."""
        with self._reading:
            if self._tokens is None:
                try:
                    self._tokens = TokenTexts.load(self.store.tokenizer_path)
                except TokenizerError as error:
                    self._problem = error
                    self._tokens = TokenTexts({}, {}, byte_level=False)
            return self._tokens

    def take_problem(self) -> TokenizerError | None:
        """Return why the tokenizer cannot be read, once; then None."""
        problem, self._problem = self._problem, None
        return problem

    def blocks(self, split: Split) -> Blocks:
        """Return the blocks of a split."""
        return self._blocks[split]

    def recipe_index(self, split: Split) -> RecipeIndex:
        """Return where the recipes of a split are."""
        return self._indexes[split]

    def check(self) -> None:
        """Check that no file has changed: reading a mapped file that was truncated would end the process.

        Raises:
            StoreError: A file has changed.
        """
        _check_files(self.store.manifest.files, self.store.path)

    def row(self, split: Split, number: int) -> RowPicture:
        """Return a block as a row."""
        blocks = self._blocks[split]
        first, end = blocks.first_segments[[number, number + 1]].tolist()
        segments = blocks.segments[first:end]
        used = int(segments["start"][-1] + segments["length"][-1])
        return RowPicture(
            number=number,
            title=self.store.title(int(segments["recipe"][0])),
            recipes=len(segments),
            used=used,
            padding=self.store.block_size - used,
            continues_before=bool(segments["continues_before"].any()),
            continues_after=bool(segments["continues_after"].any()),
        )

    def picture(self, split: Split, number: int) -> BlockPicture:
        """Return a block with everything that is drawn of it.

        Raises:
            StoreError: A file of the store has changed.
        """
        self.check()
        blocks = self._blocks[split]
        block = blocks[number]
        used = len(block.input_ids)
        ids = block.input_ids.tolist()
        next_labels = [*blocks.batch([number]).labels[0, 1:].tolist(), -1][:used]
        return BlockPicture(
            number=number,
            split=split,
            size=self.store.block_size,
            ids=tuple(ids),
            token_texts=tuple(self.tokens[i] for i in ids),
            sections=tuple(blocks.sections_of_tokens(number)[:used].tolist()),
            part_of=tuple(part for part, segment in enumerate(block.segments) for _ in range(segment.length)),
            labels=tuple(label if label >= 0 else None for label in next_labels),
            parts=tuple(self._part(split, segment) for segment in block.segments),
        )

    def _part(self, split: Split, segment: Segment) -> Part:
        total = self.store.outcome(segment.recipe).tokens
        before = after = None
        reached = segment.offset + segment.length
        if segment.continues_before or segment.continues_after:
            parts = self.recipe_index(split).parts_of(segment.recipe)
            before = next((block for block, offset, length in parts if offset + length == segment.offset), None)
            after = next((block for block, offset, _ in parts if offset == reached), None)
            reached = max((offset + length for _, offset, length in parts), default=reached)
        return Part(
            recipe=segment.recipe,
            title=self.store.title(segment.recipe),
            start=segment.start,
            length=segment.length,
            offset=segment.offset,
            total=total,
            before=before,
            after=after,
            cut_off=max(total - reached, 0) if segment.continues_after and after is None else 0,
        )


def _check_files(files: Mapping[str, int], path: Path) -> None:
    """Check that every file but the tokenizer's exists and has its size."""
    from recipe_tui.core.paths import STORE_TOKENIZER

    for name, size in files.items():
        if name.startswith(f"{STORE_TOKENIZER}/"):
            continue
        file = path / name
        try:
            actual = file.stat().st_size
        except (OSError, ValueError):
            raise StoreError(f"{file}: missing from the block store", "build the store again") from None
        if actual != size:
            raise StoreError(f"{file}: {actual:,} bytes instead of {size:,}", "build the store again")
