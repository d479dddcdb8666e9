"""The measures of a system: what it wrote for each prompt, scored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.evaluation.statistics import Distinct, Score, Summed, exp_ratio
from recipe_tui.core.measures.ingredients import Lexicon, coverage, order_tau, title_match
from recipe_tui.core.measures.overlap import SIZES, overlap
from recipe_tui.core.measures.text import Bleu, repetition, rouge_l, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.measures.copies import Closest
    from recipe_tui.core.measures.overlap import Overlap
    from recipe_tui.core.measures.written import Written
    from recipe_tui.core.novelty.index import NoveltyIndex
    from recipe_tui.core.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Measure:
    """What a measure is called, and which way it is better.

    Attributes:
        name: Its key in the JSON.
        title: Its name in tables.
        digits: Decimals that are shown.
        better: 1 where more is better, -1 where less is, 0 where the human level is the aim.
        of: ``text`` of every system, ``model`` of models alone, ``free`` of recipes written from a title or nothing.
    """

    name: str
    title: str
    digits: int = 2
    better: int = 0
    of: str = "text"


MEASURES = (
    Measure("coverage", "ingredient coverage"),
    Measure("extras", "unlisted ingredients a recipe", better=-1),
    Measure("order_tau", "order (Kendall's tau)"),
    Measure("title_match", "title words found"),
    Measure("rouge_l", "ROUGE-L", 3, better=1),
    Measure("sacrebleu", "sacreBLEU", better=1),
    Measure("distinct_2", "distinct bigrams"),
    Measure("repetition_4gram", "repeated 4-grams", 3, better=-1),
    Measure("overlap_13", "copied 13-grams", 4, better=-1),
    Measure("overlap_20", "copied 20-grams", 4, better=-1),
    Measure("longest_span", "longest copied span, words", 1, better=-1),
    Measure("parse_rate", "parsed and ended by itself", better=1),
    Measure("words", "words in the directions", 0),
    Measure("perplexity", "perplexity of whole recipes", better=-1, of="model"),
    Measure("directions_perplexity", "perplexity of directions", better=-1, of="model"),
    Measure("bits_per_byte", "bits per byte, whole recipes", 3, better=-1, of="model"),
    Measure("directions_bits_per_byte", "bits per byte, directions", 3, better=-1, of="model"),
    Measure("extraction", "training recipes continued word for word", 3, better=-1, of="model"),
    Measure("extraction_control", "held-out recipes continued word for word", 3, of="model"),
    Measure("title_copied", "titles of training recipes", 3, better=-1, of="free"),
    Measure("title_similar", "titles like those of training recipes", 3, better=-1, of="free"),
    Measure("ingredients_jaccard", "closest ingredient list (Jaccard)", 3, better=-1, of="free"),
    Measure("ingredients_copied", "ingredient lists of training recipes", 3, better=-1, of="free"),
)
"""All measures in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a held-out recipe is to a model.

    Attributes:
        nats: Negative log-likelihood of the whole recipe.
        tokens: Its tokens that were predicted.
        size: Its bytes in UTF-8, as far as it fits the model's context.
        directions_nats: Negative log-likelihood of the directions after the rest.
        directions_tokens: Their tokens.
        directions_size: Their bytes.
    """

    nats: float
    tokens: int
    size: int
    directions_nats: float
    directions_tokens: int
    directions_size: int


class Scorer:
    """Scores systems on the same prompts.

    Args:
        prompts: The held-out recipes.
        index: The novelty index of the training recipes.
        lexicon: The lexicon of the training recipes.
    """

    def __init__(self, prompts: Sequence[Recipe], index: NoveltyIndex, lexicon: Lexicon) -> None:
        self._prompts = prompts
        self._index = index
        self._lexicon = lexicon
        self._bleu = Bleu()

    @property
    def bleu_signature(self) -> str:
        """The signature of sacreBLEU."""
        return self._bleu.signature

    def scores(self, written: Sequence[Written], prompts: Sequence[Recipe], reference: bool = True) -> dict[str, Score]:
        """Score the texts of a system.

        Args:
            written: A text for each prompt.
            prompts: The prompt that each text is scored against; another's in the swapped control.
            reference: Whether the prompts' directions are a reference; not for the human texts, which are the same.
        """
        pairs = list(zip(written, prompts, strict=True))
        overlaps = [overlap(self._index, one.directions) for one in written]
        scores: dict[str, Score] = {
            "coverage": Summed.mean([coverage(prompt.ingredients, one.directions) for one, prompt in pairs]),
            "extras": Summed.mean(
                [float(len(self._lexicon.extras(prompt.ingredients, one.directions))) for one, prompt in pairs]
            ),
            "order_tau": Summed.mean([order_tau(prompt.ingredients, one.directions) for one, prompt in pairs]),
            "title_match": Summed.mean(
                [title_match(prompt.title, prompt.ingredients, one.directions) for one, prompt in pairs]
            ),
            "distinct_2": Distinct([words_of(one.directions) for one in written]),
            "repetition_4gram": Summed.mean([repetition(one.directions) for one in written]),
            "longest_span": Summed.mean([float(one.longest) for one in overlaps]),
            "parse_rate": Summed.mean([float(one.parsed) for one in written]),
            "words": Summed.mean([float(len(words_of(one.directions))) for one in written]),
        }
        for place, size in enumerate(SIZES):
            scores[f"overlap_{size}"] = _share(overlaps, place)
        if reference:
            references = ["\n".join(prompt.steps) for prompt in prompts]
            scores["rouge_l"] = Summed.mean(
                [rouge_l(one.directions, other) for one, other in zip(written, references, strict=True)]
            )
            parts = [self._bleu.parts(one.directions, other) for one, other in zip(written, references, strict=True)]
            scores["sacrebleu"] = Summed(np.array(parts), self._bleu_scores)
        return scores

    def _bleu_scores(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.apply_along_axis(self._bleu.score, -1, sums)
        return found


def likelihood_scores(likelihoods: Sequence[Likelihood]) -> dict[str, Score]:
    """Return perplexities and bits per byte of held-out recipes."""

    def score(nats: Sequence[float], per: Sequence[int], perplexity: bool) -> Summed:
        parts = np.array([nats, per], np.float64).T.reshape(-1, 2)
        return Summed(parts, exp_ratio) if perplexity else Summed(parts / [math.log(2), 1.0])

    whole = [one.nats for one in likelihoods]
    directions = [one.directions_nats for one in likelihoods]
    return {
        "perplexity": score(whole, [one.tokens for one in likelihoods], True),
        "directions_perplexity": score(directions, [one.directions_tokens for one in likelihoods], True),
        "bits_per_byte": score(whole, [one.size for one in likelihoods], False),
        "directions_bits_per_byte": score(directions, [one.directions_size for one in likelihoods], False),
    }


def copy_scores(closest: Sequence[Closest], titles: bool) -> dict[str, Score]:
    """Return how close recipes are to training recipes.

    Args:
        closest: The closest training recipes of each.
        titles: Whether the titles were written, and not given.
    """
    scores: dict[str, Score] = {
        "ingredients_jaccard": Summed.mean([one.jaccard for one in closest]),
        "ingredients_copied": Summed.mean([float(one.jaccard == 1.0) for one in closest]),
    }
    if titles:
        scores["title_copied"] = Summed.mean([float(one.title_copied) for one in closest])
        scores["title_similar"] = Summed.mean([float(one.title_similar) for one in closest])
    return scores


def _share(overlaps: Sequence[Overlap], place: int) -> Summed:
    return Summed(np.array([(one.copied[place], one.ngrams[place]) for one in overlaps], np.float64).reshape(-1, 2))
