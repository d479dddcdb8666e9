import pytest

from recipe_tui.core.recipes.durations import duration


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("PT1H10M", "1 h 10 min"),
        ("PT70M", "1 h 10 min"),
        ("P0DT0H30M", "30 min"),
        ("P1DT2H", "26 h"),
        ("PT0S", ""),
        ("1 hour and 10 minutes", "1 h 10 min"),
        ("2 hrs, 5 mins.", "2 h 5 min"),
        ("PT20 Mins", "20 min"),
        ("PT1H 20M", "1 h 20 min"),
        ("PT20", "20 min"),
        ("1h10m", "1 h 10 min"),
        (45, "45 min"),
        (90.0, "1 h 30 min"),
        ("25", "25 min"),
        ("1:10", "1 h 10 min"),
        (":30", "30 min"),
        ("1 Stunde 20 Minuten", "1 h 20 min"),
        ("1 Std. und 5 Min.", "1 h 5 min"),
        ("1 heure et 30 minutes", "1 h 30 min"),
        ("1 hora y 10 minutos", "1 h 10 min"),
        ("2 ore e 5 minuti", "2 h 5 min"),
        ("2 uur", "2 h"),
        ("1 timme och 5 minuter", "1 h 5 min"),
        (" overnight ", "overnight"),
        ("30-40 minutes", "30-40 minutes"),
        ("", ""),
    ],
)
def test_all_notations_of_a_duration_become_one(value: str | float, text: str) -> None:
    assert duration(value) == text
