"""How a step's blocks are split into batches: batch size and gradient accumulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.config import TrainingConfig


def with_batch_size(training: TrainingConfig, block_size: int) -> TrainingConfig:
    """Return settings whose batch size is that of their ``batch_tokens``, where these are a number.

    Args:
        training: The settings.
        block_size: Tokens in a block.

    Raises:
        UsageError: They are fewer than a block has.
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
    """Return every way to take the same steps, the smallest batches first.

    Args:
        training: The settings; ``batch_size x gradient_accumulation_steps`` of them stays.
        block_size: Tokens in a block.
    """
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
