"""The chart of the chosen run, with the runs beside it: what it draws, how it is smoothed, and its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.train.charts import CHARTS, SMOOTHINGS, series_of
from recipe_tui.tui.widgets.line_chart import LineChart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.tui.train.watch import RunView


class ChartPanel(LineChart):
    """One of the charts of the chosen run.

    Attributes:
        smoothing: Weight of the past in the smoothed training loss; 0 smooths nothing.
    """

    def __init__(self) -> None:
        super().__init__(id="chart")
        self.smoothing = 0.0
        self._kind = 0
        self._chosen: RunView | None = None
        self._overlaid: Sequence[tuple[str, RunView]] = ()

    def show_runs(self, chosen: RunView | None, overlaid: Sequence[tuple[str, RunView]]) -> None:
        """Draw the chosen run, and others with their marks."""
        self._chosen, self._overlaid = chosen, overlaid
        self._show_curves()

    def next_chart(self) -> None:
        """Draw the next chart."""
        self._kind = (self._kind + 1) % len(CHARTS)
        self._show_curves()

    def next_smoothing(self) -> None:
        """Smooth the training loss more; after the most, not at all."""
        self.smoothing = next((weight for weight in SMOOTHINGS if weight > self.smoothing), SMOOTHINGS[0])
        self._show_curves()

    def draw(self) -> None:
        """Draw the lines that have changed, and the title."""
        super().draw()
        words = [CHARTS[self._kind]]
        if self._kind == 0 and self.smoothing:
            words.append(f"smoothed {self.smoothing:g}")
        words.append("logarithmic" if self.log_axis else "linear")
        if self.window.span is not None:
            words.append("zoomed")
        if not self.follows:
            words.append("not following")
        title = " · ".join(words)
        if self.border_title != title:
            self.border_title = title

    def _show_curves(self) -> None:
        title = CHARTS[self._kind]
        if self._chosen is None or self._chosen.log.latest is None:
            empty = "no steps yet"
        else:
            empty = f"no {title} here" if self._chosen.log.curves else "reading the curves"
        self.show(series_of(title, self._chosen, self._overlaid, self.smoothing), empty)
