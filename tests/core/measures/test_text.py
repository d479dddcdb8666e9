from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

from recipe_tui.core.measures.text import Bleu, distinct, longest_common_subsequence, repetition, rouge_l, words_of

ONE = "Heat the oil in a pan. Add the onion, and cook until it is soft."
OTHER = "Heat oil in a large pan; add onion and garlic. Cook until soft!"
WORDS = ["stir", "the", "pot", "and", "add", "salt", "until", "golden,", "then", "serve", "hot."]


def random_texts(count: int) -> list[str]:
    rng = random.Random(3)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, 40))) for _ in range(count)]


def test_repetition_is_the_share_of_n_grams_seen_before_in_the_text() -> None:
    # stir the pot now | the pot now stir | pot now stir the | now stir the pot | stir the pot now: one of five
    assert repetition("Stir the pot now. Stir the pot now!") == pytest.approx(1 / 5)
    assert repetition("stir the pot") is None
    assert repetition("") is None


def test_distinct_counts_the_bigrams_of_a_fixed_number_of_words() -> None:
    texts = [words_of("add salt add salt"), words_of("add salt and stir")]
    assert distinct(texts, 4) == pytest.approx(2 / 3)
    assert distinct(texts, 8) == pytest.approx(4 / 6)  # add salt, salt add, salt and, and stir
    assert distinct(texts, 9) is None


def test_the_longest_common_subsequence_by_hand() -> None:
    assert longest_common_subsequence(["a", "b", "c", "b", "d", "a", "b"], ["b", "d", "c", "a", "b", "a"]) == 4
    assert longest_common_subsequence([], ["a"]) == 0


def test_rouge_l_agrees_with_rouge_score() -> None:
    scorer = RougeScorer(["rougeL"])
    texts = [ONE, OTHER, "", "½ cup, 2-inch, don't!", *random_texts(40)]
    for text, reference in itertools.pairwise(texts):
        assert rouge_l(text.replace("½", ""), reference.replace("½", "")) == pytest.approx(
            scorer.score(reference.replace("½", ""), text.replace("½", ""))["rougeL"].fmeasure
        )


def test_bleu_agrees_with_sacrebleu() -> None:
    texts = [ONE, "", *random_texts(30)]
    references = [OTHER, ONE, *random_texts(60)[30:]]
    bleu = Bleu()
    sums = np.sum([bleu.parts(*pair) for pair in zip(texts, references, strict=True)], axis=0)
    assert bleu.score(sums) == pytest.approx(BLEU().corpus_score(texts, [references]).score)
    assert bleu.score(np.zeros(10)) == 0.0


def test_bleu_has_the_signature_of_sacrebleu() -> None:
    assert Bleu().signature.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
