"""``recipe-tui evaluate``: whether a model got better, and whether it copies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.core.config import Config
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.evaluation.evaluate import Evaluated
    from recipe_tui.core.evaluation.result import Comparison, Evaluation
    from recipe_tui.core.evaluation.statistics import Interval

SHORT_TITLES = {"swapped": "swapped", "bm25": "BM25"}
"""Columns of the terminal's table that are not called like their system."""


@command("generation", "top.output", rest="model", rest_help=", and models or runs to evaluate")
def evaluate(
    terminal: Terminal,
    config: Config,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Run, model folder, adapter or name; may be repeated. None: human text and baselines alone."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Block store with the held-out recipes.", show_default="that of the run")
    ] = None,
    prompts: Annotated[int, typer.Option(min=1, metavar="N", help="Held-out prompts.")] = 200,
    base: Annotated[str | None, typer.Option(help="Model that was fine-tuned.", show_default="that of the run")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with tables, plots and texts.")
    ] = None,
) -> Outcome:
    """Evaluate models on held-out recipes: coverage, repetition, copying, perplexity, each with an interval.

    Every figure stands beside those of the model's base, human text, another prompt and trivial baselines. Texts are
    kept in the output folder, so that a stopped evaluation continues, and the same one takes seconds. Ctrl-C stops.
    """
    if not model and store is None:
        raise UsageError(
            "nothing to evaluate", "name a run or a model; or a block store for the baselines: --store DIR"
        )
    if base is not None and len(model or ()) > 1:
        raise UsageError("--base is that of a single model", "evaluate the models one by one")
    config.generation.check()
    if report is not None and report.is_dir():
        raise UsageError(f"{report}: a folder", "name a file: --report evaluation.html")
    if report is not None and not report.parent.is_dir():
        raise UsageError(f"{report.parent}: no such folder", "make it, or name another file: --report evaluation.html")
    from recipe_tui.core.backend import select_backend
    from recipe_tui.core.evaluation.subject import find_store, find_subject

    subjects = [find_subject(name, base) for name in model or ()]
    opened = find_store(subjects, store)
    if subjects:
        select_backend()
    from recipe_tui.core.evaluation.evaluate import evaluate as run
    from recipe_tui.core.evaluation.report import write_report

    with ProgressView(terminal) as progress:
        done = run(subjects, opened, prompts, config.generation, config.output, progress.evaluation)
    drawn = done.benchmark.prompts
    fewer = f"; {drawn.shortage}" if drawn.shortage else ""
    terminal.say(f"{len(drawn):,} prompts from the {drawn.split} split{fewer}")
    if report is not None:
        write_report(report, done, sys.argv)
        terminal.say(f"report: {report}")
    if not terminal.as_json:
        _show(terminal, done)
    return Outcome(to_json(done))


def to_json(done: Evaluated) -> dict[str, Any]:
    """Return what ``--json`` prints: the first model's evaluation, and those of the others and all comparisons."""
    prompts = done.benchmark.prompts
    document: dict[str, Any] = {
        "prompts": len(prompts),
        "split": prompts.split,
        "store": str(done.benchmark.store.path),
        "matcher": done.matcher,
        "sacrebleu_signature": done.benchmark.scorer.bleu_signature,
        "systems": done.baselines,
        "verdict": None,
    }
    evaluations = [one.to_json() for one in done.evaluations]
    if evaluations:
        document |= evaluations[0]
    return document | {"others": evaluations[1:], "comparisons": [one.to_json() for one in done.comparisons]}


def _show(terminal: Terminal, done: Evaluated) -> None:
    if not done.evaluations:
        _show_systems(terminal, done.baselines)
    for one in done.evaluations:
        terminal.show(f"{one.name}\n")
        _show_systems(terminal, one.intervals)
        _show_verdict(terminal, one)
    for pair in done.comparisons:
        _show_comparison(terminal, pair)


def _show_systems(terminal: Terminal, systems: Mapping[str, Mapping[str, Interval]]) -> None:
    """Print a row for each measure; of the model with its interval."""
    from recipe_tui.core.evaluation.report import measured, shown, shown_interval

    first = next(iter(systems))
    columns = ["", first, "95 %", *(SHORT_TITLES.get(name, name) for name in systems if name != first)]
    rows = [
        [
            measure.title,
            shown(systems[first][measure.name], measure),
            shown_interval(systems[first][measure.name], measure),
            *(shown(values[measure.name], measure) for name, values in systems.items() if name != first),
        ]
        for measure in measured(systems)
    ]
    terminal.show_table(columns, rows, right=columns[1:])


def _show_verdict(terminal: Terminal, one: Evaluation) -> None:
    rows = [
        ("yes" if condition.passed else "no", condition.name, condition.measured)
        for condition in one.verdict.conditions
    ]
    terminal.show_table(("holds", "condition", "measured"), rows)
    terminal.show(f"verdict: {one.verdict.sentence}\n\n")
    for note in one.notes:
        terminal.say(f"note: {note}")
    terminal.say(f"texts: {one.folder}")


def _show_comparison(terminal: Terminal, pair: Comparison) -> None:
    from recipe_tui.core.evaluation.scores import MEASURES

    terminal.show(f"{pair.second} minus {pair.first}\n")
    titles = {one.name: one.title for one in MEASURES}
    rows = [
        (
            titles[name],
            number(one.difference.value, 4),
            number(one.difference.low, 4),
            number(one.difference.high, 4),
            number(one.p, 3),
            "yes" if one.significant else "no",
        )
        for name, one in pair.differences.items()
    ]
    columns = ("", "difference", "from", "to", "p", "significant")
    terminal.show_table(columns, rows, right=columns[1:])
