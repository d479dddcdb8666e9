import pytest

from recipe_tui.tui.widgets.ticks import short, ticks


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 10, 6, [0, 2, 4, 6, 8, 10]),
        (2.1, 9.1, 4, [4, 6, 8]),
        (0, 1000, 5, [0, 500, 1000]),
        (0, 999, 6, [0, 200, 400, 600, 800]),
        (-1, 1, 3, [-1, 0, 1]),
        (0.0001, 0.0003, 3, [0.0001, 0.0002, 0.0003]),
    ],
)
def test_ticks_are_round_and_few(low, high, count, expected):
    assert ticks(low, high, count) == pytest.approx(expected)


def test_ticks_of_a_logarithmic_axis_are_powers_and_what_is_between_them():
    assert ticks(1, 1000, 4, log=True) == pytest.approx([1, 10, 100, 1000])
    assert ticks(2, 11, 6, log=True) == pytest.approx([2, 3, 5, 10])
    assert ticks(2.0, 2.5, 4, log=True) == pytest.approx([2.0, 2.2, 2.4])
    assert len(ticks(1e-9, 1e9, 5, log=True)) <= 5


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (2.114, "2.11"), (412_300, "412k"), (999_999, "1M"), (1000, "1k"), (5e-5, "5e-5"), (1.25e-4, "1.25e-4"),
     (0.5, "0.5"), (3.2e9, "3.2G"), (-1500, "-1.5k"), (float("nan"), "nan")],
)  # fmt: skip
def test_numbers_are_short(value, expected):
    assert short(value) == expected
