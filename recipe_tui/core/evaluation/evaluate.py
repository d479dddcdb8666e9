"""Evaluating models on held-out prompts, beside human text, controls and trivial baselines."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core.evaluation.benchmark import Benchmark, EvaluationProgress
from recipe_tui.core.evaluation.comparison import compare
from recipe_tui.core.evaluation.prompts import rows_of, training_recipes
from recipe_tui.core.evaluation.records import Records, evaluation_folder
from recipe_tui.core.evaluation.result import Evaluation, Slice
from recipe_tui.core.evaluation.scores import MEASURES, copy_scores, likelihood_scores
from recipe_tui.core.evaluation.statistics import Distinct, Interval, Score, Summed, interval, resamples
from recipe_tui.core.evaluation.subject import Subject, trained_on
from recipe_tui.core.evaluation.verdict import SYSTEM_TITLES, judge
from recipe_tui.core.evaluation.writing import extraction, likelihoods, write_freely, write_texts
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.lora.base import cached_weights_hash
from recipe_tui.core.measures.copies import closest
from recipe_tui.core.measures.ingredients import MATCHER
from recipe_tui.core.model.weights import new_model, read_config
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.benchmark import Stage
    from recipe_tui.core.evaluation.result import Comparison
    from recipe_tui.core.evaluation.scores import Written

MOST_EXTRACTED = 100
"""Recipes of training, and as many held-out ones, whose beginning is given in the extraction."""

FEWEST_OF_A_TAG = 10
"""Prompts that must have a tag for a slice."""

MOST_SLICES = 12

Scores = dict[str, "Score"]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The result of evaluating models.

    Attributes:
        evaluations: Of each model, in the order in which they were given.
        comparisons: Of each pair.
        baselines: The measures of the systems that need no model.
        benchmark: What they were evaluated on.
        matcher: How ingredients are matched.
    """

    evaluations: tuple[Evaluation, ...]
    comparisons: tuple[Comparison, ...]
    baselines: Mapping[str, Mapping[str, Interval]]
    benchmark: Benchmark
    matcher: str = MATCHER


@dataclass(frozen=True, slots=True)
class _Outputs:
    """What a model wrote and scored, and the scores of it."""

    settings: Mapping[str, Any]
    folder: Path
    written: tuple[Written, ...]
    scores: Scores


def evaluate(
    subjects: Sequence[Subject],
    store: BlockStore,
    prompts: int,
    config: GenerationConfig,
    output: Path,
    observer: Callable[[EvaluationProgress], None] = lambda _: None,
) -> Evaluated:
    """Evaluate models on the same held-out prompts with the same seeds.

    What was written before with the same settings is read from the folder of the evaluation.

    Args:
        subjects: The models.
        store: The block store with the held-out recipes.
        prompts: Number of prompts.
        config: The decoding settings, with a seed.
        output: Folder of the runs; the texts are kept in it.
        observer: Receives the progress; may raise to stop, and the next call continues.

    Raises:
        StoreError: The store holds out no recipe that can be a prompt.
        CheckpointError, TokenizerError, NetworkError: A model is missing or damaged.
        UsageError: A library of the extra ``evaluation`` is not installed.
        OutputError: The texts cannot be written.
    """
    seed = config.seed or 0
    config = config.model_copy(update={"seed": seed, "num_return_sequences": 1})
    benchmark = Benchmark.of(store, prompts, seed, observer)
    counts = resamples(len(benchmark.prompts), seed)
    evaluations = tuple(_evaluate(subject, benchmark, config, output, counts, observer) for subject in subjects)
    comparisons = tuple(
        compare(first, second, benchmark.prompts.recipes, seed) for first, second in combinations(evaluations, 2)
    )
    return Evaluated(evaluations, comparisons, _intervals(benchmark.scores, counts, seed), benchmark)


def _evaluate(
    subject: Subject,
    benchmark: Benchmark,
    config: GenerationConfig,
    output: Path,
    counts: NDArray[np.int64],
    observer: Callable[[EvaluationProgress], None],
) -> Evaluation:
    model = _outputs(subject, benchmark, config, output, observer)
    base = _base_of(subject)
    scores: dict[str, Mapping[str, Score]] = {"model": model.scores}
    written = {"model": model.written}
    if base is not None:
        outputs = _outputs(base, benchmark, config, output, observer)
        scores["base"], written["base"] = outputs.scores, outputs.written
    scores["swapped"] = benchmark.scorer.scores(model.written, benchmark.swapped())
    scores |= benchmark.scores
    written |= benchmark.written
    observer(EvaluationProgress("score", subject.name))
    intervals = _intervals(scores, counts, benchmark.seed)
    return Evaluation(
        name=subject.name,
        settings=model.settings,
        folder=str(model.folder),
        intervals=intervals,
        verdict=judge(scores, intervals, counts, benchmark.seed),
        slices=_slices(scores, benchmark),
        notes=_notes(subject, benchmark, base),
        scores=scores,
        written=written,
    )


def _outputs(
    subject: Subject,
    benchmark: Benchmark,
    config: GenerationConfig,
    output: Path,
    observer: Callable[[EvaluationProgress], None],
) -> _Outputs:
    """Let a model write and score, unless it has with these settings, and score what it wrote."""

    def progress(stage: Stage) -> Callable[[int, int], None]:
        return lambda done, total: observer(EvaluationProgress(stage, subject.name, done, total))

    tokenizer = load_tokenizer(subject.folder)
    settings = {
        "model": subject.name,
        "weights": f"random, seed {benchmark.seed}" if subject.random_base else _weights(subject.folder),
        "tokenizer": tokenizer.fingerprint,
        "store": benchmark.store.fingerprint,
        "split": benchmark.prompts.split,
        "rows": benchmark.prompts.rows,
        "seed": benchmark.seed,
        "generation": config.model_dump(mode="json"),
    }
    folder = evaluation_folder(output, subject.name, settings)

    @cache
    def load() -> Generator:
        observer(EvaluationProgress("load", subject.name))
        return _generator(subject, benchmark.seed)

    prompts, store, free = benchmark.prompts, benchmark.store, benchmark.free
    titles = bool(tokenizer.layout.special_tokens)
    written = write_texts(load, prompts, config, Records(folder / "texts.jsonl"), progress("write"))
    whole = write_freely(load, prompts, free, titles, config, Records(folder / "free.jsonl"), progress("write freely"))
    likely = likelihoods(load, prompts, Records(folder / "likelihood.jsonl"), progress("likelihood"))
    records = Records(folder / "extraction.jsonl")
    rng = np.random.default_rng([benchmark.seed, 2])
    count = min(MOST_EXTRACTED, len(prompts))
    drawn = {
        "extraction": rng.permutation(rows_of(store, "train"))[:count].tolist(),
        "extraction_control": list(prompts.rows[:count]),
    }
    scores = benchmark.scorer.scores(written, prompts.recipes)
    scores |= likelihood_scores(likely)
    for name, rows in drawn.items():
        scores[name] = Summed.mean(extraction(load, store, rows, records, progress("extraction")))
    scores |= copy_scores(closest([one.recipe for one in whole], training_recipes(store)), titles)
    load.cache_clear()
    gc.collect()  # layers refer to each other, so nothing else frees them
    return _Outputs(settings, folder, tuple(written), scores)


def _generator(subject: Subject, seed: int) -> Generator:
    if not subject.random_base:
        return Generator.load(subject.folder)
    keras.utils.set_random_seed(seed)
    return Generator(Decoder(new_model(read_config(subject.folder))), load_tokenizer(subject.folder))


def _base_of(subject: Subject) -> Subject | None:
    """Return the base of a model as a model to evaluate; None if it is unknown."""
    if subject.random_base:
        return replace(subject, name=f"{subject.name} untrained")
    if subject.base is None:
        return None
    return Subject(subject.base, locate_model(subject.base), None, None, False, ())


def _weights(folder: Path) -> str:
    if is_adapter(folder):
        from recipe_tui.core.lora.peft import read_adapter

        return f"{read_adapter(folder).base_hash} with {cached_weights_hash(folder)}"
    return cached_weights_hash(folder)


def _intervals(
    scores: Mapping[str, Mapping[str, Score]], counts: NDArray[np.int64], seed: int
) -> dict[str, dict[str, Interval]]:
    """Return the interval of every measure for every system; without a value where it was not measured."""

    def measured(score: Score | None) -> Interval:
        return Interval(None) if score is None else interval(score, _counts_for(score, counts, seed))

    return {
        system: {one.name: measured(scores[system].get(one.name)) for one in MEASURES}
        for system in SYSTEM_TITLES
        if system in scores
    }


def _counts_for(score: Score, counts: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return resamples for a score, which may be of fewer recipes than there are prompts."""
    size = len(score.texts) if isinstance(score, Distinct) else len(score.parts) if isinstance(score, Summed) else 0
    return counts if size == counts.shape[1] else resamples(size, seed)


def _slices(scores: Mapping[str, Mapping[str, Score]], benchmark: Benchmark) -> tuple[Slice, ...]:
    """Return the measures of the prompts of each frequent tag."""
    having: dict[str, list[int]] = {}
    for number, recipe in enumerate(benchmark.prompts.recipes):
        for tag in {tag.casefold() for tag in recipe.tags}:
            having.setdefault(tag, []).append(number)
    frequent = sorted(having.items(), key=lambda one: (-len(one[1]), one[0]))[:MOST_SLICES]

    def sliced(system: str, numbers: Sequence[int]) -> dict[str, Interval]:
        counts = resamples(len(numbers), benchmark.seed)
        return {
            name: interval(replace(score, parts=score.parts[numbers]), counts)
            for name, score in scores[system].items()
            if isinstance(score, Summed) and len(score.parts) == len(benchmark.prompts)
        }

    return tuple(
        Slice(tag, len(numbers), sliced("model", numbers), sliced("human", numbers))
        for tag, numbers in frequent
        if len(numbers) >= FEWEST_OF_A_TAG
    )


def _notes(subject: Subject, benchmark: Benchmark, base: Subject | None) -> tuple[str, ...]:
    notes = list(subject.notes)
    if trained_on(subject, benchmark.store) is False:
        notes.append("the model was trained on other recipes: held-out ones may be among them, and copying is not seen")
    if base is None:
        notes.append("its base is not known, so that it is not compared with it: name it by --base")
    elif subject.random_base:
        notes.append("it began with random weights, which stand for its base")
    elif load_tokenizer(subject.folder).fingerprint != load_tokenizer(base.folder).fingerprint:
        notes.append("model and base split text differently: compare bits per byte, not perplexity")
    if benchmark.prompts.left_out:
        notes.append(f"{benchmark.prompts.left_out} held-out recipes list no ingredient and are no prompts")
    return tuple(notes)
