"""The plan of a training: how many optimizer steps it has, and after which of them what happens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a training is, and when what happens. All counts are optimizer steps.

    Attributes:
        total_steps: The last step; 0 where the time decides, see ``training.max_minutes``.
        blocks: Training blocks.
        blocks_per_step: Blocks in a step.
        block_size: Tokens in a block.
        evaluate_every: Steps between validations; None without validation blocks.
        sample_every: Steps between samples; None for no samples.
        checkpoint_every: Steps between checkpoints.
    """

    total_steps: int
    blocks: int
    blocks_per_step: int
    block_size: int
    evaluate_every: int | None
    sample_every: int | None
    checkpoint_every: int

    @classmethod
    def of(cls, config: TrainingConfig, blocks: int, block_size: int, has_validation: bool) -> Plan:
        """Compute the plan of a configuration for a number of training blocks."""
        blocks_per_step = config.batch_size * config.gradient_accumulation_steps
        total_steps = max(1, math.ceil(config.epochs * blocks / blocks_per_step))
        total_steps = 0 if config.max_minutes else min(total_steps, config.max_steps or total_steps)
        epoch = max(1, math.ceil(blocks / blocks_per_step))
        evaluate_every = (config.evaluate_every or epoch) if has_validation else None
        sample_every = config.sample_every
        if sample_every is None and not config.max_minutes:
            sample_every = evaluate_every or epoch
        return cls(
            total_steps=total_steps,
            blocks=blocks,
            blocks_per_step=blocks_per_step,
            block_size=block_size,
            evaluate_every=evaluate_every,
            sample_every=sample_every or None,
            checkpoint_every=config.checkpoint_every or evaluate_every or epoch,
        )

    @property
    def tokens_per_step(self) -> int:
        """Token positions in the blocks of a step."""
        return self.blocks_per_step * self.block_size

    def epoch(self, step: int) -> float:
        """Return the number of passes over the training blocks after a number of steps."""
        return step * self.blocks_per_step / self.blocks

    def is_last(self, step: int) -> bool:
        """Return whether a step is the last one."""
        return 0 < self.total_steps <= step

    def until_due(self, step: int) -> int:
        """Return how many steps are left, at least one, until anything else is due."""
        every = (self.evaluate_every, self.sample_every, self.checkpoint_every)
        left = [one - step % one for one in every if one is not None]
        return max(1, min([*left, self.total_steps - step])) if self.total_steps else 1

    def is_due(self, every: int | None, step: int) -> bool:
        """Return whether what happens every so many steps happens after this one; the last step is always due."""
        return every is not None and (step % every == 0 or self.is_last(step))
