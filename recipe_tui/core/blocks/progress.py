"""How far the building of a block store is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["read for tokenizer", "train tokenizer", "resume", "read", "find duplicates", "pack", "write", "reuse"]

STAGES: dict[Stage, str] = {
    "read for tokenizer": "reading recipes for the tokenizer",
    "train tokenizer": "training a tokenizer on the training split",
    "resume": "skipping recipes that are prepared",
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
        note: Where the build resumes, or why it starts afresh; mostly empty.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    note: str = ""

    @property
    def summary(self) -> str:
        """The progress in a few words."""
        text = STAGES[self.stage]
        if self.total:
            text += f": {self.done:,} of {self.total:,}"
        elif self.done:
            text += f": {self.done:,}"
        return f"{text} ({self.note})" if self.note else text
