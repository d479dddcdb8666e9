import math

import numpy as np

from recipe_tui.core.runs.curves import Curve
from recipe_tui.tui.widgets.raster import Range, Series, rasterise


def drawn(values, width, height, steps=None, y=None, braille=True, **how):
    curve = Curve.of(list(range(len(values))) if steps is None else steps, values)
    x = Range(float(curve.steps[0]), float(curve.steps[-1]))
    y = y or Range(min(values), max(values))
    return text(rasterise([Series("one", curve, **how)], x, y, width, height, braille))


def text(rows):
    return ["".join(cell.character for cell in row) for row in rows]


def test_a_rising_line_climbs_from_dot_to_dot():
    # two cells are four columns of dots; four values take the four rows, lowest first
    assert drawn([0, 1, 2, 3], 2, 1) == ["⡠⠊"]


def test_a_flat_line_stays_in_its_row():
    assert drawn([1, 1, 1, 1], 2, 1, y=Range(0, 3)) == ["⠤⠤"]


def test_a_steep_line_has_no_holes():
    # from the lowest to the highest of eight dots within one column
    assert drawn([0, 7], 1, 2) == ["⢸", "⡇"]


def test_a_spike_among_many_points_is_drawn():
    values = [0.0] * 1000
    values[500] = 1.0
    rows = drawn(values, 10, 1)
    assert sum(ord(cell) - 0x2800 & 0b1001 != 0 for cell in rows[0]) == 1  # a dot in the topmost row


def test_no_line_crosses_a_gap():
    assert drawn([0, 0, math.nan, math.nan, 0, 0], 3, 1, y=Range(0, 3)) == ["⣀⠀⣀".replace("⠀", " ")]


def test_a_point_alone_between_gaps_is_a_dot():
    assert drawn([math.nan, 0, math.nan, math.nan], 2, 1, y=Range(0, 3)) == ["⢀ "]


def test_what_lies_outside_is_cut_off():
    assert drawn([0, 0, 9, 9], 2, 1, y=Range(0, 3)) == ["⣸ "]  # on its way to what is outside
    assert rasterise([Series("one", Curve.of([5, 6], [1, 1]))], Range(0, 3), Range(0, 3), 2, 1)[0][0].series == -1


def test_a_line_to_a_point_outside_is_drawn_up_to_the_edge():
    rows = rasterise([Series("one", Curve.of([0, 100], [1, 1]))], Range(40, 60), Range(0, 3), 3, 1)
    assert text(rows) == ["⠤⠤⠤"]


def test_a_logarithmic_axis_gives_each_power_the_same_room():
    assert drawn([1, 10, 100, 1000], 2, 1, y=Range(1, 1000, log=True)) == drawn([0, 1, 2, 3], 2, 1)
    assert drawn([0, -1, 1, 1], 2, 1, y=Range(1, 1000, log=True)) == [" ⣀"]


def test_without_braille_each_style_has_its_mark():
    assert drawn([0, 1, 2], 3, 3, braille=False) == ["  *", " * ", "*  "]
    assert drawn([0, 1, 2], 3, 3, braille=False, style="dashed", y=Range(0, 2))[0].strip() in ("o", "")
    assert drawn([1, 1], 2, 1, y=Range(0, 2), braille=False, style="faint") == [".."]


def test_styles_differ_without_colour():
    flat = [1.0] * 40
    pictures = {
        drawn(flat, 20, 1, y=Range(0, 2), style=style, mark=mark)[0]
        for style, mark in [("solid", ""), ("dashed", ""), ("dotted", ""), ("solid", "a"), ("solid", "b")]
    }
    assert len(pictures) == 5


def test_a_mark_stands_at_the_end_of_its_line_and_the_upper_series_owns_a_cell():
    below, above = Series("below", Curve.of([0, 3], [1, 1]), mark="a"), Series("above", Curve.of([0, 1], [1, 1]))
    row = rasterise([below, above], Range(0, 3), Range(0, 3), 2, 1)[0]
    assert [(cell.character, cell.series) for cell in row] == [("⠤", 1), ("a", 0)]


def test_a_curve_of_buckets_shows_their_lows_and_highs():
    curve = Curve(np.array([1.0]), np.array([1.5]), np.array([0.0]), np.array([3.0]))
    assert text(rasterise([Series("one", curve)], Range(0, 1), Range(0, 3), 1, 1)) == ["⢸"]
