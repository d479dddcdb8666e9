"""``python -m recipe_tui.workers.preview``: reads the recipes, builds the block store, and reports the ledger.

A training with the same configuration reuses the store, so nothing is read twice.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from recipe_tui.core.backend import quieten
from recipe_tui.workers.reports import Building, Built, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config
    from recipe_tui.workers.reports import Report


def read(config: Config, report: Callable[[Report], None]) -> None:
    """Report the progress of the build, then the contents of the store."""
    quieten()
    from recipe_tui.core.blocks.prepare import prepare_blocks

    store, _ = prepare_blocks(config, lambda progress: report(Building.of(progress)))
    report(
        Built(
            store=str(store.path),
            reused=store.reused,
            rows=tuple(store.ledger.rows()),
            training_blocks=len(store.blocks("train")),
            validation_blocks=len(store.blocks("validation")),
            vocab_size=store.vocab_size,
            warnings=store.ledger.warnings,
        )
    )


if __name__ == "__main__":
    sys.exit(run_worker(read))
