"""``python -m recipe_tui.workers.losses``: computes the loss of each recipe of a block store under a model.

The configuration names the model and the store. The losses are written to the store's folder; see
`core.browsing.losses`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError
from recipe_tui.workers.reports import Scored, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config
    from recipe_tui.workers.reports import Report


def score(config: Config, report: Callable[[Report], None]) -> None:
    """Report how many losses are written, at the beginning and each time that there are more."""
    from recipe_tui.core.backend import select_backend
    from recipe_tui.core.blocks.store import BlockStore

    if config.data.store is None:
        raise UsageError("no block store is given", "set data.store")
    store = BlockStore.open(config.data.store)
    select_backend()
    from recipe_tui.core.evaluation.recipe_losses import compute_losses

    compute_losses(config.model.name, store, lambda done, total: report(Scored(done, total)))


if __name__ == "__main__":
    sys.exit(run_worker(score))
