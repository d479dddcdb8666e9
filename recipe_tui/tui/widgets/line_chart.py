"""A chart of curves over steps: linear or logarithmic, of the whole run or of a window on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.widgets.raster import Cell, Range, Series, rasterise
from recipe_tui.tui.widgets.ticks import short, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events

FEWEST_STEPS = 8
"""Width of the narrowest window."""

BRIDGED = 2
"""Cells of a faint line, between two stretches of the line that smooths it, that are drawn as brightly as these."""


@dataclass(frozen=True, slots=True)
class Window:
    """What part of the steps is shown.

    Attributes:
        span: Steps from edge to edge; None for all.
        end: The step at the right edge; None to follow the latest.
    """

    span: float | None = None
    end: float | None = None


class LineChart(Widget):
    """Draws series of points; lines of the screen that stay as they were are not sent again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-chart--axis",
        "line-chart--validation",
        "line-chart--overlap",
        *(f"line-chart--{number}" for number in range(1, 7)),
    }

    DEFAULT_CSS = """
    LineChart {
        .line-chart--axis { color: $text-muted; }
        .line-chart--validation { color: $curve-validation; }
        .line-chart--overlap { color: $curve-overlap; }
        .line-chart--1 { color: $curve-1; }
        .line-chart--2 { color: $curve-2; }
        .line-chart--3 { color: $curve-3; }
        .line-chart--4 { color: $curve-4; }
        .line-chart--5 { color: $curve-5; }
        .line-chart--6 { color: $curve-6; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.window = Window()
        self.log_axis = False
        self._series: list[Series] = []
        self._empty = ""
        self._strips: list[Strip] = []
        self._styles: dict[tuple[str, bool], RichStyle] = {}

    def show(self, series: Sequence[Series], empty: str = "") -> None:
        """Draw curves.

        Args:
            series: What to draw, the lowest first; `Series.colour` is ``1`` to ``6``, ``validation`` or ``overlap``.
            empty: What to say if there is nothing to draw.
        """
        self._series = [replace(one, name=sanitize_line(one.name, 24)) for one in series if len(one.curve)]
        self._empty = empty
        self.draw()

    def set_log_axis(self, log_axis: bool) -> None:
        """Choose between a logarithmic and a linear axis of values."""
        self.log_axis = log_axis
        self.draw()

    @property
    def follows(self) -> bool:
        """Whether the latest step stays at the right edge."""
        return self.window.end is None

    def follow(self, follows: bool) -> None:
        """Keep the latest step at the right edge, or stay where the window is."""
        self.window = replace(self.window, end=None if follows else self._last_step)
        self.draw()

    def zoom(self, factor: float) -> None:
        """Show so many times as many steps; below 1 is fewer."""
        whole = self._last_step - self._first_step
        span = max(FEWEST_STEPS, (self.window.span or whole) * factor)
        self.window = replace(self.window, span=span) if span < whole else Window()
        self.draw()

    def pan(self, share: float) -> None:
        """Move the window by a share of its width; beyond the latest step it follows again."""
        if self.window.span is None:
            return
        low, high = self._steps()
        high = min(high, self._last_step)
        end = max(self._first_step + self.window.span, high + share * (high - low))
        self.window = replace(self.window, end=end if end < self._last_step else None)
        self.draw()

    def render_line(self, y: int) -> Strip:
        """Return a line of the picture."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.content_size.width, self.rich_style)

    def on_resize(self, event: events.Resize) -> None:
        """Draw in the new size."""
        self.draw()

    def notify_style_update(self) -> None:
        """Draw in the new colours."""
        super().notify_style_update()
        if self._strips:
            self.draw()

    def draw(self) -> None:
        """Draw the lines that have changed."""
        width, height = self.content_size
        if not width or not height:
            return
        self._styles.clear()  # colours may have changed
        lines = self._picture(width, height) if self._series else self._message(width, height)
        strips = [Strip(line).adjust_cell_length(width, self.rich_style) for line in lines]
        before, self._strips = self._strips, strips
        if len(before) != len(strips):
            self.refresh()
        else:
            changed = [y for y, (old, new) in enumerate(zip(before, strips, strict=True)) if old != new]
            if changed:
                self.refresh(*(Region(0, y, width, 1) for y in changed))

    @property
    def _first_step(self) -> float:
        return min((float(one.curve.steps[0]) for one in self._series), default=0.0)

    @property
    def _last_step(self) -> float:
        return max((float(one.curve.steps[-1]) for one in self._series), default=0.0)

    def _steps(self) -> tuple[float, float]:
        """Return the steps at both edges."""
        end = self._last_step if self.window.end is None else self.window.end
        begin = self._first_step if self.window.span is None else end - self.window.span
        if self.window.end is None:  # the picture moves when there is a column to win, not with every step
            column = (end - begin) / (2 * max(1, self.content_size.width))
            if column >= 1:
                grain = 2.0 ** math.floor(math.log2(column))
                end = self._first_step + math.ceil((end - self._first_step) / grain) * grain
        return begin, max(end, begin + 1)

    def _values(self, steps: tuple[float, float]) -> Range:
        """Return the values that fit what is shown of the curves."""
        import numpy as np

        floor = 0.0 if self.log_axis else -math.inf
        low, high = math.inf, -math.inf
        for one in self._series:
            if one.axis is not None:
                continue
            shown = (one.curve.steps >= steps[0]) & (one.curve.steps <= steps[1])
            numbers = np.concatenate([one.curve.low[shown], one.curve.high[shown]])
            numbers = numbers[np.isfinite(numbers) & (numbers > floor)]
            if len(numbers):
                low, high = min(low, float(numbers.min())), max(high, float(numbers.max()))
        if low > high:
            return Range(1.0, 10.0, self.log_axis)
        if high - low <= 1e-9 * abs(high):
            room = abs(high) / 10 or 1.0
            return Range(low - room, high + room, self.log_axis)
        return Range(low, high, self.log_axis)

    def _message(self, width: int, height: int) -> Iterator[list[Segment]]:
        text = sanitize_line(self._empty, width)
        for y in range(height):
            line = text.center(width) if y == height // 2 else " " * width
            yield [Segment(line[:width], self._style("axis"))]

    def _picture(self, width: int, height: int) -> Iterator[list[Segment]]:
        glyphs = glyphs_of(self)
        side_tick = "┤" if glyphs.braille else "+"
        axis = self._style("axis")
        rows = max(1, height - 3)
        steps = self._steps()
        values = self._values(steps)
        marked = ticks(values.low, values.high, max(2, rows // 3), values.log)
        labels = {round((1 - self._share(values, value)) * (rows - 1)): short(value) for value in marked}
        margin = max(map(len, labels.values()), default=1)
        right = self._right_labels(rows)
        plot = max(1, width - margin - 1 - max(map(len, right.values()), default=0))
        x = Range(*steps)
        cells = rasterise(self._series, x, values, plot, rows, glyphs.braille)
        yield self._legend(width, glyphs.braille)
        for y, row in enumerate(cells):
            line = side_tick if y in labels else glyphs.vertical
            blank = next((place for place, cell in enumerate(row) if cell.series >= 0), plot)
            edge = f"{labels.get(y, ''):>{margin}}{line}" + " " * blank
            yield [
                Segment(edge, axis),
                *self._coloured(row[blank:]),
                *([Segment(right[y], axis)] if y in right else []),
            ]
        places = {round(self._share(x, step) * (plot - 1)): short(step, 4) for step in self._round_steps(steps, plot)}
        line = "".join(glyphs.tick if column in places else glyphs.horizontal for column in range(plot))
        yield [Segment(" " * margin + glyphs.corner + line, axis)]
        yield [Segment(_labels(places, margin + 1, width, "step"), axis)]

    def _right_labels(self, rows: int) -> dict[int, str]:
        """Return the labels at the right edge, in percent, by row; none unless a curve has an axis of its own."""
        for one in self._series:
            if one.axis is not None:
                marked = ticks(one.axis.low, one.axis.high, max(2, rows // 3))
                return {round((1 - self._share(one.axis, value)) * (rows - 1)): f" {value:.0%}" for value in marked}
        return {}

    def _round_steps(self, steps: tuple[float, float], width: int) -> list[float]:
        return [step for step in ticks(*steps, max(2, width // 12)) if step == int(step)]

    def _share(self, axis: Range, value: float) -> float:
        import numpy as np

        return float(axis.share(np.asarray(value)))

    def _coloured(self, row: Sequence[Cell]) -> Iterator[Segment]:
        """Return a row of cells as segments, as few as can be: each change of colour costs 40 bytes."""
        owners: list[int] = []
        for cell in row:
            owners.append(owners[-1] if cell.series < 0 and owners else cell.series)
        runs = [(owner, len(list(run))) for owner, run in groupby(owners)]
        text = "".join(cell.character for cell in row)
        merged: list[tuple[int, int]] = []
        for place, (owner, length) in enumerate(runs):
            if 0 < place < len(runs) - 1 and length <= BRIDGED and self._is_shade(owner, runs[place + 1][0]):
                owner = merged[-1][0] if merged[-1][0] == runs[place + 1][0] else owner
            if merged and merged[-1][0] == owner:
                length += merged.pop()[1]
            merged.append((owner, length))
        start = 0
        for owner, length in merged:
            yield Segment(text[start : start + length], self._style_of(owner))
            start += length

    def _is_shade(self, series: int, other: int) -> bool:
        """Say whether a series is the faint one of two that have the same colour."""
        one, over = self._series[series], self._series[other]
        return one.style == "faint" and over.style != "faint" and one.colour == over.colour

    def _legend(self, width: int, braille: bool) -> list[Segment]:
        """Return each series' name after a piece of its line, drawn as it is drawn in the chart."""
        from recipe_tui.core.runs.curves import Curve

        segments: list[Segment] = []
        flat = Curve.of([0, 1], [0.5, 0.5])
        for index, one in enumerate(self._series):
            sample = rasterise([replace(one, curve=flat, mark="", axis=None)], Range(0, 1), Range(0, 1), 4, 1, braille)[
                0
            ]
            line = "".join(cell.character for cell in sample[: 3 if one.mark else 4]) + one.mark
            segments += [Segment(line, self._style_of(index)), Segment(f" {one.name}  ", self._style("axis"))]
        length = sum(segment.cell_length for segment in segments)
        return [Segment(" " * max(0, width - length), self._style("axis")), *segments]

    def _style_of(self, series: int) -> RichStyle:
        one = self._series[series]
        return self._style(one.colour or "1", one.style == "faint")

    def _style(self, name: str, faint: bool = False) -> RichStyle:
        if (name, faint) not in self._styles:
            style = self.get_component_rich_style(f"line-chart--{name}")
            self._styles[name, faint] = style + RichStyle(dim=True) if faint else style
        return self._styles[name, faint]


def _labels(places: dict[int, str], margin: int, width: int, unit: str) -> str:
    """Return a line with labels around their columns, as many as do not touch each other, and the unit at its end."""
    line = " " * margin
    for column, label in sorted(places.items()):
        at = min(max(margin + column - len(label) // 2, 0), width - len(label))
        if at > len(line.rstrip()) or not line.strip():
            line = line[:at].ljust(at) + label
    if len(line) + 1 + len(unit) <= width:
        line = f"{line} {unit}"
    return line.ljust(width)[:width]
