"""Ingestion: read, clean and tokenize recipes batch by batch, so that no corpus is too large for the memory."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.blocks.preparation import Preparation, prepare_batches
from recipe_tui.core.blocks.table import ROWS, RecipeTableWriter
from recipe_tui.core.paths import STORE_RECIPES, STORE_UNREADABLE
from recipe_tui.core.recipes.duplicates import DuplicateFinder
from recipe_tui.core.recipes.reading import Unreadable, read_recipes
from recipe_tui.core.recipes.reading.hidden_files import HIDDEN
from recipe_tui.core.recipes.suspicions import Suspicions
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.recipes.recipe import Recipe, Split
    from recipe_tui.core.text.tokenizer import Tokenizer

SPOOL = "tokens.bin"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What `select_recipes` chooses from. Recipes are rows, in the order they were read.

    Attributes:
        reasons: Why each recipe is to be dropped, or None, [recipes].
        given_splits: The split that the source gives each recipe, or None, [recipes].
        section_lengths: Tokens of each recipe in each section, [recipes, sections] int32.
        duplicates: The finder of duplicates; holds the recipes whose reason is None, in order.
    """

    reasons: Sequence[str | None]
    given_splits: Sequence[Split | None]
    section_lengths: NDArray[np.int32]
    duplicates: DuplicateFinder


@dataclass(frozen=True, slots=True)
class Ingested(Candidates):
    """What was read.

    Attributes:
        tokens: File of the tokens of all recipes, one after the other; the caller removes it.
        repairs: Recipes mended, by what was mended.
        unreadable: Records that could not be read.
        warnings: What is suspicious in the recipes; see `recipe_tui.core.recipes.suspicions`.
        unread_fields: The fields that were not understood, with the number of recipes that have them.
        field_values: The tags, servings and times of the recipes whose reason is None.
    """

    tokens: Path
    repairs: Mapping[str, int]
    unreadable: int
    warnings: tuple[str, ...]
    unread_fields: Mapping[str, int]
    field_values: FieldValues


def ingest(
    config: DataConfig,
    tokenizer: Tokenizer,
    folder: Path,
    token_type: type[np.unsignedinteger[Any]],
    progress: Callable[[int], None],
) -> Ingested:
    """Read the sources; write the table of recipes, the log of unreadable records and the file of tokens.

    Args:
        config: The settings.
        tokenizer: The tokenizer.
        folder: Where the files go.
        token_type: Type of the tokens in their file.
        progress: Called with the number of recipes read so far, once per batch.

    Raises:
        SourceError: A source is missing, or holds no recipe.
        NetworkError: A hub name cannot be reached.
        OutputError: A file cannot be written.
    """
    reasons: list[str | None] = []
    given_splits: list[Split | None] = []
    section_lengths = [np.zeros((0, len(Section)), np.int32)]
    repairs: Counter[str] = Counter()
    duplicates = DuplicateFinder(config.near_duplicate_threshold, folder=folder)
    suspicions = Suspicions()
    field_values = FieldValues()
    log = _UnreadableLog(folder / STORE_UNREADABLE, suspicions)
    tokens = folder / SPOOL
    with log, RecipeTableWriter(folder / STORE_RECIPES) as table, ExitStack() as files:
        with writing(tokens):
            spool = files.enter_context(tokens.open("wb"))
        preparation = Preparation(tokenizer.encoder, config.tag_dropout)
        for batch in prepare_batches(_read(config, log), preparation):
            for one in batch.cleaned:
                reasons.append(one.reason)
                given_splits.append(one.recipe.source.split if one.recipe.source else None)
                repairs.update(one.repairs)
                suspicions.add_fields(one.recipe)
                if one.reason is None:
                    suspicions.add(one.recipe)
                    field_values.add(one.recipe)
            duplicates.add_shingled(batch.shingled)
            table.write([one.recipe for one in batch.cleaned], [one.repairs for one in batch.cleaned])
            with writing(tokens):
                spool.write(batch.encoded.ids.astype(token_type).tobytes())
            section_lengths.append(batch.encoded.section_lengths)
            progress(len(reasons))
        with writing(tokens):
            spool.flush()
    return Ingested(
        reasons=reasons,
        given_splits=given_splits,
        section_lengths=np.concatenate(section_lengths),
        tokens=tokens,
        duplicates=duplicates,
        repairs=repairs,
        unreadable=log.count,
        warnings=(*suspicions.warnings(), *log.warnings()),
        unread_fields=suspicions.unread_fields,
        field_values=field_values,
    )


class _UnreadableLog:
    """The log of records that could not be read, a JSON object a line."""

    def __init__(self, path: Path, suspicions: Suspicions) -> None:
        self.count = self._hidden = 0
        self._suspicions = suspicions
        self._first_hidden = ""
        self._path = path

    def __enter__(self) -> Self:
        with writing(self._path):
            self._file = self._path.open("w", encoding="utf-8", buffering=1)
        return self

    def __exit__(self, *_: object) -> None:
        with writing(self._path):
            self._file.close()

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence where files were left out because they are hidden."""
        if not self._hidden:
            return ()
        return (f"{self._hidden:,} hidden files or folders were left out, as {self._first_hidden}: name it to read it",)

    def write(self, unreadable: Unreadable) -> None:
        self.count += 1
        self._suspicions.add_unreadable(unreadable)
        if unreadable.reason.endswith(HIDDEN):
            self._hidden += 1
            member = unreadable.reason.removesuffix(HIDDEN).rstrip(": ")
            self._first_hidden = self._first_hidden or " in ".join(filter(None, (member, unreadable.file)))
        with writing(self._path):
            self._file.write(json.dumps(asdict(unreadable)) + "\n")


def _read(config: DataConfig, log: _UnreadableLog) -> Iterator[list[Recipe]]:
    """Read `ROWS` recipes at a time, fewer in the last batch."""
    batch: list[Recipe] = []
    for read in read_recipes(config.source, config.format):
        if isinstance(read, Unreadable):
            log.write(read)
            continue
        batch.append(read)
        if len(batch) == ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
