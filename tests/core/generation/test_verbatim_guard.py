import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.generation.verbatim_guard import VerbatimGuard, verbatim_guard
from recipe_tui.core.recipes.words import words_without_case

TRAINING = ("Soften the onion in butter.", "Soften the onion in oil", "Add salt to the pan.")


class Index:
    """The n-grams of some sentences, searched word by word."""

    def following(self, text, words):
        last = words_without_case(text)[0][-words:]
        if len(last) < words:
            return frozenset()
        every = [words_without_case(sentence)[0] for sentence in TRAINING]
        return frozenset(
            one[place + words]
            for one in every
            for place in range(len(one) - words)
            if one[place : place + words] == last
        )


class Vocabulary:
    """A tokenizer with given tokens."""

    def __init__(self, *texts):
        self.vocab_size = len(texts)
        self.token_texts = [Text(text) for text in texts]


class Text:
    def __init__(self, text):
        self.text, self.special = text, text.startswith("<|")


TOKENS = (
    *(" butter", " Butter", "butter", " but", "ter", "ters", " oil", " oils", ".", " the", "\n", "<|step|>"),
    *("-oil", " pan", "Pan", " butter."),
)


@pytest.fixture
def blocked():
    guard = VerbatimGuard(Vocabulary(*TOKENS), Index())

    def of(text, words=5):
        return {TOKENS[one] for one in guard.blocked(text, words)}

    return of


def test_every_spelling_of_a_word_that_completes_an_n_gram_is_blocked(blocked):
    assert blocked("Soften the onion in") == {" butter", " Butter", " butter.", " oil", "-oil"}
    assert blocked("Soften the onion in\n") == {" butter", " Butter", " butter.", "butter", " oil", "-oil"}


def test_the_last_token_of_a_word_in_several_is_blocked_and_a_longer_word_is_not(blocked):
    assert blocked("Soften the onion in but") == {"ter"}


def test_an_n_gram_counts_without_case_and_punctuation(blocked):
    assert blocked("SOFTEN, the onion; in (") >= {" butter", "butter"}


def test_less_than_an_n_gram_blocks_nothing(blocked):
    assert blocked("the onion in") == set()
    assert blocked("") == set()
    assert blocked("Soften the onion in", words=6) == set()
    assert blocked("Soften a onion in") == set()


def test_n_grams_begin_in_the_written_text_and_not_in_the_prompt(blocked):
    guard = VerbatimGuard(Vocabulary(*TOKENS), Index())
    config = GenerationConfig(verbatim_guard=5)

    def left(text):
        context = Context(config, [], [], frozenset(), text=text, guard=guard)
        values = verbatim_guard(Candidates(np.arange(len(TOKENS)), np.zeros(len(TOKENS))), context).values
        return {TOKENS[one] for one in np.flatnonzero(np.isfinite(values))}

    assert " oil" not in left("Soften the onion in")
    assert left(" in") == set(TOKENS)  # "Soften the onion" is in the prompt


def test_no_text_of_a_random_model_has_an_n_gram_of_the_training_text():
    texts = (" Soften", " the", " onion", " in", " butter", " oil", " but", "ter", " Add", " salt", " to", " pan", ".")
    guard, random = VerbatimGuard(Vocabulary(*texts), Index()), np.random.default_rng(0)
    text = ""
    for _ in range(3000):
        choice = sorted(set(range(len(texts))) - guard.blocked(text, 4))
        text += texts[random.choice(choice)]
    words = words_without_case(text)[0]
    index = Index()
    for place in range(len(words) - 3):
        assert words[place + 3] not in index.following(" ".join(words[place : place + 3]), 3)


def test_the_guard_needs_the_training_recipes():
    with pytest.raises(GenerationError, match="training recipes, and they are not known; set verbatim_guard to 0"):
        _ = TrainingText().index


def test_runs_of_words_that_every_recipe_has_cannot_be_guarded():
    with pytest.raises(ValueError, match="should be 4 or more, or 0"):
        GenerationConfig(verbatim_guard=3)
