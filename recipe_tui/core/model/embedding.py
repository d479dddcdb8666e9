"""The token embedding, of which single rows can be trained while all others are frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.keras_internals import unlocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Tensor = Any


class LearnedRows(NamedTuple):
    """The rows of a table that are trained.

    Attributes:
        token_ids: Their tokens, [rows].
        values: Their values, [rows, width].
    """

    token_ids: NDArray[np.int32]
    values: Tensor


class TokenEmbedding(keras.layers.Embedding):
    """Keras' ``Embedding``, which also computes the logits of a head that is tied to it.

    Attributes:
        token_rows: The rows that are trained, where not the whole table is.
    """

    token_rows: keras.Variable | None = None

    def learn_rows(self, token_ids: Sequence[int]) -> None:
        """Freeze the table, and train the rows of some tokens in a small table of their own."""
        self.embeddings.trainable = False
        self.token_ids = np.asarray(token_ids, np.int32)
        if not len(self.token_ids):
            return
        rows = ops.convert_to_numpy(self.embeddings)[self.token_ids]
        with unlocked(self):
            self.token_rows = self.add_weight(name="token_rows", shape=rows.shape, initializer="zeros", dtype="float32")
        self.token_rows.assign(rows)

    def put_learned(self, rows: NDArray[np.float32]) -> None:
        """Set the trained rows, [rows, width]."""
        if self.token_rows is not None:
            self.token_rows.assign(rows)

    def with_learned(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a copy of a [vocab_size, width] table with the trained rows in place."""
        if self.token_rows is None:
            return table
        table = table.copy()
        table[self.token_ids] = ops.convert_to_numpy(self.token_rows)
        return table

    @property
    def learned(self) -> LearnedRows | None:
        """The rows that are trained; None where the whole table is."""
        if self.embeddings.trainable:
            return None
        if self.token_rows is None:
            return LearnedRows(np.zeros(0, np.int32), ops.zeros((0, self.output_dim)))
        return LearnedRows(self.token_ids, ops.convert_to_tensor(self.token_rows))

    @property
    def table(self) -> Tensor:
        """All rows, [vocab_size, width], the trained ones in place."""
        table = ops.convert_to_tensor(self.embeddings)
        if self.token_rows is None:
            return table
        return ops.scatter_update(table, self.token_ids[:, None], ops.cast(self.token_rows, table.dtype))

    def call(self, inputs: Tensor) -> Tensor:
        """Map integers [...] to [..., width]."""
        looked_up = super().call(inputs)
        if self.token_rows is None:
            return looked_up
        is_row = ops.expand_dims(inputs, -1) == ops.convert_to_tensor(self.token_ids, inputs.dtype)
        own = ops.matmul(ops.cast(is_row, looked_up.dtype), ops.cast(self.token_rows, looked_up.dtype))
        return ops.where(ops.any(is_row, axis=-1, keepdims=True), own, looked_up)

    def scores(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary: [..., width] to float32 [..., vocab_size]."""
        scores = ops.matmul(hidden, ops.transpose(ops.cast(self.embeddings, hidden.dtype)))
        if self.token_rows is not None:  # for single tokens, a copy of the table would cost more than the product
            own = ops.matmul(hidden, ops.transpose(ops.cast(self.token_rows, hidden.dtype)))
            order = np.arange(self.input_dim)
            order[self.token_ids] = self.input_dim + np.arange(len(self.token_ids))
            scores = ops.take(ops.concatenate([scores, own], axis=-1), order, axis=-1)
        return ops.cast(scores, "float32")
