from threading import Event

import keras
import numpy as np
import pytest

from recipe_tui.core.training.data import batch_of, one_ahead, stream, training_data


def test_each_epoch_of_the_stream_holds_every_block_once_in_an_order_of_its_own():
    whole = stream(blocks=7, seed=3, start=0, stop=21).reshape(3, 7)
    np.testing.assert_array_equal(np.sort(whole, axis=1), np.tile(np.arange(7), (3, 1)))
    assert not np.array_equal(whole[0], whole[1])


def test_the_stream_can_be_entered_anywhere():
    whole = stream(blocks=7, seed=3, start=0, stop=30)
    for start, stop in [(0, 4), (5, 9), (7, 7), (13, 30), (29, 30)]:
        np.testing.assert_array_equal(stream(7, 3, start, stop), whole[start:stop])


def test_another_seed_gives_another_order():
    assert not np.array_equal(stream(50, 1, 0, 50), stream(50, 2, 0, 50))


def test_training_data_are_the_blocks_of_the_stream_in_order(store):
    blocks = store.blocks("train")
    indices = stream(len(blocks), 0, 0, 12)
    data = training_data(blocks, indices, blocks_per_step=4, isolated=True)
    if keras.backend.backend() == "jax":
        steps = list(data)
    else:
        steps = [{name: rows.numpy() for name, rows in step.items()} for step in data]
    assert len(steps) == 3
    for number, step in enumerate(steps):
        expected = batch_of(blocks, indices[number * 4 : number * 4 + 4], isolated=True)
        assert step.keys() == expected.keys() == {"input_ids", "labels", "position_ids", "segment_ids"}
        for name, rows in expected.items():
            np.testing.assert_array_equal(step[name], rows)


def test_a_batch_is_read_while_the_one_before_is_computed():
    started = {number: Event() for number in range(3)}

    def read(number):
        started[number].set()
        return number * 10

    batches = one_ahead(read, range(3))
    assert not started[0].is_set()
    assert next(batches) == 0
    assert started[1].wait(10)
    assert list(batches) == [10, 20]
    assert list(one_ahead(read, [])) == []


def test_an_error_in_reading_is_raised_where_the_batch_is_awaited():
    batches = one_ahead(lambda number: 1 // number, [1, 0])
    assert next(batches) == 1
    with pytest.raises(ZeroDivisionError):
        next(batches)


def test_labels_are_the_inputs_wherever_there_is_a_target(store):
    batch = batch_of(store.blocks("train"), np.arange(5), isolated=True)
    targets = batch["labels"] != -100
    np.testing.assert_array_equal(batch["labels"][targets], batch["input_ids"][targets])
    assert targets.any()


def test_without_isolation_only_ids_and_labels_are_read(store):
    assert batch_of(store.blocks("train"), np.arange(2), isolated=False).keys() == {"input_ids", "labels"}
