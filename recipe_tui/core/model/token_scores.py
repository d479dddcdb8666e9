"""How a model predicts the tokens of given texts, in batches of texts of similar length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel

PADDING = 64
"""Texts are padded to multiples of this, so that few lengths are compiled."""

BATCH_TOKENS = 1024
"""Token positions of a batch; the logits of the largest vocabulary take 0.6 GB."""


class TokenScores(NamedTuple):
    """How a model predicts the tokens of a text after the first one.

    Attributes:
        nats: Negative log-likelihood of each, [tokens - 1].
        likeliest: Whether each is the model's likeliest next token, [tokens - 1].
    """

    nats: NDArray[np.float64]
    likeliest: NDArray[np.bool_]


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of texts in batches of `BATCH_TOKENS` padded positions at most, the longest texts first."""
    order = np.argsort(lengths, kind="stable").tolist()
    while order:
        size = max(1, BATCH_TOKENS // _padded(lengths[order[-1]]))
        yield order[-size:]
        del order[-size:]


def token_scores(model: LanguageModel, texts: Sequence[NDArray[np.int32]]) -> list[TokenScores]:
    """Compute how likely each token but the first of some texts is, in one batch.

    Args:
        model: The model.
        texts: Token ids, of each text at most the model's context.
    """
    longest = max(map(len, texts))
    ids = np.zeros((len(texts), min(_padded(longest), max(model.config.max_position_embeddings, longest))), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    logits = model.logits(model(ids))[:, :-1]
    targets = ops.take_along_axis(logits, ops.convert_to_tensor(ids[:, 1:, None]), axis=-1)[..., 0]
    nats = np.asarray(ops.convert_to_numpy(ops.logsumexp(logits, axis=-1) - targets), np.float64)
    likeliest = np.asarray(ops.convert_to_numpy(ops.argmax(logits, axis=-1))) == ids[:, 1:]
    ends = [max(len(text) - 1, 0) for text in texts]
    return [TokenScores(nats[row, :end], likeliest[row, :end]) for row, end in enumerate(ends)]


def _padded(length: int) -> int:
    return -(-length // PADDING) * PADDING
