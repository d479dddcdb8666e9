"""Curves as characters: dots of braille, two by four in a cell, or one ASCII mark a cell. Knows nothing of Textual.

Each column of dots shows all that falls into it, from its lowest to its highest value, so that no spike is lost
however many points there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.runs.curves import Curve

    Dots: TypeAlias = NDArray[np.int64]

Style = Literal["solid", "faint", "dashed", "dotted"]

PATTERNS: dict[Style, tuple[int, int]] = {"solid": (1, 0), "faint": (1, 1), "dashed": (4, 3), "dotted": (1, 2)}
"""Columns of dots that are drawn and left out, in turn."""

ASCII_MARKS: dict[Style, str] = {"solid": "*", "faint": ".", "dashed": "o", "dotted": ":"}

BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot in a cell, by row and column."""


@dataclass(frozen=True, slots=True)
class Range:
    """What an axis shows, from `low` to `high`, `low` < `high`."""

    low: float
    high: float
    log: bool = False

    def share(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where values lie, from 0 at `low` to 1 at `high`; NaN where a logarithm has no place for them."""
        import numpy as np

        if not self.log:
            return (value - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(value > 0, np.log(value), np.nan)
        return (logs - math.log(self.low)) / (math.log(self.high) - math.log(self.low))


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A curve and how it is drawn.

    Attributes:
        name: What the legend calls it.
        curve: Its points.
        style: Its line; distinguishes curves where there is no colour.
        colour: What the caller colours it by; only passed on.
        mark: A character put on the line here and there, or nothing.
        axis: The axis of its values, at the right; None for the one that the other curves share, at the left.
    """

    name: str
    curve: Curve
    style: Style = "solid"
    colour: str = ""
    mark: str = ""
    axis: Range | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A character and the index of the series it belongs to; of none, -1."""

    character: str = " "
    series: int = -1


def rasterise(
    series: list[Series], x: Range, y: Range, width: int, height: int, braille: bool = True
) -> list[list[Cell]]:
    """Draw curves.

    Args:
        series: The first lies lowest.
        x: Steps from the left to the right edge.
        y: Values from the lower to the upper edge, of the curves without an axis of their own.
        width: Cells.
        height: Cells.
        braille: Dots, two by four in a cell; otherwise one mark a cell.

    Returns:
        Rows of cells from above.
    """
    import numpy as np

    across, down = (2, 4) if braille else (1, 1)
    weights = np.array(DOTS if braille else [[1]])
    bits = np.zeros((height, width), int)
    owner = np.full((height, width), -1)
    marks: dict[tuple[int, int], str] = {}
    dots = np.arange(height * down)[:, None]
    for index, one in enumerate(series):
        drawn, left_out = PATTERNS[one.style]
        columns, top, bottom = _columns(one.curve, x, one.axis or y, width * across, height * down)
        seen = (columns % (drawn + left_out) < drawn) | (top != bottom) | (across == 1)
        columns, top, bottom = columns[seen], top[seen], bottom[seen]
        picture = np.zeros((height * down, width * across), bool)
        picture[:, columns] = (dots >= top) & (dots <= bottom)
        cells = picture.reshape(height, down, width, across)
        bits |= np.einsum("rdca,da->rc", cells, weights)
        owner[cells.any(axis=(1, 3))] = index
        if one.mark and len(columns):
            row_of_mark = dict(zip((columns // across).tolist(), (bottom // down).tolist(), strict=True))
            marks |= {(row_of_mark[cell], cell): one.mark for cell in _spread(sorted(row_of_mark))}
    return [
        [
            _cell(*cell, marks.get((row, place), ""), series, braille)
            for place, cell in enumerate(zip(*cells, strict=True))
        ]
        for row, cells in enumerate(zip(bits.tolist(), owner.tolist(), strict=True))
    ]


def _cell(bits: int, owner: int, mark: str, series: list[Series], braille: bool) -> Cell:
    if owner < 0:
        return Cell()
    if mark:
        return Cell(mark, next(index for index, one in enumerate(series) if one.mark == mark))
    return Cell(chr(BRAILLE + bits) if braille else ASCII_MARKS[series[owner].style], owner)


def _spread(cells: list[int], every: int = 16) -> list[int]:
    """Return the cells that carry a mark: the last one, and some before."""
    return cells[::-1][::every]


def _columns(curve: Curve, x: Range, y: Range, width: int, height: int) -> tuple[Dots, Dots, Dots]:
    """Return the columns of dots that have something in them, and the highest and lowest dot of each, from above."""
    import numpy as np

    at = x.share(curve.steps) * (width - 1)
    first, last = np.searchsorted(at, 0, "right") - 1, np.searchsorted(at, width - 1) + 1
    kept = slice(max(0, int(first)), int(last))  # with a neighbour beyond each edge, to draw the line up to it
    at = at[kept]
    dots, low, high = ((1 - y.share(values[kept])) * (height - 1) for values in (curve.values, curve.low, curve.high))
    top, bottom = np.full(width, np.inf), np.full(width, -np.inf)
    nearest = np.rint(at).astype(int)
    on = (nearest >= 0) & (nearest < width)
    np.fmin.at(top, nearest[on], high[on])
    np.fmax.at(bottom, nearest[on], low[on])
    for line in _without_gaps(at, dots):
        begin, end = max(0, math.ceil(line[0][0])), min(width - 1, math.floor(line[0][-1]))
        columns = np.arange(begin, end + 1)
        if len(columns):
            upper, lower = _joined(np.rint(np.interp(columns, *line)))
            top[columns] = np.fmin(top[columns], upper)
            bottom[columns] = np.fmax(bottom[columns], lower)
    columns = np.flatnonzero(np.isfinite(top) & np.isfinite(bottom))
    above, below = (np.rint(dots[columns].clip(-1, height)).astype(int) for dots in (top, bottom))
    inside = (below >= 0) & (above < height)
    return columns[inside], above[inside].clip(0), below[inside].clip(max=height - 1)


def _joined(dots: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the highest and lowest dot of neighbouring columns so that no step between two of them leaves a hole."""
    import numpy as np

    upper, lower = dots.copy(), dots.copy()
    halfway = np.floor((dots[:-1] + dots[1:]) / 2)
    falls, climbs = np.diff(dots) > 1, np.diff(dots) < -1
    lower[:-1][falls] = halfway[falls]
    upper[1:][falls] = np.minimum(upper[1:], halfway + 1)[falls]
    upper[:-1][climbs] = np.minimum(upper[:-1], halfway + 1)[climbs]
    lower[1:][climbs] = np.maximum(lower[1:], halfway)[climbs]
    return upper, lower


def _without_gaps(
    at: NDArray[np.float64], dots: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield the pieces of a line between the points that are no number."""
    import numpy as np

    there = np.isfinite(dots)
    edges = np.flatnonzero(np.diff(there)) + 1
    for piece in np.split(np.arange(len(at)), edges):
        if len(piece) > 1 and there[piece[0]]:
            yield at[piece], dots[piece]
