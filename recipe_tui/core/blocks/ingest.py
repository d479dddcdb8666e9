"""Ingestion: read, clean and tokenize recipes batch by batch, so that no corpus is too large for the memory."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.blocks.gathered import Gathered
from recipe_tui.core.blocks.preparation import Preparation, prepare_batches
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.table import RecipeTableWriter, record_batch
from recipe_tui.core.paths import STORE_RECIPES, STORE_UNREADABLE
from recipe_tui.core.recipes.reading import Unreadable, read_recipes
from recipe_tui.core.recipes.reading.hidden_files import HIDDEN
from recipe_tui.core.recipes.suspicions import Suspicions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.partial_build import PartialBuild
    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.recipes.clean import Cleaned
    from recipe_tui.core.recipes.duplicates import DuplicateFinder
    from recipe_tui.core.recipes.recipe import Recipe, Split
    from recipe_tui.core.text.tokenizer import Tokenizer


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
        tokens: File of the tokens of all recipes, one after the other; it belongs to the partial build.
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
    partial: PartialBuild,
    token_type: type[np.unsignedinteger[Any]],
    report: Callable[[BuildProgress], None],
) -> Ingested:
    """Read the sources; write the table of recipes and the log of unreadable records.

    Args:
        config: The settings.
        tokenizer: The tokenizer.
        folder: Where the files go.
        partial: What is prepared already is taken from here, and what is prepared now is added.
        token_type: Type of the tokens in their file.
        report: Called with the progress, once per batch.

    Raises:
        SourceError: A source is missing, or holds no recipe.
        NetworkError: A hub name cannot be reached.
        OutputError: A file cannot be written.
    """
    suspicions = Suspicions()
    with _UnreadableLog(folder / STORE_UNREADABLE, suspicions) as log:
        counts = _Counts(suspicions, partial.counts)
        gathered = Gathered(partial, config.near_duplicate_threshold)
        preparation = Preparation(tokenizer.encoder, config.tag_dropout)
        for batch in prepare_batches(gathered.batches(_read(config, log), report), preparation):
            for one in batch.cleaned:
                counts.add(one)
            gathered.add(batch.cleaned, batch.shingled, batch.encoded.section_lengths)
            rows = [one.recipe for one in batch.cleaned], [one.repairs for one in batch.cleaned]
            with writing(partial.folder):
                partial.recipes.write(record_batch(*rows).serialize())
                partial.tokens.write(batch.encoded.ids.astype(token_type).tobytes())
            report(BuildProgress("read", len(gathered), note=partial.note))
            if partial.due():
                gathered.save(counts.to_json())
    with writing(partial.folder):
        partial.recipes.flush()
        partial.tokens.flush()
    with RecipeTableWriter(folder / STORE_RECIPES) as table:
        table.copy(Path(partial.recipes.name))
    return Ingested(
        reasons=gathered.reasons,
        given_splits=gathered.given_splits,
        section_lengths=gathered.section_lengths,
        tokens=Path(partial.tokens.name),
        duplicates=gathered.duplicates,
        repairs=counts.repairs,
        unreadable=log.count,
        warnings=(*suspicions.warnings(), *log.warnings()),
        unread_fields=suspicions.unread_fields,
        field_values=counts.field_values,
    )


class _Counts:
    """What is counted in recipes; begins with the counts of the partial build."""

    def __init__(self, suspicions: Suspicions, counts: Mapping[str, Any]) -> None:
        self.repairs: Counter[str] = Counter()
        self.field_values = FieldValues()
        self._suspicions = suspicions
        if counts:
            self.repairs = Counter(counts["repairs"])
            self.field_values = FieldValues.from_counts(counts["field_values"])
            suspicions.restore(counts["suspicions"])

    def add(self, cleaned: Cleaned) -> None:
        self.repairs.update(cleaned.repairs)
        self._suspicions.add_fields(cleaned.recipe)
        if cleaned.reason is None:
            self._suspicions.add(cleaned.recipe)
            self.field_values.add(cleaned.recipe)

    def to_json(self) -> dict[str, Any]:
        return {
            "repairs": self.repairs,
            "field_values": self.field_values.counts(),
            "suspicions": self._suspicions.counts(),
        }


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


def _read(config: DataConfig, log: _UnreadableLog) -> Iterator[Recipe]:
    """Read the recipes, and log what cannot be read."""
    for read in read_recipes(config.source, config.format):
        if isinstance(read, Unreadable):
            log.write(read)
        else:
            yield read
