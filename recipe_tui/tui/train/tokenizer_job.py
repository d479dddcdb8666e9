"""The training of a tokenizer."""

from __future__ import annotations

from recipe_tui.tui.train.job import Job
from recipe_tui.workers.reports import Building, TokenizerTrained
from recipe_tui.workers.tokenizer import TokenizerRequest


class TokenizerJob(Job[TokenizerRequest, Building, TokenizerTrained]):
    """The training of a tokenizer. A stopped one leaves nothing."""

    worker = "tokenizer"
    title = "Tokenizer"
    progress_type = Building
    done_type = TokenizerTrained

    def conclusion(self, done: TokenizerTrained) -> str:
        """Return its size and its folder."""
        return f"{done.vocab_size:,} tokens, written to {done.folder}"
