import pytest

from recipe_tui.core.text.prompt import Prompt, servings_line, time_line


@pytest.mark.parametrize(
    ("typed", "line"),
    [("4", "4 servings"), (" 1 ", "1 serving"), ("12 muffins", "12 muffins"), ("", ""), ("two  loaves", "two loaves")],
)
def test_servings_are_written_as_in_recipes(typed: str, line: str) -> None:
    assert servings_line(typed) == line


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("30 minutes", "total 30 min"),
        ("90", "total 1 h 30 min"),
        ("Prep 1 hour", "prep 1 h"),
        ("cook 20 min", "cook 20 min"),
        ("overnight", "total overnight"),
    ],
)
def test_times_are_written_as_in_recipes(typed: str, line: str) -> None:
    assert time_line(typed) == line


def test_a_prompt_knows_whether_it_names_tags_servings_or_times() -> None:
    assert not Prompt("Soup", ("1 leek",)).has_fields
    assert all(prompt.has_fields for prompt in (Prompt(tags=("a",)), Prompt(servings="4"), Prompt(times=("1 h",))))
