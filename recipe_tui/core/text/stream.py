"""Text from tokens that come one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.text.tokenizer import line_end

if TYPE_CHECKING:
    from recipe_tui.core.text.tokenizer import Tokenizer

REPLACEMENT = "\ufffd"  # what the bytes of an unfinished character decode to


class StreamDecoder:
    """Turns token ids into text as they come, never showing half of a character that spans several tokens.

    All that `push` and `flush` return, joined, is `Tokenizer.text` of all ids.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # Some decoders look at the token before, so the ids shown last are decoded again with those that wait.
        self._shown: list[int] = []
        self._waiting: list[int] = []

    def push(self, token_id: int) -> str:
        """Take the next id and return the text that is certain now, which may be empty."""
        if special := self._tokenizer.special_span(token_id):
            return self.flush() + line_end(special)
        self._waiting.append(token_id)
        text = self._new_text()
        if not text or text.endswith(REPLACEMENT):
            return ""
        self._shown, self._waiting = self._waiting, []
        return text

    def flush(self) -> str:
        """Return what was held back; an unfinished character shows as the replacement character."""
        text = self._new_text() if self._waiting else ""
        self._shown, self._waiting = [], []
        return text

    def _new_text(self) -> str:
        before = len(self._tokenizer.decode(self._shown))
        return self._tokenizer.decode(self._shown + self._waiting)[before:]
