from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from recipe_tui.core.evaluation.statistics import (
    Distinct,
    Interval,
    Summed,
    difference,
    exp_ratio,
    interval,
    resamples,
)

RNG = np.random.default_rng(7)
VALUES = RNG.normal(0.5, 0.2, 80)
COUNTS = resamples(80, seed=1)


def test_a_mean_leaves_out_what_could_not_be_measured() -> None:
    assert Summed.mean([1.0, None, 3.0]).value == 2.0
    assert math.isnan(Summed.mean([None, None]).value)
    assert interval(Summed.mean([None]), resamples(1, 0)) == Interval(None)
    assert interval(Summed.mean([]), resamples(0, 0)) == Interval(None)


def test_the_interval_agrees_with_scipys_percentile_bootstrap() -> None:
    ours = interval(Summed.mean(VALUES.tolist()), COUNTS)
    theirs = stats.bootstrap((VALUES,), np.mean, method="percentile", n_resamples=5000, rng=3).confidence_interval
    assert ours.value == pytest.approx(VALUES.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_ratios_are_of_sums_and_not_means_of_ratios() -> None:
    parts = np.array([[10.0, 2.0], [90.0, 98.0]])
    assert Summed(parts).value == 1.0
    assert Summed(parts, exp_ratio).value == pytest.approx(math.e)


def test_a_difference_of_the_same_prompts_is_paired() -> None:
    first = Summed.mean(VALUES.tolist())
    found = difference(first, Summed.mean((VALUES + 0.05 + RNG.normal(0, 0.02, 80)).tolist()), COUNTS, 0)
    assert found.difference.value == pytest.approx(0.05, abs=0.01)
    assert found.significant  # though the intervals of both overlap by far
    unpaired = difference(first, Summed.mean(RNG.permutation(VALUES + 0.05).tolist()), COUNTS, 0)
    assert not unpaired.significant


def test_the_p_value_agrees_with_scipys_permutation_test() -> None:
    other = VALUES + RNG.normal(0.03, 0.15, 80)
    ours = difference(Summed.mean(VALUES.tolist()), Summed.mean(other.tolist()), resamples(80, 0, 4000), 0)
    theirs = stats.permutation_test(
        (other, VALUES), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=4000, rng=0
    )
    assert ours.p == pytest.approx(theirs.pvalue, abs=0.03)


def test_a_model_does_not_differ_from_itself() -> None:
    score = Summed.mean(VALUES.tolist())
    found = difference(score, score, COUNTS, 0)
    assert (found.difference, found.p, found.significant) == (Interval(0.0, 0.0, 0.0), 1.0, False)


def test_distinct_bigrams_of_texts_that_are_drawn_twice_count_once() -> None:
    texts = [[f"w{(7 * i + j) % 40}" for j in range(20)] for i in range(30)]
    score = Distinct(texts, words=100)
    found = interval(score, resamples(30, 0, 50))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= score.value <= found.high
    assert interval(Distinct(texts, words=1000), resamples(30, 0, 5)) == Interval(None)
    assert difference(score, score, resamples(30, 0, 5), 0).p is None
