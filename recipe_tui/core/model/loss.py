"""The head and the cross-entropy together, in chunks, so that the logits of a batch never exist at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = Any

IGNORED_LABEL = -100
"""A label that is no target: padding, and the first token of an isolated recipe."""

CHUNK_LOGITS = 1 << 24
"""Logits computed at once (64 MiB in float32)."""


def next_token_nll(hidden: Tensor, table: Tensor, labels: Tensor, training: bool) -> tuple[Tensor, Tensor]:
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
    nll = _nll_with_gradient if training else _nll
    return nll(chunks, table), ops.sum(targets)


class _Chunks(NamedTuple):
    """The positions of a batch, cut into equal chunks; the last is filled up with zeros of weight 0."""

    hidden: Tensor  # [chunks, size, n_embd]
    labels: Tensor  # [chunks, size]
    weights: Tensor  # [chunks, size]


def _chunked(rows: Tensor, count: Any, size: Any) -> Tensor:
    missing = count * size - ops.shape(rows)[0]
    padded = ops.pad(rows, [(0, missing)] + [(0, 0)] * (len(rows.shape) - 1))
    return ops.reshape(padded, (count, size, *rows.shape[1:]))


def _chunk_nll(hidden: Tensor, table: Tensor, labels: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return one chunk's summed loss and its float32 log-probabilities [size, vocab_size]."""
    log_probabilities = ops.log_softmax(ops.cast(ops.matmul(hidden, ops.transpose(table)), "float32"))
    chosen = ops.take_along_axis(log_probabilities, labels[:, None], axis=-1)[:, 0]
    return -ops.sum(chosen * weights), log_probabilities


def _nll(chunks: _Chunks, table: Tensor) -> Tensor:
    table = ops.cast(table, chunks.hidden.dtype)

    def add_chunk(i: Tensor, total: Tensor) -> Tensor:
        return total + _chunk_nll(chunks.hidden[i], table, chunks.labels[i], chunks.weights[i])[0]

    return _in_order(ops.shape(chunks.labels)[0], add_chunk, ops.zeros((), "float32"))


def _nll_with_gradient(chunks: _Chunks, table: Tensor) -> Tensor:
    def fused(hidden: Tensor, table: Tensor) -> tuple[Tensor, Any]:
        table = ops.cast(table, hidden.dtype)

        def add_chunk(i: Tensor, carry: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
            total, hidden_gradient, table_gradient = carry
            labels, weights = chunks.labels[i], chunks.weights[i]
            loss, log_probabilities = _chunk_nll(hidden[i], table, labels, weights)
            # d loss / d logits = (probabilities - one_hot(labels)) x weight, without ever making the one-hot
            logits_gradient = ops.exp(log_probabilities) * weights[:, None]
            places = ops.stack([ops.arange(ops.shape(labels)[0], dtype=labels.dtype), labels], axis=-1)
            logits_gradient = ops.scatter_update(logits_gradient, places, -weights, reduction="add")
            logits_gradient = ops.cast(logits_gradient, table.dtype)
            update = ops.matmul(logits_gradient, table)[None]
            hidden_gradient = ops.slice_update(hidden_gradient, (i, 0, 0), update)
            table_gradient += ops.cast(ops.matmul(ops.transpose(logits_gradient), hidden[i]), "float32")
            return total + loss, hidden_gradient, table_gradient

        start = (ops.zeros((), "float32"), ops.zeros_like(hidden), ops.zeros(table.shape, "float32"))
        total, hidden_gradient, table_gradient = _in_order(ops.shape(chunks.labels)[0], add_chunk, start)

        def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> tuple[Tensor, Tensor]:
            scale = arguments[0] if upstream is None else upstream
            return ops.cast(scale, hidden.dtype) * hidden_gradient, scale * table_gradient

        return total, gradient

    nll: Tensor = ops.custom_gradient(fused)(chunks.hidden, table)
    return nll


def _in_order(count: Tensor, body: Callable[[Tensor, Any], Any], state: Any) -> Any:
    """Run ``state = body(i, state)`` for i below count, one after the other.

    TensorFlow would otherwise start ten iterations at once, each with its own logits.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.fori_loop(0, count, body, state)
    import tensorflow as tf

    _, state = tf.while_loop(
        lambda i, _: i < count, lambda i, state: (i + 1, body(i, state)), (0, state), parallel_iterations=1
    )
    return state
