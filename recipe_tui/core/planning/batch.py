"""How a step's blocks are split into batches: batch size and gradient accumulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.config import TrainingConfig


def with_batch_size(training: TrainingConfig, block_size: int) -> TrainingConfig:
    """Return the settings with the batch size that ``batch_tokens`` results in, where that is a number.

    Raises:
        UsageError: ``batch_tokens`` is less than ``block_size``.
    """
    tokens = training.batch_tokens
    if not isinstance(tokens, int):
        return training
    if tokens < block_size:
        raise UsageError(
            f"batch_tokens {tokens} is less than a block of {block_size} tokens",
            f"set training.batch_tokens to {block_size} or more",
        )
    return training.model_copy(update={"batch_size": tokens // block_size})


def batch_choices(training: TrainingConfig, block_size: int) -> list[TrainingConfig]:
    """Return all splits of a step's ``batch_size x gradient_accumulation_steps`` blocks, the smallest batches first."""
    blocks = training.batch_size * training.gradient_accumulation_steps
    return [
        training.model_copy(
            update={
                "batch_size": size,
                "gradient_accumulation_steps": blocks // size,
                "batch_tokens": None if training.batch_tokens is None else size * block_size,
            }
        )
        for size in range(1, blocks + 1)
        if blocks % size == 0
    ]
