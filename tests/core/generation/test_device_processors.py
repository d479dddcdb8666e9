"""Each processor of the device keeps the tokens, and gives the probabilities, of the plain one of the same name."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from recipe_tui.core.config import GenerationConfig  # noqa: E402
from recipe_tui.core.config import generation as generation_config  # noqa: E402
from recipe_tui.core.generation import device_processors, sampling  # noqa: E402
from recipe_tui.core.generation.candidates import Context  # noqa: E402
from recipe_tui.core.generation.device_processors import Strengths, Texts, can_run, processors_on  # noqa: E402

VOCABULARY = 400
PROMPT = [1, 2, 3, 4, 5, 6, 7, 8, 9]
PROTECTED, BREAKERS = frozenset({9, 10}), frozenset({11, 12})
NEUTRAL = {"temperature": 1.0, "top_p": 1.0}


def written(row, length=40):
    """A text of a few words, so that much is repeated."""
    return np.random.default_rng(row).integers(5, 16, length).tolist()


TEXTS = [written(0), written(1), [20, 21, 22] * 13 + [20], [30] * 40]
SCORES = np.random.default_rng(2).normal(scale=3.0, size=(len(TEXTS), VOCABULARY)).astype(np.float32)


def flags(token_ids):
    return np.isin(np.arange(VOCABULARY), list(token_ids))


def texts_of(rows, capacity=64):
    padded = np.zeros((len(rows), capacity), np.int32)
    for row, token_ids in zip(padded, rows, strict=True):
        row[: len(token_ids)] = token_ids
    counts = np.array(list(map(len, rows)), np.int32)
    prompt = np.tile(flags(PROMPT), (len(rows), 1))
    return Texts(padded, counts, prompt, flags(PROTECTED), flags(BREAKERS))


ALL = frozenset({*device_processors.PENALTIES, "temperature", *device_processors.TRUNCATIONS})
"""Compiled once for all tests; at these strengths they change nothing:"""

WITHOUT_EFFECT = {
    "no_repeat_ngram_size": np.int32(1000),
    "top_n_sigma": np.finfo(np.float32).max,
    "top_k": np.int32(10**9),
    "typical_p": np.float32(2),
    "top_p": np.float32(2),
}


@jax.jit
def ranked_with_probabilities(scores, texts, strengths):
    ranked = device_processors.candidates(scores, texts, strengths, ALL)
    return ranked, jax.numpy.exp(ranked.log_probabilities)


draw = jax.jit(device_processors.draw)


def settings(**controls):
    return GenerationConfig(**NEUTRAL | controls)


def plain(scores, config, rows=TEXTS):
    contexts = [Context(config, PROMPT, row, PROTECTED, BREAKERS) for row in rows]
    return [sampling.candidates(one, context) for one, context in zip(scores, contexts, strict=True)]


def on_device(scores, config, rows=TEXTS):
    on = processors_on(config)
    off = {name: strength for name, strength in WITHOUT_EFFECT.items() if name not in on}
    return jax.device_get(ranked_with_probabilities(scores, texts_of(rows), Strengths.of(config)._replace(**off)))


CONTROLS = [
    {},
    {"temperature": 0.3},
    {"temperature": 2.0},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.7},
    *({"no_repeat_ngram_size": size} for size in (1, 2, 3, 6, 51)),
    {"dry_multiplier": 0.8},
    {"dry_multiplier": 2.0, "dry_base": 1.1, "dry_allowed_length": 1},
    {"dry_multiplier": 0.8, "dry_range": 7},
    {"dry_multiplier": 0.8, "dry_range": 200, "dry_allowed_length": 4},
    *({"top_n_sigma": sigma} for sigma in (0.5, 1.0)),
    *({"top_k": k} for k in (1, 7, 10**10)),
    *({"typical_p": p} for p in (0.05, 0.5, 0.95)),
    *({"top_p": p} for p in (1e-9, 0.4, 0.95)),
    *({"min_p": p} for p in (0.05, 1.0)),
    {"top_k": 30, "top_n_sigma": 2.0, "min_p": 0.01, "temperature": 1.5},
    {"top_k": 30, "typical_p": 0.6, "top_p": 0.8, "min_p": 0.1, "repetition_penalty": 1.1, "temperature": 0.7},
    {"no_repeat_ngram_size": 2, "top_n_sigma": 1.0, "typical_p": 0.9, "dry_multiplier": 0.8, "top_p": 0.9},
]


@pytest.mark.parametrize("controls", CONTROLS, ids=str)
def test_the_device_keeps_the_candidates_and_probabilities_of_the_plain_processors(controls):
    config = settings(**controls)
    assert can_run(config)
    ranked, probabilities = on_device(SCORES, config)
    for row, expected in enumerate(plain(SCORES, config)):
        kept = ranked.kept[row]
        assert ranked.token_ids[row][kept].tolist() == expected.token_ids.tolist()
        np.testing.assert_allclose(probabilities[row][kept], expected.values, rtol=1e-4, atol=1e-7)
        assert not probabilities[row][~kept].any()


def test_another_strength_compiles_nothing():
    on_device(SCORES, settings(top_p=0.5, temperature=0.9))
    compiled = ranked_with_probabilities._cache_size()
    on_device(SCORES, settings(top_p=0.6, temperature=1.1))
    assert ranked_with_probabilities._cache_size() == compiled


def test_of_equal_scores_the_lower_token_comes_first():
    scores = np.repeat(np.array([[1.0, 2.0, 2.0, 1.0, 2.0] * 80], np.float32), len(TEXTS), axis=0)
    for controls in ({"top_p": 0.3}, {"min_p": 0.5}):
        ranked, _ = on_device(scores, settings(**controls))
        for row, expected in enumerate(plain(scores, settings(**controls))):
            assert ranked.token_ids[row][ranked.kept[row]].tolist() == expected.token_ids.tolist()
    ranked, _ = on_device(scores, settings(top_k=2))
    assert ranked.token_ids[0][ranked.kept[0]].tolist() == [1, 2]


class Given:
    """A generator of one random number."""

    def __init__(self, value):
        self.value, self.used = value, False

    def random(self):
        self.used = True
        return self.value


@pytest.mark.parametrize("controls", [{}, {"top_p": 0.9}, {"typical_p": 0.4}, {"top_k": 1}, {"top_p": 1e-9}], ids=str)
@pytest.mark.parametrize("uniform", [0.0, 0.37, 0.81, 0.999999, 1.0])
def test_a_random_number_draws_the_same_token_and_is_used_where_there_is_a_choice(controls, uniform):
    config = settings(**controls)
    ranked, _ = on_device(SCORES, config)
    token_ids, used = draw(ranked, np.full(len(TEXTS), uniform, np.float32))
    for row, expected in enumerate(plain(SCORES, config)):
        given = Given(min(uniform, 0.99999))
        assert sampling.draw(expected, given) == token_ids[row] or uniform >= 0.999
        assert given.used == used[row]
        assert token_ids[row] in expected.token_ids


def test_a_token_without_probability_is_never_drawn():
    scores = np.full(SCORES.shape, -np.inf, np.float32)
    scores[:, [3, 5]] = 0.0
    ranked, _ = on_device(scores, settings())
    token_ids, _ = draw(ranked, np.array([0.0, 0.4, 0.6, 1.0], np.float32))
    assert token_ids.tolist() == [3, 3, 5, 5]


def test_temperature_zero_chooses_the_likeliest_after_the_penalties_and_draws_nothing():
    config = settings(temperature=0.0, no_repeat_ngram_size=1)
    scores = SCORES.copy()
    scores[:, 20] = scores[:, 30] = 50.0
    choose = jax.jit(device_processors.choose, static_argnames="on")
    token_ids, used = choose(scores, texts_of(TEXTS), Strengths.of(config), np.zeros(len(TEXTS)), processors_on(config))
    assert token_ids.tolist() == [one.token_ids[0] for one in plain(scores, config)]
    assert not used.any()


@pytest.mark.parametrize(
    "controls",
    [
        {"guidance": 2.0},
        {"contrast": 0.5},
        {"verbatim_guard": 13},
        {"ingredient_bonus": 2.0},
        {"section_automaton": True},
        {"num_beams": 2},
        {"no_repeat_ngram_size": 52},
    ],
    ids=str,
)
def test_settings_that_need_the_host_are_left_to_it(controls):
    assert not can_run(settings(**controls))


def test_every_processor_runs_on_the_device_or_needs_the_host():
    known = {*device_processors.PENALTIES, "temperature", *device_processors.TRUNCATIONS}
    host = {"guidance", "contrast", "verbatim_guard", "ingredient_bonus", "section_automaton"}
    assert known | host == {*generation_config.PROCESSORS}
    assert list(device_processors.TRUNCATIONS) == [
        name for name in generation_config.PROCESSORS if name in device_processors.TRUNCATIONS
    ]
    assert processors_on(settings()) == {"temperature"}
