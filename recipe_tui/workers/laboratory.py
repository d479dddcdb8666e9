"""``python -m recipe_tui.workers.laboratory``: writes the texts of an experiment to its file.

It reads a `LaboratoryRequest` as JSON from its stdin, and reports how far it is.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest  # noqa: TC001 - pydantic reads it
from recipe_tui.workers.lines import adapter
from recipe_tui.workers.reports import ExperimentAt, ExperimentEstimated, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.evaluation.laboratory.experiment import Variant
    from recipe_tui.core.generation.generator import Generator
    from recipe_tui.workers.reports import Report


@dataclass(frozen=True, slots=True)
class LaboratoryRequest:
    """An experiment and its file.

    Attributes:
        experiment: What is asked for.
        file: The file of the texts.
        confirmed: Whether it is written however long it takes.
    """

    experiment: ExperimentRequest
    file: str
    confirmed: bool = False


def write(request: LaboratoryRequest, report: Callable[[Report], None]) -> None:
    """Write the texts that are missing."""
    from recipe_tui.core.backend import select_backend

    wanted = request.experiment
    experiment = wanted.experiment()
    path = Path(request.file)
    select_backend()
    from recipe_tui.core.evaluation.laboratory.run import Estimate, LaboratoryProgress, run_experiment
    from recipe_tui.core.generation.generator import Generator

    def load(variant: Variant) -> Generator:
        return Generator.load(
            variant.model.folder,
            wanted.precision,
            wanted.quantization,
            lambda text: report(ExperimentAt(text, 0, 0, 0)),
        )

    def observe(one: LaboratoryProgress) -> None:
        report(ExperimentAt(one.stage, one.done, one.total, one.tokens))

    def estimated(one: Estimate) -> None:
        report(ExperimentEstimated(str(one), one.needs_confirmation))

    run_experiment(experiment, path, load, observe, estimated, request.confirmed)


if __name__ == "__main__":
    sys.exit(run_worker(write, adapter(LaboratoryRequest).validate_json))
