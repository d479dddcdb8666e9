from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from recipe_tui.core.runs.curves import Curve
from recipe_tui.tui.glyphs import ASCII, UNICODE
from recipe_tui.tui.theme import colour_variables
from recipe_tui.tui.widgets.line_chart import LineChart
from recipe_tui.tui.widgets.raster import Range, Series

RISING = Series("train", Curve.of([0, 10], [0, 10]))


class Sheet(App[None]):
    CSS = "LineChart { width: 1fr; height: 1fr; }"

    def __init__(self, glyphs: object = UNICODE) -> None:
        super().__init__()
        self.glyphs = glyphs

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return {**colour_variables(variables), **variables}

    def compose(self) -> ComposeResult:
        yield LineChart()


def draw(
    body: Callable[[LineChart], Awaitable[None] | None], size: tuple[int, int] = (24, 8), glyphs: object = UNICODE
) -> None:
    async def main() -> None:
        app = Sheet(glyphs)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            result = body(app.query_one(LineChart))
            if result is not None:
                await result
            await _settle(pilot)

    asyncio.run(main())


async def _settle(pilot: Pilot[None]) -> None:
    await pilot.pause()


def lines(chart: LineChart) -> list[str]:
    return [chart.render_line(y).text.rstrip() for y in range(chart.size.height)]


def test_a_chart_has_a_legend_axes_and_round_ticks():
    def body(chart: LineChart) -> None:
        chart.show([RISING])
        shown = lines(chart)
        assert shown[0].endswith("⠤⠤⠤⠤ train")
        assert [line[:3] for line in shown[1:6]] in (
            ["10┤", "  │", " 5┤", "  │", " 0┤"],
            ["10┤", "  │", "  │", "  │", " 0┤"],
        )
        assert shown[6].count("┬") == 2
        assert shown[7].split()[:2] == ["0", "10"]

    draw(body)


def test_without_braille_everything_is_ascii():
    def body(chart: LineChart) -> None:
        chart.show([RISING])
        assert "".join(lines(chart)).isascii()
        assert "*" in lines(chart)[1]

    draw(body, glyphs=ASCII)


def test_a_noisy_curve_and_its_average_change_colour_seldom():
    """Each change costs 40 bytes, and a slow link has to carry all of them at each update."""
    noise = np.random.default_rng(1).normal(size=2000)
    raw = Series("train", Curve.of(list(range(2000)), list(3 + noise)), "faint", "1")
    average = Series("smoothed", Curve.of(list(range(2000)), list(3 + 0.1 * np.sin(np.arange(2000)))), "solid", "1")

    def body(chart: LineChart) -> None:
        chart.show([raw, average])
        rows = [list(chart.render_line(y)) for y in range(1, chart.size.height - 2)]
        assert {cell for row in rows for segment in row for cell in segment.text} >= {"⣿"}
        assert max(map(len, rows)) <= 6

    draw(body, size=(70, 26))


def test_blank_cells_before_a_curve_are_no_segment_of_their_own():
    def body(chart: LineChart) -> None:
        chart.show([Series("late", Curve.of([0, 100, 101], [0, 0, 10]))])
        assert len(list(chart.render_line(1))) == 2

    draw(body)


def test_nothing_to_draw_is_said():
    def body(chart: LineChart) -> None:
        chart.show([], "no steps yet")
        assert [line.strip() for line in lines(chart) if line] == ["no steps yet"]

    draw(body)


def test_only_lines_that_changed_are_drawn_again(monkeypatch):
    def body(chart: LineChart) -> None:
        chart.show([RISING])
        drawn: list[Region] = []
        monkeypatch.setattr(chart, "refresh", lambda *regions, **how: drawn.extend(regions))
        chart.show([RISING])
        assert drawn == []
        chart.show([Series("train", Curve.of([0, 9, 10], [0, 9, 9.4])), Series("", Curve.of([0, 10], [10, 10]))])
        assert 0 < len(drawn) < 8

    draw(body)


@pytest.mark.parametrize("value", [math.nan, 0.0, -1.0])
def test_a_logarithmic_axis_survives_what_has_no_logarithm(value):
    def body(chart: LineChart) -> None:
        chart.set_log_axis(True)
        chart.show([Series("one", Curve.of([0, 1, 2], [value, value, value]))])
        assert len(lines(chart)) == 8

    draw(body)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-12, 1e300])
def test_a_constant_curve_lies_in_the_middle(value):
    def body(chart: LineChart) -> None:
        chart.show([Series("one", Curve.of([0, 1], [value, value]))])
        assert any("⠤" in line or "⠒" in line or "⠉" in line or "⣀" in line for line in lines(chart)[2:5])

    draw(body)


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (8, 3), (12, 4)])
def test_no_size_is_too_small(size):
    def body(chart: LineChart) -> None:
        chart.show([RISING])
        assert all(chart.render_line(y).cell_length == size[0] for y in range(size[1]))

    draw(body, size)


def test_zooming_shows_the_latest_steps_and_panning_stops_following():
    def body(chart: LineChart) -> None:
        chart.show([Series("one", Curve.of(list(range(101)), [1.0] * 101))])
        chart.zoom(0.5)
        assert (chart.window.span, chart.follows) == (50, True)
        chart.pan(-0.5)
        assert (chart.window.end, chart.follows) == (75, False)
        chart.pan(-9)
        assert chart.window.end == 50
        chart.pan(9)
        assert chart.follows
        for _ in range(9):
            chart.zoom(0.5)
        assert chart.window.span == 8
        for _ in range(9):
            chart.zoom(2)
        assert chart.window.span is None

    draw(body)


def test_a_window_shows_the_values_in_it_at_full_height():
    def body(chart: LineChart) -> None:
        chart.show([Series("one", Curve.of(list(range(101)), [100.0] + [1.0 + step / 100 for step in range(100)]))])
        assert any(line.startswith("100┤") for line in lines(chart))
        chart.zoom(0.5)
        assert any(line.startswith("1.8┤") for line in lines(chart))

    draw(body, (40, 12))


def test_names_are_shown_harmlessly():
    def body(chart: LineChart) -> None:
        chart.show([Series("\x1b[31m[red]x", Curve.of([0, 10], [0, 10]))])
        assert "�[31m[red]x" in lines(chart)[0]

    draw(body, (60, 8))


def test_a_curve_with_an_axis_of_its_own_has_it_at_the_right_and_does_not_stretch_the_others():
    share = Series("overlap", Curve.of([0, 10], [0, 1]), "dotted", "overlap", axis=Range(0, 1))

    def body(chart: LineChart) -> None:
        chart.show([share, Series("train", Curve.of([0, 10], [40, 50]))])
        shown = lines(chart)
        assert shown[1].startswith("50┤") and shown[1].endswith("100%")
        assert shown[5].startswith("40┤") and shown[5].endswith(" 0%")
        assert "overlap" in shown[0]

    draw(body)
