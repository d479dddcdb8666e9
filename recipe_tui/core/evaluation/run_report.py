"""The report of a run: one HTML page that needs nothing else, with its curves as inline SVG."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.blocks.ledger import Ledger
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.curves import smoothed
from recipe_tui.core.runs.event_text import overlap_figures, summary
from recipe_tui.core.runs.events import Sample
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.formatting import duration
from recipe_tui.core.runs.perplexity import perplexity
from recipe_tui.core.runs.status import summarize
from recipe_tui.core.runs.tail import LogTail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.runs.curves import Curve
    from recipe_tui.core.runs.status import RunSummary

TEMPLATE = Path(__file__).with_name("run_report.html")

WIDTH, HEIGHT = 560.0, 200.0
"""Pixels of the part of a chart that has the curves."""

SMOOTHING = 0.9
"""Weight of the past in the smoothed training loss."""

SAMPLES = 20
"""Samples that are shown: the first one and the latest."""

EVENTS = 500
"""Events that are shown, the latest."""

LARGEST_LEDGER = 16 << 20

CHARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Loss (nats per target token)", ("loss", "validation")),
    ("Learning rate", ("learning_rate",)),
    ("Gradient norm before clipping", ("gradient_norm",)),
    ("Tokens per second", ("tokens_per_second",)),
    ("Memory (bytes)", ("memory", "gpu_memory")),
    ("Overlap of samples with the training text, and extraction of training recipes", ("overlap", "extraction")),
)
"""Titles of the charts, and the curves that each has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A curve in a chart.

    Attributes:
        name: Its name.
        style: ``faint``, ``first`` or ``second``.
        pieces: Points of each part without a gap, as SVG's ``points``.
    """

    name: str
    style: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over steps, in pixels.

    Attributes:
        title: What is drawn.
        lines: The curves.
        x_ticks: Places and labels of steps.
        y_ticks: Places, from the top, and labels of values.
    """

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]


def chart(title: str, names: Sequence[str], curves: Mapping[str, Curve]) -> Chart | None:
    """Return a chart of some curves; None where none of them has a point.

    Args:
        title: Of the chart.
        names: The curves to draw; the training loss is drawn faintly, and smoothed over it.
        curves: By name.
    """
    drawn: list[tuple[str, str, NDArray[np.float64], NDArray[np.float64]]] = []
    for place, name in enumerate(name for name in names if name in curves):
        curve, style = curves[name], "second" if place else "first"
        if name == "loss":
            drawn.append(("train", "faint", curve.steps, curve.values))
            drawn.append((f"train, smoothed {SMOOTHING:g}", style, curve.steps, smoothed(curve.values, SMOOTHING)))
        else:
            drawn.append((name.replace("_", " "), style, curve.steps, curve.values))
    numbers = [values[np.isfinite(values)] for _, _, _, values in drawn]
    known = np.concatenate(numbers) if numbers else np.empty(0)
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    first, last = (float(bound) for bound in (min(s[0] for _, _, s, _ in drawn), max(s[-1] for _, _, s, _ in drawn)))
    span = max(last - first, 1.0)

    def pieces(steps: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[str, ...]:
        found: list[list[str]] = [[]]
        for x, y in zip((steps - first) / span * WIDTH, (high - values) / (high - low) * HEIGHT, strict=True):
            if math.isfinite(y):
                found[-1].append(f"{x:.1f},{y:.1f}")
            elif found[-1]:
                found.append([])
        return tuple(" ".join(points) for points in found if points)

    return Chart(
        title,
        tuple(Line(name, style, pieces(steps, values)) for name, style, steps, values in drawn),
        tuple((share * WIDTH, f"{first + share * span:,.0f}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        tuple((share * HEIGHT, f"{high - share * (high - low):.4g}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )


def figures(run: RunSummary) -> list[tuple[str, str]]:
    """Return the figures of a run by name, as far as they are known."""
    found = [("state", run.state), ("model", run.model), ("started", _moment(run.started))]
    found.append(("steps", f"{run.step:,} of {run.total_steps:,}"))
    for name, loss in (("training loss", run.train_loss), ("validation loss", run.validation_loss)):
        found += [] if loss is None else [(name, f"{loss:.4f}")]
    if (best := run.best_validation_loss) is not None:
        found.append(("best validation loss", f"{best:.4f} (perplexity {perplexity(best):,.2f})"))
    if run.tokens_per_second is not None:
        found.append(("tokens per second", f"{run.tokens_per_second:,.0f}"))
    found.append(("time in training", duration(run.seconds)))
    return [*found, ("why it ended", run.reason)] if run.reason else found


def ledger_rows(store: str) -> list[tuple[str, int]]:
    """Return the ledger of a block store as rows; none where the store is gone."""
    try:
        return Ledger.from_json(read_json(Path(store) / paths.STORE_LEDGER, LARGEST_LEDGER)).rows()
    except (OSError, ValueError):
        return []


def render_run_report(run: Path) -> str:
    """Return the report of a run as an HTML page.

    Args:
        run: The run folder.

    Raises:
        RunError: The folder is no run, or is damaged.
    """
    from jinja2 import Environment, StrictUndefined

    manifest = RunManifest.read(run)
    tail = LogTail(run / paths.EVENTS)
    try:
        tail.poll()
        tail.draw()
        config = (run / paths.RUN_CONFIG).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RunError(f"{run}: cannot be read ({error.strerror})", "check its permissions") from error
    samples = [event for event in tail.log.events if isinstance(event, Sample)]
    charts = (chart(title, names, tail.log.curves) for title, names in CHARTS)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=run.name,
        figures=figures(summarize(run, tail.log)),
        charts=[one for one in charts if one is not None],
        samples=[(one, overlap_figures(one)) for one in _first_and_latest(samples)],
        config=config,
        ledger=ledger_rows(manifest.store),
        libraries=manifest.libraries,
        events=[(_moment(event.time), summary(event)) for event in tail.log.events[-EVENTS:]],
        width=WIDTH,
        height=HEIGHT,
    )


def write_run_report(run: Path, path: Path) -> None:
    """Write the report of a run.

    Raises:
        RunError: The folder is no run, or is damaged.
        OutputError: The file cannot be written.
    """
    write_text(path, render_run_report(run))


def _first_and_latest(samples: list[Sample]) -> list[Sample]:
    return samples if len(samples) <= SAMPLES else [samples[0], *samples[1 - SAMPLES :]]


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
