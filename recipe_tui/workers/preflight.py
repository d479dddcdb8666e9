"""``python -m recipe_tui.workers.preflight``: reports what would fail, and the memory and speed to expect."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.families.table import read_shape
from recipe_tui.core.machine import available_memory
from recipe_tui.core.planning.memory import plan_memory, trainable_parameters
from recipe_tui.core.planning.preflight import model_folder, preflight
from recipe_tui.core.planning.speed import expected_speed
from recipe_tui.workers.reports import Estimated, Found, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config
    from recipe_tui.workers.reports import Report


def look(config: Config, report: Callable[[Report], None]) -> None:
    """Report the findings, then memory and speed of the training if the model can be found."""
    for finding in preflight(config):
        report(Found(**asdict(finding)))
    try:
        shape = read_shape(model_folder(config, (paths.MODEL_CONFIG,)), config.model, config.data.new_vocab_size)
    except RecipeTuiError:
        return  # reported above
    available = available_memory()
    speed = expected_speed(config.output, shape.parameters, available.on_gpu, trainable_parameters(shape, config))
    report(
        Estimated(
            parameters=shape.parameters,
            memory=plan_memory(shape, config, on_gpu=available.on_gpu).total,
            what=available.what,
            free=available.free,
            tokens_per_second=None if speed is None else speed.tokens_per_second,
            basis="" if speed is None else speed.basis,
        )
    )


if __name__ == "__main__":
    sys.exit(run_worker(look))
