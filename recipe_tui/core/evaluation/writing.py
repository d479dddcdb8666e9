"""What a model writes for held-out prompts and from nothing, how likely human recipes are to it, and what it repeats.

Each function takes a function that loads the model, and calls it only where something is not in the records yet.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.evaluation.likelihood import recipe_likelihoods
from recipe_tui.core.evaluation.scores import Likelihood
from recipe_tui.core.generation.extraction import continued
from recipe_tui.core.generation.output import recipe_after
from recipe_tui.core.generation.passages import continues, draw_passages
from recipe_tui.core.measures.written import Written
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.prompts import HeldOutPrompts
    from recipe_tui.core.evaluation.records import Records
    from recipe_tui.core.generation.generator import Generator
    from recipe_tui.core.generation.output import Generated
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.core.text.prompt import Prompt

Key = TypeVar("Key", int, str)

PASSAGES_AT_ONCE = 8
"""Passages of a batch, which goes through the model up to the last token that must follow."""

TOKENS_SHOWN = 64
"""Progress is reported each so many tokens, since texts that are written side by side end late."""


def write_texts(
    load: Callable[[], Generator],
    prompts: Mapping[int, Prompt],
    config: GenerationConfig,
    records: Records,
    progress: Callable[[int, int, int], None],
) -> list[Written]:
    """Write a text for each prompt that has none in the records.

    Args:
        load: Loads the model.
        prompts: The prompts by the rows of their recipes; a text is kept by its row.
        config: The decoding settings; the seed of a prompt is that of the settings plus its number.
        records: Where the texts are kept.
        progress: Called with the number of texts done, of all, and of the tokens written meanwhile.
    """
    numbers = {row: number for number, row in enumerate(prompts)}
    missing = [row for row in prompts if row not in records]
    done, tokens = len(prompts) - len(missing), 0

    def count_token() -> None:
        nonlocal tokens
        tokens += 1
        if tokens % TOKENS_SHOWN == 0:
            progress(done, len(prompts), tokens)

    generator = load() if missing else None
    progress(done, len(prompts), tokens)
    if generator is not None:
        fitting = []
        for row in missing:
            try:
                generator.check(prompts[row])
                fitting.append(row)
            except GenerationError as error:
                records.add(row, _empty(prompts[row], (config.seed or 0) + numbers[row], error))
                done += 1
        seeds = [(config.seed or 0) + numbers[row] for row in fitting]
        texts = generator.generate_batch([prompts[row] for row in fitting], config, seeds, check=count_token)
        for number, generated in texts:
            row = fitting[number]
            records.add(row, _record(generator, prompts[row], generated))
            done += 1
            progress(done, len(prompts), tokens)
    return [written_of(records[row]) for row in prompts]


def likelihoods(
    load: Callable[[], Generator], prompts: HeldOutPrompts, records: Records, progress: Callable[[int, int], None]
) -> list[Likelihood]:
    """Compute the likelihood of each prompt's human recipe; see `recipe_likelihoods`."""
    missing = [number for number, row in enumerate(prompts.rows) if row not in records]
    progress(len(prompts) - len(missing), len(prompts))
    if missing:
        generator = load()
        recipes = [prompts.recipes[number] for number in missing]
        computed = recipe_likelihoods(generator.decoder.model, generator.tokenizer, recipes)
        for done, (number, likelihood) in enumerate(computed, len(prompts) - len(missing) + 1):
            records.add(prompts.rows[missing[number]], asdict(likelihood))
            progress(done, len(prompts))
    kept = [records[row] for row in prompts.rows]
    return [Likelihood(**{name: value for name, value in one.items() if name != "key"}) for one in kept]


def extraction(
    load: Callable[[], Generator],
    store: BlockStore,
    rows: Sequence[int],
    records: Records,
    progress: Callable[[int, int], None],
) -> list[float | None]:
    """Give a model the first tokens of recipes, and compute whether it continues them word for word, greedily.

    Returns:
        1 or 0 for each recipe; None for one that is too short.
    """

    def compute(generator: Generator, missing: Sequence[int]) -> Iterator[tuple[int, bool | None]]:
        recipes = [store.recipe(row) for row in missing]
        found = continued(generator.decoder.model, generator.tokenizer, recipes)
        return ((missing[number], matched) for number, matched in found)

    return _matches(load, rows, compute, records, progress)


def extraction_in_blocks(
    load: Callable[[], Generator],
    store: BlockStore,
    split: Split,
    count: int,
    seed: int,
    records: Records,
    progress: Callable[[int, int], None],
) -> list[float | None]:
    """Give a model passages of a split's blocks, and compute whether it continues them; see `generation.passages`.

    Returns:
        1 or 0 for each passage.
    """
    passages = {f"{split} {one.block} {one.start}": one for one in draw_passages(store, split, count, seed)}

    def compute(generator: Generator, missing: Sequence[str]) -> Iterator[tuple[str, bool | None]]:
        for first in range(0, len(missing), PASSAGES_AT_ONCE):
            keys = missing[first : first + PASSAGES_AT_ONCE]
            yield from zip(
                keys, continues(generator.decoder.model, store, split, [passages[key] for key in keys]), strict=True
            )

    return _matches(load, list(passages), compute, records, progress)


def _matches(
    load: Callable[[], Generator],
    keys: Sequence[Key],
    compute: Callable[[Generator, Sequence[Key]], Iterable[tuple[Key, bool | None]]],
    records: Records,
    progress: Callable[[int, int], None],
) -> list[float | None]:
    """Return what the records have of each key, after what is missing was computed."""
    missing = [key for key in keys if key not in records]
    progress(len(keys) - len(missing), len(keys))
    if missing:
        for done, (key, matched) in enumerate(compute(load(), missing), len(keys) - len(missing) + 1):
            records.add(key, {"matched": matched})
            progress(done, len(keys))
    found = [records[key]["matched"] for key in keys]
    return [None if matched is None else float(matched) for matched in found]


def written_of(record: dict[str, Any]) -> Written:
    """Return a text from its record."""
    recipe = Recipe(record["title"], tuple(record["ingredients"]), tuple(record["steps"]))
    return Written(recipe, record["finish_reason"] == "stop")


def _empty(prompt: Prompt, seed: int, error: GenerationError) -> dict[str, Any]:
    """Return the record of a prompt that leaves no room for a text."""
    empty: dict[str, Any] = {"text": "", "title": prompt.title, "ingredients": prompt.ingredients, "steps": ()}
    return {**empty, "finish_reason": "length", "tokens": 0, "seed": seed, "notes": [error.message]}


def _record(generator: Generator, prompt: Prompt, generated: Generated) -> dict[str, Any]:
    given = generator.tokenizer.text(generator.encode(prompt))
    recipe = recipe_after(prompt, given, generated, generator.tokenizer.layout.name)
    return {
        "text": generated.text,
        "title": recipe.title,
        "ingredients": recipe.ingredients,
        "steps": recipe.steps,
        "finish_reason": generated.finish_reason,
        "tokens": generated.tokens,
        "seed": generated.seed,
        "notes": generated.notes,
    }
