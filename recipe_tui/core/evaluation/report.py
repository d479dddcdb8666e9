"""The report: one HTML page that needs nothing else, with plots as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.evaluation.scores import MEASURES, Measure
from recipe_tui.core.evaluation.verdict import SYSTEM_TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipe_tui.core.evaluation.benchmark import Benchmark
    from recipe_tui.core.evaluation.evaluate import Evaluated
    from recipe_tui.core.evaluation.statistics import Interval

TEMPLATE = Path(__file__).with_name("report.html")

PLOTTED = ("coverage", "order_tau", "rouge_l", "repetition_4gram", "overlap_13", "extras")
"""Measures that are plotted, a row for each system."""

SLICED = ("coverage", "order_tau", "rouge_l", "repetition_4gram", "overlap_13")
"""Measures that are shown by tag."""

PLOT_WIDTH = 260.0
"""Width of the part of a plot that has the scale, in pixels."""

SHOWN_TEXTS = 12
"""Texts that are shown beside the human ones."""


@dataclass(frozen=True, slots=True)
class PlotRow:
    """A row of a plot, in pixels.

    Attributes:
        label: Its name.
        value: Its value as text.
        x: Place of the value.
        left: Beginning of the interval.
        right: End of the interval.
    """

    label: str
    value: str
    x: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Values with intervals, one row for each system.

    Attributes:
        title: What is plotted.
        rows: The rows.
        ticks: Places and labels of the scale.
    """

    title: str
    rows: tuple[PlotRow, ...]
    ticks: tuple[tuple[float, str], ...]


def plot(measure: Measure, intervals: Mapping[str, Mapping[str, Interval]]) -> Plot | None:
    """Return the plot of a measure; None where no system has it."""
    found = {
        system: values[measure.name] for system, values in intervals.items() if values[measure.name].value is not None
    }
    if not found:
        return None
    ends = [end for one in found.values() for end in (one.value, one.low, one.high) if end is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = high - low or 1.0

    def place(value: float | None, otherwise: float) -> float:
        return round(((otherwise if value is None else value) - low) / span * PLOT_WIDTH, 1)

    rows = tuple(
        PlotRow(
            SYSTEM_TITLES[system],
            shown(one, measure),
            place(one.value, 0.0),
            place(one.low, one.value or 0.0),
            place(one.high, one.value or 0.0),
        )
        for system, one in found.items()
    )
    ticks = tuple((place(value, 0.0), f"{value:.2g}") for value in (low, (low + high) / 2, high))
    return Plot(measure.title, rows, ticks)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text.

    Attributes:
        text: The text.
        title: For a copied span, where it occurs; empty for all else.
    """

    text: str
    title: str = ""


def marked(text: str, benchmark: Benchmark) -> list[Part]:
    """Return the parts of a text: copied spans with their sources, and what is between them."""
    parts: list[Part] = []
    end = 0
    for span in benchmark.index.spans(text, sources=1):
        if span.copied and span.end > end:
            start = max(span.start, end)
            source = f"{span.words} words of {benchmark.store.title(span.recipes[0])}"
            parts += [Part(text[end:start]), Part(text[start : span.end], source)]
            end = span.end
    return [one for one in (*parts, Part(text[end:])) if one.text]


def shown(one: Interval, measure: Measure) -> str:
    """Return a value as text; a dash where there is none."""
    return "–" if one.value is None else f"{one.value:,.{measure.digits}f}"


def shown_interval(one: Interval, measure: Measure) -> str:
    """Return an interval as text; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    return f"{one.low:,.{measure.digits}f} – {one.high:,.{measure.digits}f}"


def measured(intervals: Mapping[str, Mapping[str, Interval]]) -> list[Measure]:
    """Return the measures that at least one system has."""
    return [one for one in MEASURES if any(values[one.name].value is not None for values in intervals.values())]


def write_report(path: Path, evaluated: Evaluated, command: Sequence[str] = ()) -> None:
    """Write the report of an evaluation.

    Args:
        path: The HTML file.
        evaluated: The evaluation.
        command: The command line that made it.

    Raises:
        OutputError: The file cannot be written.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(
        marked=partial(marked, benchmark=evaluated.benchmark),
        shown=shown,
        shown_interval=shown_interval,
        measured=measured,
        plot=plot,
        system_titles=SYSTEM_TITLES,
    )
    by_name = {one.name: one for one in MEASURES}
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        evaluated=evaluated,
        prompts=evaluated.benchmark.prompts,
        store=str(evaluated.benchmark.store.path),
        bleu=evaluated.benchmark.scorer.bleu_signature,
        matcher=evaluated.matcher,
        plotted=[by_name[name] for name in PLOTTED],
        sliced=[by_name[name] for name in SLICED],
        measures=MEASURES,
        texts=SHOWN_TEXTS,
        command=" ".join(command),
    )
    write_text(path, page)
