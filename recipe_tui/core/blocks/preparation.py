"""Preparation of recipes: cleaned, shingled and tokenized, a batch at a time, on all cores where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from recipe_tui.core.machine import available_cores
from recipe_tui.core.process_pool import ProcessPool
from recipe_tui.core.recipes.clean import Cleaned, clean
from recipe_tui.core.recipes.shingles import Shingled, shingle_recipes
from recipe_tui.core.text.field_dropout import drop_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.recipe_encoder import Encoded, RecipeEncoder

ALONE = 4
"""Batches that are prepared in this process before others are started, which takes a second."""

MOST_PROCESSES = 12
"""Processes at most: reading the source and writing the table keep up with no more."""


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """What a batch of recipes became.

    Attributes:
        cleaned: All of them.
        shingled: Those that are kept.
        encoded: The tokens of all of them.
    """

    cleaned: list[Cleaned]
    shingled: Shingled
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class Preparation:
    """Prepares batches.

    Attributes:
        encoder: The tokenizer.
        tag_dropout: See `drop_fields`.
    """

    encoder: RecipeEncoder
    tag_dropout: float

    def __call__(self, recipes: list[Recipe]) -> PreparedBatch:
        """Prepare a batch as it was read."""
        cleaned = [clean(recipe) for recipe in recipes]
        return PreparedBatch(
            cleaned,
            shingle_recipes([one.recipe for one in cleaned if one.reason is None]),
            self.encoder.encode(drop_fields(one.recipe, self.tag_dropout) for one in cleaned),
        )


def prepare_batches(batches: Iterable[list[Recipe]], preparation: Preparation) -> Iterator[PreparedBatch]:
    """Prepare batches, in their order; the result does not depend on the number of processes.

    Raises:
        StoreError: A process was ended from outside.
    """
    batches = iter(batches)
    yield from map(preparation, islice(batches, ALONE))
    processes = min(available_cores(), MOST_PROCESSES)
    more = list(islice(batches, 1))
    if not more:
        return
    if processes == 1:
        yield from map(preparation, chain(more, batches))
        return
    with ProcessPool(preparation, processes) as pool:
        yield from pool.map(chain(more, batches))
