"""The texts of an experiment as its file has them, the settings ranked, and tested pair by pair. Needs no backend."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.evaluation.laboratory.text_scores import TextScores
from recipe_tui.core.evaluation.scores import Measure
from recipe_tui.core.evaluation.statistics import Difference, Interval, Summed, difference, interval, resamples
from recipe_tui.core.generation.prompt_batch import journal_of
from recipe_tui.core.runs.files import LineTail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.evaluation.laboratory.experiment import Experiment

MEASURES = (
    Measure("score", "score", better=1),
    Measure("coverage", "coverage", better=1),
    Measure("swapped_coverage", "swapped", better=-1),
    Measure("extras", "extras", better=-1),
    Measure("order_tau", "order", better=1),
    Measure("repetition_4gram", "repeated", 3, better=-1),
    Measure("overlap_13", "copied", 4, better=-1),
    Measure("parsed", "parsed", better=1),
    Measure("words", "words", 0),
    Measure("tokens_per_second", "tokens/s", 0, better=1),
)
"""The measures of a variant in the order in which they are shown; the first one ranks."""

MOST_COMPARED = 12
"""Variants of which each pair is tested; of more, only the pairs with the best and the first one."""


@dataclass(frozen=True, slots=True)
class LaboratoryText:
    """A text of an experiment.

    Attributes:
        variant: Name of its variant.
        prompt: Number of its prompt, from 0.
        title: Title of the prompt.
        text: The directions.
        scores: Its scores.
        tokens: Its tokens.
        seconds: Time between the end of the text before it in its batch and its own end.
    """

    variant: str
    prompt: int
    title: str
    text: str
    scores: TextScores
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A variant with its measures.

    Attributes:
        variant: Its name.
        texts: Number of its texts.
        measures: Its measures with their intervals over prompts; without a value where nothing was measured.
    """

    variant: str
    texts: int
    measures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two variants on the prompts that both have written for: the second minus the first, by measure."""

    first: str
    second: str
    prompts: int
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The outcome of an experiment.

    Attributes:
        ranked: The variants, the best first.
        pairs: Tests of the pairs.
        first: The variant that the others are compared with.
    """

    ranked: tuple[Ranked, ...]
    pairs: tuple[Pair, ...]
    first: str

    def between(self, first: str, second: str) -> Mapping[str, Difference]:
        """Return the second variant minus the first one; nothing where the pair was not tested."""
        found = next((one for one in self.pairs if {one.first, one.second} == {first, second}), None)
        if found is None:
            return {}
        return found.differences if found.first == first else {k: _turned(d) for k, d in found.differences.items()}

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        return {
            "ranked": [asdict(one) for one in self.ranked],
            "pairs": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "prompts": pair.prompts,
                    "differences": {
                        name: {**asdict(one.difference), "p": one.p, "significant": one.significant}
                        for name, one in pair.differences.items()
                    },
                }
                for pair in self.pairs
            ],
        }


class TextReader:
    """Reads the texts of an experiment from the lines of a file, which may have those of others as well.

    Args:
        experiment: The experiment.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.variants = tuple(one.name for one in experiment.variants)
        self._variants = {
            _key(experiment.settings(one), one.config.model_dump(mode="json")): one.name for one in experiment.variants
        }
        self._prompts = {(one.title, one.ingredients): number for number, one in enumerate(experiment.prompts)}
        self._texts: dict[tuple[str, int], LaboratoryText] = {}
        self._tails: list[LineTail] = []
        self._lock = Lock()

    def read(self, line: bytes) -> LaboratoryText | None:
        """Return the text of a line; None if it is no text of the experiment."""
        try:
            values = json.loads(line)
            prompt, scores = values["prompt"], values["scores"]
            title = str(prompt.get("title", ""))
            return LaboratoryText(
                variant=self._variants[_key(values, values["generation"])],
                prompt=self._prompts[title, tuple(prompt.get("ingredients", ()))],
                title=title,
                text="\n".join(map(str, values["recipe"]["steps"])),
                scores=TextScores(**{one.name: scores[one.name] for one in fields(TextScores)}),
                tokens=int(values["tokens"]),
                seconds=float(values["seconds"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def read_file(self, path: Path) -> list[LaboratoryText]:
        """Return the texts of a file and of its journal; none where there is no file.

        The same file is read from where the last reading has stopped.

        Raises:
            OutputError: It cannot be read.
        """
        with self._lock, writing(path):
            if not self._tails or self._tails[0].path != path:
                self._begin(path)
            lines, is_other = self._tails[0].read()
            if is_other:
                self._begin(path)
                lines, _ = self._tails[0].read()
            lines += self._tails[1].read()[0]  # what leaves the journal has come to the file
            found = (text for line in lines if (text := self.read(line)) is not None)
            self._texts |= {(text.variant, text.prompt): text for text in found}
            return list(self._texts.values())

    def _begin(self, path: Path) -> None:
        self._texts = {}
        self._tails = [LineTail(path), LineTail(journal_of(path))]


def _key(settings: Mapping[str, Any], generation: Mapping[str, Any]) -> str:
    """Return what distinguishes a variant among all lines of a file."""
    names = ("model", "store", "precision", "quantization")
    decoding = {name: value for name, value in generation.items() if name not in ("seed", "num_return_sequences")}
    return json.dumps([{name: settings[name] for name in names}, decoding, generation["seed"]], sort_keys=True)


def rank(texts: Iterable[LaboratoryText], variants: Sequence[str], seed: int, test: bool = True) -> Ranking:
    """Rank variants by the mean score of their texts, and test them pair by pair.

    Args:
        texts: The texts.
        variants: The variants in their order; texts of others do not count.
        seed: Seed of the resamples and tests.
        test: Whether to compute intervals and pairs, which takes seconds for many variants.
    """
    having: dict[str, dict[int, LaboratoryText]] = {name: {} for name in variants}
    for one in texts:
        if one.variant in having:
            having[one.variant][one.prompt] = one
    ranked = [
        Ranked(name, len(its), _intervals([its[number] for number in sorted(its)], seed, test))
        for name, its in having.items()
    ]
    ranked.sort(key=lambda one: -np.nan_to_num(_value(one), nan=-np.inf))
    names = [one.variant for one in ranked if one.texts]
    chosen = list(combinations([name for name in variants if name in names], 2)) if test else []
    if len(names) > MOST_COMPARED:
        chosen = [pair for pair in chosen if {*pair} & {names[0], variants[0]}]
    pairs = [_pair(first, second, having, seed) for first, second in chosen]
    return Ranking(tuple(ranked), tuple(pairs), variants[0] if variants else "")


def _pair(first: str, second: str, having: Mapping[str, Mapping[int, LaboratoryText]], seed: int) -> Pair:
    both = sorted(having[first].keys() & having[second].keys())
    differences: dict[str, Difference] = {}
    if len(both) > 1:
        counts = resamples(len(both), seed)
        ours, theirs = ([having[name][number] for number in both] for name in (first, second))
        differences = {
            one.name: difference(_score(ours, one.name), _score(theirs, one.name), counts, seed) for one in MEASURES
        }
    return Pair(first, second, len(both), differences)


def _intervals(texts: Sequence[LaboratoryText], seed: int, test: bool) -> dict[str, Interval]:
    scores = {one.name: _score(texts, one.name) for one in MEASURES}
    if test and len(texts) > 1:
        counts = resamples(len(texts), seed)
        return {name: interval(score, counts) for name, score in scores.items()}
    values = {name: score.value for name, score in scores.items()}
    return {name: Interval(value if np.isfinite(value) else None) for name, value in values.items()}


def _score(texts: Sequence[LaboratoryText], name: str) -> Summed:
    """Return a measure of some texts: the mean of what was measured, copied of all 13-grams, tokens by seconds."""
    if name == "tokens_per_second":
        parts = [(float(one.tokens), one.seconds) for one in texts]
    elif name == "overlap_13":
        shares = [(one.scores.overlap_13, one.scores.ngrams_13 or 0) for one in texts]
        parts = [(share * ngrams, ngrams) if share is not None else (0.0, 0.0) for share, ngrams in shares]
    else:
        return Summed.mean([getattr(one.scores, name) for one in texts])
    return Summed(np.array(parts, np.float64).reshape(-1, 2))


def _value(one: Ranked) -> float:
    value = one.measures[MEASURES[0].name].value
    return float("nan") if value is None else value


def _turned(one: Difference) -> Difference:
    value, low, high = one.difference.value, one.difference.low, one.difference.high
    turned = Interval(*(None if part is None else -part for part in (value, high, low)))
    return Difference(turned, one.p)
