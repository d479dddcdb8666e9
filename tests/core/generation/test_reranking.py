import pytest

from recipe_tui.core.generation.reranking import text_score
from recipe_tui.core.measures.ingredients import Lexicon
from recipe_tui.core.recipes.recipe import Recipe


class Training:
    """What is known of the training text."""

    def __init__(self, lexicon=None, index=None):
        self.lexicon, self.built_index = lexicon, index


class Index:
    """Finds 13 words from the first word on in the training text."""

    def match_lengths(self, text):
        import numpy as np

        return np.array([13, 12, 11] + [0] * (len(text.split()) - 3))


LISTED = ("1 onion", "2 carrots")


def score(*steps, training=None, log_probability=-1.0):
    return text_score(Recipe("Soup", LISTED, steps), LISTED, log_probability, training or Training())


def test_the_parts_are_the_measures_and_the_total_is_their_weighted_sum():
    found = score("Soften the onion in butter.", training=Training(Lexicon(frozenset({"butter"}))))
    assert (found.coverage, found.extras, found.repetition, found.overlap) == (0.5, 1, 0.0, None)
    assert found.total == pytest.approx(0.5 - 0.1 - 0.1)


def test_copying_and_repeating_lower_the_total():
    words = "Soften the onion and the carrots in a large heavy pot over heat until soft."
    fresh, copied = score(words), score(words, training=Training(index=Index()))
    assert copied.overlap == pytest.approx(1 / 3)
    assert copied.total == pytest.approx(fresh.total - 1 / 3)
    repeated = score(words, words)
    assert repeated.total < fresh.total
    assert score(words, log_probability=-3.0).total < fresh.total


def test_parts_that_are_not_known_are_not_shown():
    assert str(score("Boil the onion.")) == "score 0.40: coverage 0.50, log-probability -1.00"
    text = text_score(Recipe("Soup", (), ()), (), -2.0, Training())
    assert (text.coverage, text.repetition) == (None, None)
