"""The head and the cross-entropy together, in chunks, so that the logits of a batch never exist at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.families.shape import CHUNK_LOGITS
from recipe_tui.core.model.fused_ops import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.model.embedding import LearnedRows

Tensor = Any

IGNORED_LABEL = -100
"""A label that is no target: padding, and the first token of an isolated recipe."""


def next_token_nll(
    hidden: Tensor, table: Tensor, labels: Tensor, training: bool, learned: LearnedRows | None = None
) -> tuple[Tensor, Tensor]:
    """Sum the negative log-likelihood of every next token.

    The labels are the inputs; they are shifted here, once: position t is scored on label t + 1.

    In training the gradient is accumulated in the forward pass, chunk by chunk, so that a chunk's logits are
    computed once and never kept ("Cut Your Losses in Large-Vocabulary Language Models", Wijmans et al., 2024, and
    Liger Kernel, Hsu et al., 2024, do the same in CUDA and Triton).

    Args:
        hidden: [batch, length, n_embd].
        table: The tied head, float32 [vocab_size, n_embd]; cast to the dtype of ``hidden`` for the products, while its
            gradient stays float32.
        labels: Integer [batch, length], `IGNORED_LABEL` where there is no target.
        training: Whether a gradient will be asked for.
        learned: Rows of the table that get a gradient, in the place of the table; None: all of it does.

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
    size = -(-positions // count)  # chunks of one size, with as little to fill up as can be
    chunks = _Chunks(*(_chunked(rows, count, size) for rows in (hidden, labels, targets)))
    nll = _nll_with_gradient(chunks, table, learned) if training else _nll(chunks, table)
    return nll, ops.sum(targets)


class _Chunks(NamedTuple):
    """The positions of a batch, cut into equal chunks; the last is filled up with zeros of weight 0."""

    hidden: Tensor  # [chunks, size, n_embd]
    labels: Tensor  # [chunks, size]
    weights: Tensor  # [chunks, size]


def _chunked(rows: Tensor, count: Any, size: Any) -> Tensor:
    missing = count * size - ops.shape(rows)[0]
    padded = ops.pad(rows, [(0, missing)] + [(0, 0)] * (len(rows.shape) - 1))
    return ops.reshape(padded, (count, size, *rows.shape[1:]))


def _nll(chunks: _Chunks, table: Tensor) -> Tensor:
    table = ops.cast(table, chunks.hidden.dtype)

    def add_chunk(i: Tensor, total: Tensor) -> Tensor:
        scores = ops.cast(ops.matmul(chunks.hidden[i], ops.transpose(table)), "float32")
        chosen = ops.take_along_axis(scores, chunks.labels[i][:, None], axis=-1)[:, 0]
        return total + ops.sum((ops.logsumexp(scores, axis=-1) - chosen) * chunks.weights[i])

    return _in_order(0, ops.shape(chunks.labels)[0], add_chunk, ops.zeros((), "float32"))


def _nll_with_gradient(chunks: _Chunks, table: Tensor, learned: LearnedRows | None) -> Tensor:
    if learned is not None:
        table = ops.stop_gradient(table)
    weights_shape = table.shape if learned is None else learned.values.shape

    def fused(hidden: Tensor, table: Tensor, *_: Tensor) -> tuple[Tensor, Any]:
        table = ops.cast(table, hidden.dtype)

        def weights_gradient(logits_gradient: Tensor, weighted: Tensor) -> Tensor:
            if not weights_shape[0]:
                return ops.zeros(weights_shape, "float32")
            if learned is not None:
                logits_gradient = ops.take(logits_gradient, learned.token_ids, axis=-1)
            return ops.cast(ops.matmul(ops.transpose(logits_gradient), weighted), "float32")

        def chunk(i: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            nll, logits_gradient = _scored(ops.matmul(hidden[i], ops.transpose(table)), chunks.labels[i])
            weights = chunks.weights[i]
            hidden_gradient = ops.cast(weights[:, None], hidden.dtype) * ops.matmul(logits_gradient, table)
            weighted = ops.cast(weights[:, None], hidden.dtype) * hidden[i]
            return ops.sum(nll * weights), hidden_gradient, weights_gradient(logits_gradient, weighted)

        def add_chunk(i: Tensor, carry: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
            nll, hidden_gradient, more = chunk(i)
            hidden_gradient = ops.slice_update(carry[1], (i, 0, 0), hidden_gradient[None])
            return carry[0] + nll, hidden_gradient, carry[2] + more

        nll, first, found = chunk(0)
        start = (nll, ops.slice_update(ops.zeros_like(hidden), (0, 0, 0), first[None]), found)
        total, hidden_gradient, found = _in_order(1, ops.shape(chunks.labels)[0], add_chunk, start)

        def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> tuple[Tensor, ...]:
            scale = arguments[0] if upstream is None else upstream
            to_hidden = ops.cast(scale, hidden.dtype) * hidden_gradient
            return (to_hidden, scale * found) if learned is None else (to_hidden, None, scale * found)

        return total, gradient

    values = () if learned is None else (learned.values,)
    nll: Tensor = ops.custom_gradient(fused)(chunks.hidden, table, *values)
    return nll


@compiled
def _scored(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Score one chunk's logits [size, vocab_size], and differentiate.

    Returns:
        Each position's loss, float32 [size], and its gradient, which is the probabilities less 1 at the label, in the
        dtype and shape of the logits.
    """
    scores = ops.cast(logits, "float32")
    normalizer = ops.logsumexp(scores, axis=-1, keepdims=True)
    chosen = ops.take_along_axis(scores, labels[:, None], axis=-1)
    is_label = ops.arange(logits.shape[-1], dtype=labels.dtype) == labels[:, None]
    gradient = ops.exp(scores - normalizer) - ops.cast(is_label, "float32")
    return (normalizer - chosen)[:, 0], ops.cast(gradient, logits.dtype)


def _in_order(start: int, stop: Tensor, body: Callable[[Tensor, Any], Any], state: Any) -> Any:
    """Run ``state = body(i, state)`` for i from start to stop, one after the other.

    TensorFlow would otherwise start ten iterations at once, each with its own logits.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.fori_loop(start, stop, body, state)
    import tensorflow as tf

    _, state = tf.while_loop(
        lambda i, _: i < stop, lambda i, state: (i + 1, body(i, state)), (start, state), parallel_iterations=1
    )
    return state
