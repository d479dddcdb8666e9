"""``python -m recipe_tui.workers.export``: exports a model and compares it, as ``recipe-tui export`` does.

It reads an `ExportRequest` as JSON from its stdin. An export that is terminated leaves no folder.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.config import GgufType  # noqa: TC001 - pydantic reads it
from recipe_tui.workers.lines import adapter
from recipe_tui.workers.reports import ExportAt, ExportDone, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.workers.reports import Report


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be exported.

    Attributes:
        model: A run folder, or any other name of a model.
        folder: Folder to write.
        form: See `recipe_tui.core.export.export.export`.
        gguf_type: Type of a GGUF file's weights.
    """

    model: str
    folder: str
    form: Literal["huggingface", "adapter", "gguf"]
    gguf_type: GgufType = "f16"


def export(request: ExportRequest, report: Callable[[Report], None]) -> None:
    """Export the model, and report the comparison."""
    from recipe_tui.core.backend import select_backend

    report(ExportAt("loading the libraries"))
    select_backend()
    from recipe_tui.core.export.export import export as write

    done = write(
        request.model,
        Path(request.folder),
        request.form,
        request.gguf_type,
        report=lambda stage: report(ExportAt(stage)),
    )
    verdict = done.verdict
    report(ExportDone(str(done.folder), done.weights.name, done.size, verdict.standing, tuple(verdict.rows())))


if __name__ == "__main__":
    sys.exit(run_worker(export, adapter(ExportRequest).validate_json))
