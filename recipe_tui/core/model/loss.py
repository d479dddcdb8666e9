"""The head and the cross-entropy computed together, in chunks, so that a batch's logits never exist at once.

A GPT-2 has 50,257 logits per position, 768 hidden values and as many in a row of the table, so the logits and their
gradient would be the largest tensors of a step by far.

Per position, with the hidden state h [width], the table W [vocab_size, width] and the label y::

    z = W h                      logits, [vocab_size]
    loss = logsumexp(z) - z[y]
    dz = softmax(z) - onehot(y)  gradient of the logits
    dh = W^T dz                  gradient of the hidden state
    dW = dz h^T                  gradient of the table

The loss is a sum over positions, so dh and dW do not depend on other positions: all three follow from one chunk's
logits. In training the forward pass therefore computes the gradients too, and the backward pass only scales them by the
upstream gradient, a scalar. A chunk's logits are computed once and never kept ("Cut Your Losses in Large-Vocabulary
Language Models", Wijmans et al., 2024, and Liger Kernel, Hsu et al., 2024, do the same in CUDA and Triton).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.families.shape import CHUNK_LOGITS
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.model.fused_ops import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.model.embedding import LearnedRows

Tensor = Any

GPU_TILE = 128
"""Rows of the table on a GPU are filled up to a multiple of this, since matrix units compute whole tiles: loss and
gradients with 50,304 rows took half as long as with 50,257 (16 x 1,024 positions of GPT-2, H100 and H200)."""


class _Chunks(NamedTuple):
    """The positions of a batch in chunks of one size; the last is padded with positions of weight 0."""

    hidden: Tensor  # [chunks, size, width]
    labels: Tensor  # [chunks, size]
    weights: Tensor  # [chunks, size], float32: 1 for targets, 0 for all else


class _Sums(NamedTuple):
    """What is accumulated over the chunks."""

    nll: Tensor  # float32 scalar
    hidden_gradient: Tensor  # [chunks, size, width], filled chunk by chunk
    table_gradient: Tensor  # float32 [vocab_size, width], or of the trained rows only


def next_token_nll(
    hidden: Tensor, table: Tensor, labels: Tensor, training: bool, learned: LearnedRows | None = None
) -> tuple[Tensor, Tensor]:
    """Sum the negative log-likelihood of every next token.

    The labels are the inputs; they are shifted here, once: position t is scored on label t + 1.

    Args:
        hidden: [batch, length, width].
        table: The head, float32 [vocab_size, width]; cast to the dtype of ``hidden`` for the products, while its
            gradient stays float32.
        labels: Integer [batch, length], `IGNORED_LABEL` where there is no target.
        training: Whether a gradient will be asked for.
        learned: Rows of the table that get a gradient, instead of the table; None: all of it does.

    Returns:
        The sum in nats (float32 scalar), and the number of targets (float32 scalar).
    """
    width = hidden.shape[-1]
    hidden = ops.reshape(hidden[:, :-1], (-1, width))
    labels = ops.reshape(labels[:, 1:], (-1,))
    targets = ops.cast(labels != IGNORED_LABEL, "float32")
    labels = ops.where(labels == IGNORED_LABEL, 0, labels)
    positions = ops.shape(labels)[0]
    count = -(-positions // max(1, CHUNK_LOGITS // table.shape[0]))
    size = -(-positions // count)  # equal chunks, with the least padding
    chunks = _Chunks(*(_chunked(rows, count, size) for rows in (hidden, labels, targets)))
    nll = _nll_with_gradient(chunks, table, learned) if training else _nll(chunks, table)
    return nll, ops.sum(targets)


def _chunked(rows: Tensor, count: Any, size: Any) -> Tensor:
    missing = count * size - ops.shape(rows)[0]
    padded = ops.pad(rows, [(0, missing)] + [(0, 0)] * (len(rows.shape) - 1))
    return ops.reshape(padded, (count, size, *rows.shape[1:]))


def _nll(chunks: _Chunks, table: Tensor) -> Tensor:
    """Sum the loss without a gradient."""
    tokens, table = table.shape[0], _whole_tiles(ops.cast(table, chunks.hidden.dtype))

    def add_chunk(i: Tensor, total: Tensor) -> Tensor:
        logits = _scores(ops.matmul(chunks.hidden[i], ops.transpose(table)), tokens)
        chosen = ops.take_along_axis(logits, chunks.labels[i][:, None], axis=-1)[:, 0]
        return total + ops.sum((ops.logsumexp(logits, axis=-1) - chosen) * chunks.weights[i])

    return _in_order(0, ops.shape(chunks.labels)[0], add_chunk, ops.zeros((), "float32"))


def _whole_tiles(table: Tensor) -> Tensor:
    """Append rows without a token where a GPU computes; see `GPU_TILE`."""
    missing = -table.shape[0] % GPU_TILE if has_gpu() else 0
    return ops.pad(table, [(0, missing), (0, 0)]) if missing else table


def _of_tokens(gradient: Tensor, tokens: int) -> Tensor:
    """Undo `_whole_tiles`."""
    return gradient if gradient.shape[0] == tokens else gradient[:tokens]


def _scores(logits: Tensor, tokens: int) -> Tensor:
    """Return logits in float32, those of rows without a token as -inf."""
    scores = ops.cast(logits, "float32")
    if logits.shape[-1] == tokens:
        return scores
    return ops.where(ops.arange(logits.shape[-1]) < tokens, scores, -math.inf)


def _nll_with_gradient(chunks: _Chunks, table: Tensor, learned: LearnedRows | None) -> Tensor:
    """Sum the loss; its gradient is ready when the sum is."""
    if learned is not None:
        table = ops.stop_gradient(table)

    def with_gradient(hidden: Tensor, table: Tensor, *_: Tensor) -> tuple[Tensor, Any]:
        tokens = table.shape[0]
        sums = _sums(chunks._replace(hidden=hidden), _whole_tiles(ops.cast(table, hidden.dtype)), tokens, learned)

        def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> tuple[Tensor, ...]:
            scale = arguments[0] if upstream is None else upstream  # TensorFlow gives it by position, JAX by name
            hidden_gradient = ops.cast(scale, hidden.dtype) * sums.hidden_gradient
            table_gradient = scale * _of_tokens(sums.table_gradient, tokens)
            return (hidden_gradient, table_gradient) if learned is None else (hidden_gradient, None, table_gradient)

        return sums.nll, gradient

    rows = () if learned is None else (learned.values,)  # an argument, only so that it gets a gradient
    # Variables are read here: outside a graph, TensorFlow refuses a custom gradient that reads them inside.
    arguments = (ops.cast(one, "float32") for one in (table, *rows))
    nll: Tensor = ops.custom_gradient(with_gradient)(chunks.hidden, *arguments)
    return nll


def _sums(chunks: _Chunks, table: Tensor, tokens: int, learned: LearnedRows | None) -> _Sums:
    """Sum the loss and its gradients, chunk by chunk; the table has rows without a token after its ``tokens``."""

    def chunk(i: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss of a chunk, dh [size, width] and dW."""
        hidden, weights = chunks.hidden[i], chunks.weights[i]
        nll, logits_gradient = _scored(ops.matmul(hidden, ops.transpose(table)), chunks.labels[i], tokens)
        # A position's weight scales the narrow hidden side of each product, not the wide logits.
        narrow = ops.cast(weights[:, None], hidden.dtype)
        hidden_gradient = narrow * ops.matmul(logits_gradient, table)
        return ops.sum(nll * weights), hidden_gradient, _table_gradient(logits_gradient, narrow * hidden, learned)

    def add_chunk(i: Any, sums: _Sums) -> _Sums:
        nll, hidden_gradient, table_gradient = chunk(i)
        return _Sums(
            sums.nll + nll,
            ops.slice_update(sums.hidden_gradient, (i, 0, 0), hidden_gradient[None]),
            sums.table_gradient + table_gradient,
        )

    # The first chunk starts the sums, so that batches of one chunk allocate no table of zeros and run no loop.
    nll, hidden_gradient, table_gradient = chunk(0)
    hidden_gradients = ops.slice_update(ops.zeros_like(chunks.hidden), (0, 0, 0), hidden_gradient[None])
    start = _Sums(nll, hidden_gradients, table_gradient)
    return _Sums(*_in_order(1, ops.shape(chunks.labels)[0], add_chunk, start))


def _table_gradient(logits_gradient: Tensor, hidden: Tensor, learned: LearnedRows | None) -> Tensor:
    """Return dW of a chunk, float32: the product of [vocab_size, size] and [size, width], or of some of its rows."""
    if learned is not None:
        if not learned.values.shape[0]:
            return ops.zeros(learned.values.shape, "float32")
        logits_gradient = ops.take(logits_gradient, learned.token_ids, axis=-1)
    return ops.cast(ops.matmul(ops.transpose(logits_gradient), hidden), "float32")


@compiled
def _scored(logits: Tensor, labels: Tensor, tokens: int) -> tuple[Tensor, Tensor]:
    """Return each position's loss, float32 [size], and dz in the dtype and shape of the logits [size, vocab_size]."""
    scores = _scores(logits, tokens)
    normalizer = ops.logsumexp(scores, axis=-1, keepdims=True)
    chosen = ops.take_along_axis(scores, labels[:, None], axis=-1)
    is_label = ops.arange(logits.shape[-1], dtype=labels.dtype) == labels[:, None]
    gradient = ops.exp(scores - normalizer) - ops.cast(is_label, "float32")
    return (normalizer - chosen)[:, 0], ops.cast(gradient, logits.dtype)


def _in_order(start: int, stop: Tensor, body: Callable[[Tensor, Any], Any], state: Any) -> Any:
    """Run ``state = body(i, state)`` for i from start to stop, sequentially.

    TensorFlow would otherwise start ten iterations at once, each with its own logits.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.fori_loop(start, stop, body, state)
    import tensorflow as tf

    _, state = tf.while_loop(
        lambda i, _: i < stop, lambda i, state: (i + 1, body(i, state)), (start, state), parallel_iterations=1
    )
    return state
