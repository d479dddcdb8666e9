import numpy as np

from recipe_tui.core.runs.curves import CurveBuilder, smoothed


def built(values, buckets=8, first=1):
    builder = CurveBuilder(buckets)
    builder.add(np.arange(first, first + len(values)), np.asarray(values, float))
    return builder


def lists(curve):
    return curve.steps.tolist(), curve.values.tolist(), curve.low.tolist(), curve.high.tolist()


def test_a_short_curve_has_every_step():
    assert lists(built([3, 2, 1]).curve()) == ([1, 2, 3], [3, 2, 1], [3, 2, 1], [3, 2, 1])


def test_a_curve_that_outgrows_its_buckets_keeps_lows_and_highs():
    curve = built([5, 1, 2, 9, 4, 4, 7, 1], buckets=4, first=0).curve()
    assert lists(curve) == ([1, 3, 5, 7], [3, 5.5, 4, 4], [1, 2, 4, 1], [5, 9, 4, 7])


def test_a_spike_among_a_million_steps_is_seen():
    values = np.full(1_000_000, 2.0)
    values[654_321] = 50.0
    curve = built(values, buckets=4096).curve()
    assert len(curve) <= 4096
    assert curve.high.max() == 50.0


def test_a_value_that_is_no_number_makes_a_gap_and_hides_no_other():
    curve = built([1, np.nan, 3, 5, np.inf, np.inf], buckets=4, first=0).curve()
    np.testing.assert_equal(curve.values, [np.nan, 4, np.nan])
    np.testing.assert_equal(curve.low, [1, 3, np.nan])
    np.testing.assert_equal(curve.high, [1, 5, np.nan])


def test_what_comes_piece_by_piece_gives_the_same_curve():
    values = np.random.default_rng(1).normal(size=1000)
    whole = built(values, buckets=64)
    pieces = CurveBuilder(64)
    for piece in np.array_split(np.arange(1000), 37):
        pieces.add(piece + 1, values[piece])
    for one, other in zip(lists(whole.curve()), lists(pieces.curve()), strict=True):
        np.testing.assert_allclose(one, other)


def test_smoothing_starts_at_the_first_value_and_passes_over_gaps():
    np.testing.assert_allclose(smoothed(np.array([2.0, 2.0, 2.0]), 0.9), [2, 2, 2])
    np.testing.assert_allclose(smoothed(np.array([1.0, np.nan, 3.0]), 0.5), [1, np.nan, (1 * 0.25 + 3 * 0.5) / 0.75])
    np.testing.assert_allclose(smoothed(np.array([1.0, 5.0]), 0.0), [1, 5])
