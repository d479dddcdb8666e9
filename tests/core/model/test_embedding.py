import numpy as np
import pytest
from keras import ops

from recipe_tui.core.model.embedding import LearnedRows, TokenEmbedding
from recipe_tui.core.model.loss import next_token_nll
from tests.core.model.test_loss import gradients_of

IDS = np.array([[0, 5, 3], [5, 2, 6]], np.int32)


@pytest.fixture
def embedding():
    layer = TokenEmbedding(7, 4)
    layer.build()
    layer.embeddings.assign(np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32))
    return layer


def test_rows_that_learn_begin_as_they_were(embedding):
    hidden = np.random.default_rng(1).normal(size=(2, 4)).astype(np.float32)
    before = [np.asarray(value) for value in (embedding(IDS), embedding.scores(hidden), embedding.table)]
    embedding.learn_rows([5, 6])
    for ours, expected in zip((embedding(IDS), embedding.scores(hidden), embedding.table), before, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert [variable.name for variable in embedding.trainable_variables] == ["token_rows"]


def test_what_a_row_learns_is_read_and_scored_so_the_head_stays_tied(embedding):
    embedding.learn_rows([5, 2])
    rows = np.arange(8, dtype=np.float32).reshape(2, 4)
    embedding.token_rows.assign(rows)
    table = np.asarray(embedding.embeddings).copy()
    table[[5, 2]] = rows
    hidden = np.ones((1, 3, 4), np.float32)
    np.testing.assert_array_equal(embedding.table, table)
    np.testing.assert_array_equal(embedding(IDS), table[IDS])
    np.testing.assert_allclose(embedding.scores(hidden), hidden @ table.T, atol=1e-5)


def test_without_such_rows_the_frozen_table_is_all_there_is(embedding):
    embedding.learn_rows([])
    assert embedding.learned.values.shape == (0, 4)
    assert not embedding.trainable_variables


def test_only_the_rows_that_learn_get_a_gradient_and_it_is_that_of_the_whole_table():
    rng = np.random.default_rng(0)
    hidden, table = rng.normal(size=(3, 7, 5)).astype(np.float32), rng.normal(size=(11, 5)).astype(np.float32)
    labels = rng.integers(0, 11, (3, 7)).astype(np.int32)
    token_ids = np.array([9, 4], np.int32)

    def whole(hidden, table):
        return next_token_nll(hidden, table, ops.convert_to_tensor(labels), True)[0]

    def rows(hidden, values):
        learned = LearnedRows(token_ids, values)
        full = ops.scatter_update(ops.convert_to_tensor(table), token_ids[:, None], values)
        return next_token_nll(hidden, full, ops.convert_to_tensor(labels), True, learned)[0]

    to_hidden, to_table = gradients_of(whole, hidden, table)
    ours_to_hidden, to_rows = gradients_of(rows, hidden, table[token_ids])
    np.testing.assert_allclose(ours_to_hidden, to_hidden, atol=1e-5)
    np.testing.assert_allclose(to_rows, to_table[token_ids], atol=1e-5)
