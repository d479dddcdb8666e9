"""Evaluating models on held-out prompts, beside human text, controls and trivial baselines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from recipe_tui.core.errors import CheckpointError, NetworkError
from recipe_tui.core.evaluation.benchmark import Benchmark, EvaluationProgress
from recipe_tui.core.evaluation.comparison import compare
from recipe_tui.core.evaluation.result import Evaluation, Slice
from recipe_tui.core.evaluation.scores import MEASURES
from recipe_tui.core.evaluation.statistics import Distinct, Interval, Score, Summed, interval, resamples
from recipe_tui.core.evaluation.subject import Subject, trained_on
from recipe_tui.core.evaluation.verdict import SYSTEM_TITLES, judge
from recipe_tui.core.measures.ingredients import MATCHER
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.result import Comparison

FEWEST_OF_A_TAG = 10
"""Prompts that must have a tag for a slice."""

MOST_SLICES = 12


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
    from recipe_tui.core.evaluation.outputs import outputs_of  # needs a backend, which baselines alone do not

    notes = list(subject.notes)
    base = None
    try:
        base = subject.base_subject()
    except (CheckpointError, NetworkError) as error:
        notes.append(f"its base is not evaluated: {error.message}")
    notes += _notes(subject, benchmark, base)
    model = outputs_of(subject, benchmark, config, output, observer)
    scores: dict[str, Mapping[str, Score]] = {"model": model.scores}
    written = {"model": model.written}
    notes += model.notes
    if base is not None:
        outputs = outputs_of(base, benchmark, config, output, observer)
        scores["base"], written["base"] = outputs.scores, outputs.written
        notes += outputs.notes
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
        notes=tuple(notes),
        scores=scores,
        written=written,
    )


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
    notes = []
    if trained_on(subject, benchmark.store) is False:
        notes.append("the model was trained on other recipes: held-out ones may be among them, and copying is not seen")
    if subject.random_base:
        notes.append("it began with random weights, which stand for its base")
    elif subject.base is None:
        notes.append("its base is not known, so that it is not compared with it: name it by --base")
    elif base is not None and load_tokenizer(subject.folder).fingerprint != load_tokenizer(base.folder).fingerprint:
        notes.append("model and base split text differently: compare bits per byte, not perplexity")
    if benchmark.prompts.left_out:
        notes.append(f"{benchmark.prompts.left_out} held-out recipes list no ingredient and are no prompts")
    return tuple(notes)
