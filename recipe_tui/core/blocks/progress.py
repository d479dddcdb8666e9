"""How far the building of a block store is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["read for tokenizer", "train tokenizer", "read", "find duplicates", "pack", "write", "reuse"]

STAGES: dict[Stage, str] = {
    "read for tokenizer": "reading recipes for the tokenizer",
    "train tokenizer": "training a tokenizer on the training split",
    "read": "reading recipes",
    "find duplicates": "finding duplicates",
    "pack": "packing blocks",
    "write": "writing blocks",
    "reuse": "the blocks are there already",
}
"""The stages of a build as people read them."""


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        stage: What is being done.
        done: Recipes read or blocks written so far.
        total: How many there are, where that is known.
    """

    stage: Stage
    done: int = 0
    total: int | None = None

    @property
    def summary(self) -> str:
        """The progress in a few words."""
        stage = STAGES[self.stage]
        if self.total:
            return f"{stage}: {self.done:,} of {self.total:,}"
        return f"{stage}: {self.done:,}" if self.done else stage
