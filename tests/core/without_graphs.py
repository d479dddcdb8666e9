"""TensorFlow without graphs, for tests that call a model a few times and do not test what is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def without_graphs() -> Iterator[None]:
    """Compute operation by operation on TensorFlow: tracing a model takes as long as dozens of calls without a graph.

    Training steps, validations and decoding as users have them are tested in ``tests/core/training``, ``model`` and
    ``generation/test_decoder.py``.
    """
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
