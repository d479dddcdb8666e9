"""The loop on the device beside a loop on the host, with a model that is a table: a token's row scores the next one."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from recipe_tui.core.config import GenerationConfig  # noqa: E402
from recipe_tui.core.generation.candidates import Context, softmax  # noqa: E402
from recipe_tui.core.generation.device_loop import CHUNK, UNCHECKED_STEPS, DeviceLoop, Request, Rows, State  # noqa: E402
from recipe_tui.core.generation.device_processors import processors_on  # noqa: E402
from recipe_tui.core.generation.sampling import candidates, draw  # noqa: E402

VOCABULARY, END, LIMIT = 30, 0, CHUNK + 5
TABLE = np.random.default_rng(0).normal(scale=2.0, size=(VOCABULARY + 2, VOCABULARY + 2)).astype(np.float32)
TABLE[:, VOCABULARY:] = 50.0  # rows of the embedding that are no tokens
TABLE[:, END] = -20.0
PROMPT, BEGUN = [3, 4], [5, 6, 7]
GREEDY, SAMPLED = GenerationConfig(temperature=0), GenerationConfig(temperature=1.0, repetition_penalty=1.1)


def step(weights, token_ids, kv_cache, length, starts):
    """Score the next token; the cache counts the steps."""
    return weights[0][token_ids], [kv_cache[0] + 1]


LOOP = DeviceLoop(step, [TABLE])


def on_device(config, limit=LIMIT, table=TABLE):
    """Return the chunks of two texts, drawn with the seeds 0 and 1."""
    rows = 2
    uniforms = np.stack([np.random.default_rng(row).random(limit) for row in range(rows)])
    context, scores = Context(config, PROMPT, BEGUN, frozenset()), table[BEGUN[-1], :VOCABULARY]
    texts = Rows.stacked([Rows.one(scores, context, numbers, len(BEGUN) + limit) for numbers in uniforms])
    LOOP.weights = [table]
    state = State(texts, [np.zeros(1)], np.int32(len(PROMPT + BEGUN)), None)
    return list(LOOP.chunks(state, Request.of(context, [END], VOCABULARY), processors_on(config)))


def texts(chunks):
    return np.concatenate([chunk.token_ids[:, : chunk.steps] for chunk in chunks], axis=1)[:, :LIMIT].tolist()


def on_host(config, row):
    random, written, probabilities = np.random.default_rng(row), list(BEGUN), []
    for _ in range(LIMIT):
        scores = TABLE[written[-1], :VOCABULARY]
        written.append(draw(candidates(scores, Context(config, PROMPT, written, frozenset())), random))
        probabilities.append(softmax(scores)[written[-1]])
    return written[len(BEGUN) :], probabilities


@pytest.mark.parametrize("config", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_the_texts_and_probabilities_are_those_of_a_loop_on_the_host(config):
    chunks = on_device(config)
    assert [int(chunk.steps) for chunk in chunks] == [CHUNK, UNCHECKED_STEPS]
    for row, written in enumerate(texts(chunks)):
        expected, probabilities = on_host(config, row)
        assert written == expected
        np.testing.assert_allclose(chunks[0].probabilities[row], probabilities[:CHUNK], rtol=1e-4)


def test_the_loop_stops_when_all_texts_have_ended():
    table = TABLE.copy()
    table[:, END] = 100.0
    first, second = on_device(GREEDY, table=table)
    assert (first.token_ids[:, 0].tolist(), int(first.steps), int(second.steps)) == ([END, END], UNCHECKED_STEPS, 0)


def test_scores_that_are_no_numbers_give_a_probability_that_is_none():
    (chunk,) = on_device(GREEDY, limit=2, table=np.full_like(TABLE, np.nan))
    assert np.isnan(chunk.probabilities[:, 0]).all()
