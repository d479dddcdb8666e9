"""The charts of a run: which curves each has, and how they are distinguished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipe_tui.core.runs.steps import CURVES
from recipe_tui.tui.widgets.raster import Range, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipe_tui.core.runs.curves import Curve
    from recipe_tui.tui.train.watch import RunView

MARKS = "abcde"
"""Of the runs that are overlaid, in their order; as many as can be."""

SMOOTHINGS = (0.0, 0.6, 0.9, 0.97, 0.99)


CHARTS = tuple(
    name.replace("_", " ")
    for name in sorted((*CURVES, "overlap", "scorecard"), key=lambda name: name == "tokens_per_second")
    if name != "gpu_memory"
)
"""Titles of the charts, one for each curve, the speed last; that of the accelerator's memory is drawn with memory."""

SHARE = Range(0.0, 1.0)
"""The axis of overlap and coverage beside the loss."""

SCORECARD = (
    ("score", "score", "1"),
    ("coverage", "coverage", "2"),
    ("swapped_coverage", "of another prompt", "3"),
    ("parse_rate", "whole recipes", "4"),
    ("repetition_4gram", "repeated", "5"),
    ("overlap_13", "copied", "overlap"),
)
"""The curves of the scorecard with their titles and colours."""


def series_of(
    title: str, chosen: RunView | None, overlaid: Sequence[tuple[str, RunView]], smoothing: float
) -> list[Series]:
    """Return the curves of a chart, the lowest first; the overlaid runs come with their marks."""
    series: list[Series] = []
    name = title.replace(" ", "_")
    if chosen is not None:
        curves = chosen.log.curves
        if name == "loss":
            series += [*_shares(curves), *_loss(curves, smoothing)] if not overlaid else _loss(curves, smoothing)
        elif name == "memory":
            series += _named(curves, ("memory", "process", "1"), ("gpu_memory", "GPU", "2"))
        elif name == "overlap":
            series += _named(curves, ("overlap", "overlap", "overlap"), ("extraction", "extraction", "3"))
        elif name == "scorecard":
            series += _named(curves, *SCORECARD)
        else:
            series += _named(curves, (name, title, "1"))
    for mark, view in overlaid:
        curve = view.log.curves.get("score" if name == "scorecard" else name)
        if curve is not None:
            shown = _smooth(curve, smoothing) if name == "loss" else curve
            series.append(Series(view.name, shown, "solid", str(MARKS.index(mark) + 2), mark))
    return series


def _loss(curves: Mapping[str, Curve], smoothing: float) -> list[Series]:
    series: list[Series] = []
    if (raw := curves.get("loss")) is not None:
        if smoothing:
            series += [Series("train", raw, "faint", "1"), Series("smoothed", _smooth(raw, smoothing), "solid", "1")]
        else:
            series.append(Series("train", raw, "solid", "1"))
    if (validation := curves.get("validation")) is not None:
        series.append(Series("validation", validation, "dashed", "validation"))
    return series


def _shares(curves: Mapping[str, Curve]) -> list[Series]:
    """Return overlap, extraction and coverage beside the loss; they have charts of their own too, to overlay runs.

    The overlap is that of the scorecard's texts; without scorecards, that of the samples.
    """
    overlap, extraction = curves.get("overlap_13", curves.get("overlap")), curves.get("extraction")
    shares = (
        ("overlap", overlap, "overlap"),
        ("extraction", extraction, "3"),
        ("coverage", curves.get("coverage"), "2"),
    )
    return [Series(name, curve, "dotted", colour, axis=SHARE) for name, curve, colour in shares if curve is not None]


def _named(curves: Mapping[str, Curve], *named: tuple[str, str, str]) -> list[Series]:
    return [
        Series(title, curves[name], "solid" if number == 0 else "dashed", colour)
        for number, (name, title, colour) in enumerate(named)
        if name in curves
    ]


def _smooth(curve: Curve, smoothing: float) -> Curve:
    from recipe_tui.core.runs.curves import smoothed

    values = smoothed(curve.values, smoothing)
    return replace(curve, values=values, low=values, high=values)
