"""The ledger: every recipe and every token that was read, and where it went."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter

from recipe_tui.core.blocks.outcomes import KEPT, UNREADABLE
from recipe_tui.core.errors import StoreError
from recipe_tui.core.recipes.recipe import SPLITS, Split
from recipe_tui.core.runs.events import Count  # noqa: TC001 - pydantic reads it
from recipe_tui.core.text.layout import FIELDS, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.packing import Packed


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """One split: its recipes, its blocks, the tokens in them and the padding that fills them up."""

    recipes: Count
    blocks: Count
    tokens: Count
    padding: Count


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Where the tokens went.

    Attributes:
        read: Tokens of all recipes that could be read.
        dropped: Tokens of dropped recipes, by reason.
        kept: Tokens of kept recipes.
        sections: The same by section, fields that no recipe has left out; ``end`` counts the end tokens.
        in_blocks: Tokens of kept recipes that are in a block.
        cut: Tokens of kept recipes that are in no block: the rest of overlong ones that were cut.
        padding: Places in blocks that hold no token.
    """

    read: Count
    dropped: Mapping[str, Count]
    kept: Count
    sections: Mapping[str, Count]
    in_blocks: Count
    cut: Count
    padding: Count


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was read, and what was kept of it.

    Attributes:
        sources: What was read, as the configuration names it.
        read: Records that were found, readable or not.
        kept: Recipes that are in a split.
        dropped: The others, by reason.
        repairs: Recipes that cleaning mended, by what it mended.
        duplicate_clusters: Groups of two or more recipes that are duplicates of each other.
        split_recipes: Kept recipes whose tokens are in more than one block.
        cut_recipes: Kept recipes whose last tokens are in no block.
        block_size: Tokens in a block.
        splits: Counts of each split.
        tokens: Where the tokens went.
        given_splits: Recipes with a split that the source assigns itself.
        overruled_splits: Those among them that are in another split, or were dropped for a duplicate in another one:
            duplicates never straddle splits.
        held_out_splits: Those among them that the source would train on and that were held out, since it names no
            validation or test split.
        ignored_splits: Those among them that would have left nothing to train on.
        warnings: What to check before a long training, a sentence each.
        unread_fields: Fields of the source that were not understood, with the number of recipes that have them.
    """

    sources: tuple[str, ...]
    read: Count
    kept: Count
    dropped: Mapping[str, Count]
    repairs: Mapping[str, Count]
    duplicate_clusters: Count
    split_recipes: Count
    cut_recipes: Count
    block_size: Count
    splits: Mapping[Split, SplitCounts]
    tokens: TokenCounts
    given_splits: Count = 0
    overruled_splits: Count = 0
    held_out_splits: Count = 0
    ignored_splits: Count = 0
    warnings: tuple[str, ...] = ()
    unread_fields: Mapping[str, Count] = field(default_factory=dict)

    @classmethod
    def count(
        cls,
        *,
        sources: Sequence[str],
        read: int,
        unreadable: int,
        repairs: Mapping[str, int],
        outcomes: NDArray[np.void],
        outcome_names: Sequence[str],
        packed: Mapping[Split, Packed],
        block_size: int,
        given_splits: Sequence[Split | None] = (),
        warnings: Sequence[str] = (),
        unread_fields: Mapping[str, int] | None = None,
    ) -> Ledger:
        """Count the outcomes of recipes and tokens.

        Args:
            sources: What was read.
            read: Records that were found.
            unreadable: Those among them that could not be read.
            repairs: Recipes mended, by what was mended.
            outcomes: What became of each recipe, structured as `OUTCOME`.
            outcome_names: Names of the outcome_names in `outcomes`.
            packed: The blocks of each split.
            block_size: Tokens in a block.
            given_splits: The split that the source gives each recipe, or None.
            warnings: What is suspicious in the recipes.
            unread_fields: Fields that were not understood, with the number of recipes that have them.
        """
        kept = outcomes["outcome"] == outcome_names.index(KEPT)
        lengths = outcomes["section_tokens"].sum(axis=1, dtype=np.int64)
        recipes_by_outcome = np.bincount(outcomes["outcome"], minlength=len(outcome_names))
        tokens_by_outcome = np.bincount(outcomes["outcome"], lengths, minlength=len(outcome_names)).astype(np.int64)
        reasons = [(i, name) for i, name in enumerate(outcome_names) if name != KEPT and recipes_by_outcome[i]]
        dropped = {UNREADABLE: unreadable} if unreadable else {}
        dropped |= {name: int(recipes_by_outcome[i]) for i, name in reasons}
        in_blocks = {split: int(packed[split].segments["length"].sum(dtype=np.int64)) for split in SPLITS}
        splits = {
            split: SplitCounts(
                recipes=int(np.count_nonzero(kept & (outcomes["split"] == i))),
                blocks=len(packed[split]),
                tokens=in_blocks[split],
                padding=len(packed[split]) * block_size - in_blocks[split],
            )
            for i, split in enumerate(SPLITS)
        }
        segments = np.concatenate([packed[split].segments for split in SPLITS])
        ends_at = segments["offset"] + segments["length"]
        reached = np.zeros(len(outcomes), np.int64)  # tokens of each recipe that are in a block
        np.maximum.at(reached, segments["recipe"], ends_at)
        by_section = outcomes["section_tokens"][kept].sum(axis=0, dtype=np.int64).tolist()
        compared = _compared_splits(outcomes, given_splits)
        clusters = np.bincount(outcomes["cluster"][outcomes["cluster"] >= 0])
        return cls(
            sources=tuple(sources),
            read=read,
            kept=int(np.count_nonzero(kept)),
            dropped=dropped,
            repairs=dict(sorted(repairs.items(), key=lambda repair: -repair[1])),
            duplicate_clusters=int(np.count_nonzero(clusters > 1)),
            split_recipes=int(np.count_nonzero(np.bincount(segments["recipe"]) > 1)),
            cut_recipes=int(np.count_nonzero(reached[kept] < lengths[kept])),
            block_size=block_size,
            splits=splits,
            tokens=TokenCounts(
                read=int(lengths.sum()),
                dropped={name: int(tokens_by_outcome[i]) for i, name in reasons},
                kept=int(lengths[kept].sum()),
                sections={
                    section.name.lower(): by_section[section]
                    for section in Section
                    if by_section[section] or section not in FIELDS
                },
                in_blocks=sum(in_blocks.values()),
                cut=int((lengths[kept] - reached[kept]).sum()),
                padding=sum(counts.padding for counts in splits.values()),
            ),
            **compared,
            warnings=(*warnings, *_split_warnings(compared)),
            unread_fields=dict(unread_fields or {}),
        )

    def check(self) -> None:
        """Make sure that the ledger adds up.

        Raises:
            StoreError: It does not; names the sum that is wrong.
        """
        tokens, splits = self.tokens, self.splits.values()
        sums = {
            "recipes read = kept + dropped": (self.read, self.kept + sum(self.dropped.values())),
            "recipes kept = those in the splits": (self.kept, sum(split.recipes for split in splits)),
            "tokens read = kept + dropped": (tokens.read, tokens.kept + sum(tokens.dropped.values())),
            "tokens kept = those of the sections": (tokens.kept, sum(tokens.sections.values())),
            "tokens kept = in blocks + cut": (tokens.kept, tokens.in_blocks + tokens.cut),
            "tokens in blocks = those of the splits": (tokens.in_blocks, sum(split.tokens for split in splits)),
            "end tokens = recipes kept": (tokens.sections["end"], self.kept),
        }
        sums |= {
            f"places in {name} blocks = tokens + padding": (
                counts.blocks * self.block_size,
                counts.tokens + counts.padding,
            )
            for name, counts in self.splits.items()
        }
        for name, (left, right) in sums.items():
            if left != right:
                raise StoreError(
                    f"the ledger does not add up: {name}, but {left:,} is not {right:,}",
                    "report this as a bug, with the sources that show it",
                )

    def to_json(self) -> dict[str, Any]:
        """Return the ledger as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> Ledger:
        """Read what `to_json` gave.

        Raises:
            ValueError: These are not a ledger's values.
        """
        ledger = _adapter().validate_python(values)
        if ledger.splits.keys() != set(SPLITS):
            raise ValueError(f"splits: {', '.join(ledger.splits)}")
        return ledger

    def rows(self) -> list[tuple[str, int]]:
        """Return the ledger as a table: what was counted, indented below what it is a part of, and the count."""
        tokens = self.tokens
        rows = [("records read", self.read)]
        rows += [(f"  {reason.replace('_', ' ')}", count) for reason, count in self.dropped.items()]
        rows.append(("  kept", self.kept))
        rows += [(f"    {name}", counts.recipes) for name, counts in self.splits.items()]
        if self.given_splits:
            rows.append(("splits given by the source", self.given_splits))
            rows.append(("  overruled by duplicates", self.overruled_splits))
            rows.append(("  held out from training", self.held_out_splits))
            rows.append(("  ignored, as nothing would train", self.ignored_splits))
        rows += [("clusters of duplicates", self.duplicate_clusters), ("tokens read", tokens.read)]
        rows += [(f"  {reason.replace('_', ' ')}", count) for reason, count in tokens.dropped.items()]
        rows.append(("  kept", tokens.kept))
        rows += [(f"    {name}", count) for name, count in tokens.sections.items()]
        rows.append((f"blocks of {self.block_size:,}", sum(counts.blocks for counts in self.splits.values())))
        rows += [(f"  {name}", counts.blocks) for name, counts in self.splits.items()]
        rows += [("tokens in blocks", tokens.in_blocks), ("tokens cut off", tokens.cut), ("padding", tokens.padding)]
        rows += [("recipes in several blocks", self.split_recipes), ("recipes cut off", self.cut_recipes)]
        if self.repairs:
            rows.append(("repairs", sum(self.repairs.values())))
            rows += [(f"  {name.replace('_', ' ')}", count) for name, count in self.repairs.items()]
        if self.unread_fields:
            rows.append(("fields not understood", len(self.unread_fields)))
            rows += [(f"  {name}", count) for name, count in self.unread_fields.items()]
        return rows

    def lines(self) -> list[str]:
        """Return the ledger as lines of text, with the counts aligned."""
        rows = [(label, f"{count:,}") for label, count in self.rows()]
        labels, counts = (max(map(len, column)) for column in zip(*rows, strict=True))
        return [f"{label:<{labels}}  {count:>{counts}}" for label, count in rows]


def _compared_splits(outcomes: NDArray[np.void], given_splits: Sequence[Split | None]) -> dict[str, int]:
    """Count the recipes with a given split, and those that did not get it, by the names of the ledger's fields."""
    given = np.full(len(outcomes), -1, np.int8)
    given[: len(given_splits)] = [-1 if split is None else SPLITS.index(split) for split in given_splits]
    cluster = outcomes["cluster"]
    representative = np.where(cluster >= 0, cluster, np.arange(len(outcomes)))
    got = np.where(outcomes["split"] >= 0, outcomes["split"], outcomes["split"][representative])
    differs = (given >= 0) & (got >= 0) & (got != given)
    most_held_out = np.full(len(outcomes), -1, np.int8)  # of each cluster, what the source says of any member
    np.maximum.at(most_held_out, representative, given)
    straddles = most_held_out[representative] != given
    return {
        "given_splits": int(np.count_nonzero(given >= 0)),
        "overruled_splits": int(np.count_nonzero(differs & straddles)),
        "held_out_splits": int(np.count_nonzero(differs & ~straddles & (given == SPLITS.index("train")))),
        "ignored_splits": int(np.count_nonzero(differs & ~straddles & (given != SPLITS.index("train")))),
    }


def _split_warnings(compared: Mapping[str, int]) -> list[str]:
    """Return a sentence for each kind of given split that was not kept."""
    found = []
    if ignored := compared["ignored_splits"]:
        found.append(f"the given split of {ignored:,} recipes was ignored: nothing would be left to train on")
    if overruled := compared["overruled_splits"]:
        found.append(f"the given split of {overruled:,} recipes was overruled: copies are in another split")
    return found


@cache
def _adapter() -> TypeAdapter[Ledger]:
    return TypeAdapter(Ledger)
