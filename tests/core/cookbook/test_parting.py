"""Ingredient lines parted into number, unit and name."""

from __future__ import annotations

from hypothesis import given, settings

from recipe_tui.core.cookbook.parting import leading_amount, simple_amount
from tests.core.cookbook.awkward import LINES


def test_a_line_is_parted_into_number_unit_and_rest() -> None:
    assert leading_amount("1 1/2 cups flour, sifted") == ("1 1/2", "cups", "flour, sifted")
    assert leading_amount("1 (14-ounce) can beans") == ("1", "(14-ounce) can", "beans")
    assert leading_amount("2 eggs") == ("2", "", "eggs")
    assert leading_amount("2 large cloves garlic") == ("2", "large cloves", "garlic")
    assert leading_amount("400g pasta") == ("", "", "400g pasta")
    assert simple_amount("1-2 cups x") == ""
    assert simple_amount("½ cup x") == "½ cup"
    assert simple_amount("1 and a half cups x") == simple_amount("2 dozen eggs") == ""


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(LINES)
def test_the_parts_of_any_line_join_to_it_again(line: str) -> None:
    assert " ".join(filter(None, leading_amount(line))) == line
