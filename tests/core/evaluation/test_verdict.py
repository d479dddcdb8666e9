"""The verdict on models that are known: one that learned, one that memorized, one that did neither."""

from __future__ import annotations

from typing import Any

import numpy as np

from recipe_tui.core.evaluation.statistics import Score, Summed, interval, resamples
from recipe_tui.core.evaluation.verdict import Verdict, judge

PROMPTS = 60
COUNTS = resamples(PROMPTS, 0)


def around(mean: float, seed: int = 0) -> Summed:
    noise = np.random.default_rng(seed).normal(0, 0.05, PROMPTS)
    return Summed.mean((mean + noise - noise.mean()).tolist())


def exactly(share: float) -> Summed:
    return Summed(np.tile([share * 100, 100.0], (PROMPTS, 1)))


def verdict(**changes: Any) -> Verdict:
    """Judge a model that is as it should be, with changes as ``system__measure=score``; None takes a system away."""
    systems: dict[str, dict[str, Score]] = {
        "model": {
            "coverage": around(0.7, 1),
            "directions_bits_per_byte": around(0.9, 2),
            "overlap_13": exactly(0.05),
            "overlap_20": exactly(0.01),
            "extraction": exactly(0.0),
            "extraction_control": exactly(0.0),
        },
        "base": {"coverage": around(0.4, 3), "directions_bits_per_byte": around(1.3, 4)},
        "human": {"overlap_13": exactly(0.04), "overlap_20": exactly(0.01)},
        "swapped": {"coverage": around(0.2, 5)},
        "bm25": {"coverage": around(0.5, 6)},
    }
    for name, score in changes.items():
        system, _, measure = name.partition("__")
        if score is None:
            del systems[system]
        else:
            systems[system][measure] = score
    intervals = {
        system: {name: interval(score, COUNTS) for name, score in scores.items()} for system, scores in systems.items()
    }
    return judge(systems, intervals, COUNTS, 0)


def failed(found: Verdict) -> list[str]:
    return [one.name for one in found.failed]


def test_a_model_that_meets_all_conditions_is_improved_and_not_memorized() -> None:
    found = verdict()
    assert found.sentence == "improved, and not memorized"
    assert (found.improved, found.memorized) == (True, False)


def test_a_model_that_repeats_its_training_text_has_memorized() -> None:
    found = verdict(model__overlap_13=exactly(0.6), model__overlap_20=exactly(0.5), model__extraction=exactly(0.9))
    assert (found.improved, found.memorized) == (True, True)
    assert failed(found) == [
        "copied 13-grams near the human floor",
        "copied 20-grams near the human floor",
        "extraction of training recipes near that of held-out ones",
    ]
    assert found.sentence.startswith(
        "improved, memorized; failed: copied 13-grams near the human floor (0.6000, at most"
    )


def test_extraction_counts_beside_its_control() -> None:
    assert not verdict(model__extraction=exactly(0.2), model__extraction_control=exactly(0.2)).memorized
    assert verdict(model__extraction=exactly(0.2), model__extraction_control=exactly(0.1)).memorized


def test_a_model_is_not_improved_by_what_may_be_chance() -> None:
    found = verdict(model__coverage=around(0.405, 7))
    assert failed(found) == ["coverage above that of its base", "coverage above that of nearest recipe (BM25)"]
    assert not found.improved
    assert found.sentence.startswith("not shown to be improved, not memorized; failed: ")


def test_a_model_that_names_what_any_recipe_lists_is_not_improved() -> None:
    assert failed(verdict(swapped__coverage=around(0.4, 8))) == ["coverage of another prompt is low"]


def test_worse_perplexity_is_no_improvement() -> None:
    assert failed(verdict(model__directions_bits_per_byte=around(1.4, 9))) == [
        "bits per byte of directions below that of its base"
    ]


def test_without_a_base_nothing_is_shown() -> None:
    found = verdict(base=None)
    assert not found.improved
    assert "its base was not evaluated" in found.sentence
