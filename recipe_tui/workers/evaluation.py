"""``python -m recipe_tui.workers.evaluation``: evaluates a model on held-out prompts, as ``recipe-tui evaluate`` does.

It reads an `EvaluationRequest` as JSON from its stdin, and reports how far it is and what was measured. What is
written is kept in the output folder, so that one that was stopped continues when the same is asked for again.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.workers.lines import adapter
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone, EvaluationRow, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.evaluation.benchmark import EvaluationProgress
    from recipe_tui.core.evaluation.result import Evaluation
    from recipe_tui.workers.reports import Report

SHOWN = (
    "coverage",
    "extras",
    "order_tau",
    "rouge_l",
    "repetition_4gram",
    "overlap_13",
    "longest_span",
    "parse_rate",
    "directions_perplexity",
    "directions_bits_per_byte",
    "extraction",
)
"""The measures that are reported; the page of the report has them all."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What is to be evaluated.

    Attributes:
        model: A run folder, or any other name of a model.
        output: Folder of the runs; the texts are kept in it.
        prompts: Number of held-out prompts.
        max_new_tokens: Longest text, in tokens.
        report: HTML file to write; empty for none.
    """

    model: str
    output: str
    prompts: int
    max_new_tokens: int
    report: str = ""

    @property
    def command(self) -> list[str]:
        """The command line that does the same."""
        command = ["recipe-tui", "evaluate", self.model, "--output", self.output, "--prompts", str(self.prompts)]
        command += ["--max-new-tokens", str(self.max_new_tokens)]
        return [*command, "--report", self.report] if self.report else command


def evaluate(request: EvaluationRequest, report: Callable[[Report], None]) -> None:
    """Evaluate the model, and write the page."""
    from recipe_tui.core.backend import select_backend
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.subject import find_store, find_subject

    subject = find_subject(request.model)
    store = find_store([subject], None)
    select_backend()
    from recipe_tui.core.evaluation.evaluate import evaluate as run
    from recipe_tui.core.evaluation.report import write_report

    def observe(one: EvaluationProgress) -> None:
        report(EvaluationAt(one.stage_title, one.done, one.total, one.tokens))

    config = GenerationConfig(max_new_tokens=request.max_new_tokens)
    done = run([subject], store, request.prompts, config, Path(request.output), observe)
    if request.report:
        write_report(Path(request.report), done, [shlex.join(request.command)])
    report(conclusion(done.evaluations[0], len(done.benchmark.prompts), request.report))


def conclusion(evaluation: Evaluation, prompts: int, page: str) -> EvaluationDone:
    """Return the report of a finished evaluation.

    Args:
        evaluation: What was measured.
        prompts: Number of prompts that it was measured on.
        page: HTML file of the whole report; empty if there is none.
    """
    from recipe_tui.core.evaluation.report import measured, shown

    systems = evaluation.intervals
    rows = tuple(
        EvaluationRow(measure.title, {name: shown(values[measure.name], measure) for name, values in systems.items()})
        for measure in measured(systems)
        if measure.name in SHOWN
    )
    conditions = tuple((one.passed, one.name, one.measured) for one in evaluation.verdict.conditions)
    return EvaluationDone(
        prompts, evaluation.verdict.headline, conditions, rows, evaluation.notes, page, evaluation.folder
    )


if __name__ == "__main__":
    sys.exit(run_worker(evaluate, adapter(EvaluationRequest).validate_json))
