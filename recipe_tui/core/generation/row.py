"""A text that is being sampled."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.generation.output import Piece

if TYPE_CHECKING:
    import numpy as np

    from recipe_tui.core.text.generated import FinishReason
    from recipe_tui.core.text.stream import StreamDecoder


@dataclass(slots=True)
class Row:
    """One of the texts that are sampled side by side.

    Attributes:
        number: Index among them.
        random: What its tokens are drawn with.
        stream: Turns its tokens into text.
        written: Its token ids, those that it continues included.
        text: Its text, in which an unfinished character is left out.
        finish_reason: Why it ended; None before.
        log_probability: The model's own, summed over the new tokens; nats.
    """

    number: int
    random: np.random.Generator
    stream: StreamDecoder
    written: list[int]
    text: str
    finish_reason: FinishReason | None = None
    log_probability: float = 0.0

    def add(self, token_id: int, probability: float, finish_reason: FinishReason | None) -> Piece:
        """Append a token.

        Args:
            token_id: The token.
            probability: The model's own.
            finish_reason: Why it is the last one; None if it is not.
        """
        self.written.append(token_id)
        self.log_probability += math.log(max(probability, sys.float_info.min))
        text = "" if finish_reason == "stop" else self.stream.push(token_id)
        text += self.stream.flush() if finish_reason else ""
        self.text += text
        self.finish_reason = finish_reason
        return Piece(self.number, text, token_id, probability)
