import math

import pytest

from recipe_tui.core.runs.formatting import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"),
        (59.4, "59s"),
        (61, "1m 01s"),
        (3599, "59m 59s"),
        (3660, "1h 01m"),
        (400_000, "4d 15h"),
        (-3, "0s"),
        (math.inf, "?"),
        (math.nan, "?"),
    ],
)
def test_durations_have_two_units_at_most(seconds, said):
    assert duration(seconds) == said
