"""``python -m recipe_tui.workers.tokenizer``: trains a tokenizer, as large as the recipes support.

It reads a `TokenizerRequest` as JSON from its stdin. One that is terminated leaves no folder.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.config import DataConfig  # noqa: TC001 - pydantic reads it
from recipe_tui.workers.lines import adapter
from recipe_tui.workers.reports import Building, TokenizerTrained, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.workers.reports import Report


@dataclass(frozen=True, slots=True)
class TokenizerRequest:
    """What a tokenizer is to be trained on.

    Attributes:
        data: The recipes, how they are split, the layout, and the size (``tokenizer = "new:N"``), which is the
            largest: of few recipes the tokenizer has as many tokens as they support.
        folder: Folder to write.
    """

    data: DataConfig
    folder: str


def train(request: TokenizerRequest, report: Callable[[Report], None]) -> None:
    """Train the tokenizer, and report its size."""
    from recipe_tui.core.blocks.tokenizer import new_tokenizer

    folder = Path(request.folder)
    trained = new_tokenizer(request.data, folder, lambda progress: report(Building.of(progress)), at_most=True)
    report(TokenizerTrained(request.folder, trained.vocab_size))


if __name__ == "__main__":
    sys.exit(run_worker(train, adapter(TokenizerRequest).validate_json))
