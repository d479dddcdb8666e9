"""Goldfish loss: some tokens are never learned, so that no passage can be learned by heart as a whole.

"Be like a Goldfish, Don't Memorize!" (Hans et al., 2024). One in k tokens is no target of the loss. Which ones, a hash
of the tokens before each decides: so a passage that occurs several times lacks the same tokens everywhere, and a model
that writes it again must guess them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from recipe_tui.core.blocks.packing import IGNORED_LABEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTEXT = 13
"""Tokens that the hash reads, as in the paper: about as many words as a copied sentence has."""

_MULTIPLIERS = np.random.default_rng(0x901DF154).integers(1, 2**63, CONTEXT, np.uint64) | np.uint64(1)


def drop_targets(
    input_ids: NDArray[np.int32], labels: NDArray[np.int32], segment_ids: NDArray[np.int32], k: int
) -> NDArray[np.int32]:
    """Return labels without one in k targets.

    Args:
        input_ids: [blocks, block_size].
        labels: [blocks, block_size]; the label at t is predicted from the tokens before t.
        segment_ids: [blocks, block_size]; a target is dropped only where the hashed tokens are of its own segment.
        k: One in this many targets is dropped.
    """
    if input_ids.shape[1] <= CONTEXT:
        return labels
    hashes = _hashes(sliding_window_view(input_ids, CONTEXT, axis=1)[:, :-1])
    same = segment_ids[:, CONTEXT:] == segment_ids[:, :-CONTEXT]
    kept = labels.copy()
    kept[:, CONTEXT:][same & (hashes % np.uint64(k) == 0)] = IGNORED_LABEL
    return kept


def _hashes(windows: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Hash the tokens of each window, [..., CONTEXT], by a linear form and the finalizer of SplitMix64."""
    hashed: NDArray[np.uint64] = (windows.astype(np.uint64) * _MULTIPLIERS).sum(axis=-1, dtype=np.uint64)
    for shift, multiplier in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashed = (hashed ^ (hashed >> np.uint64(shift))) * np.uint64(multiplier)
    hashed ^= hashed >> np.uint64(31)
    return hashed
