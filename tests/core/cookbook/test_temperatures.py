"""Temperatures are converted wherever a recipe names them, and in the scale that it means."""

from __future__ import annotations

import pytest

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.languages import LANGUAGES
from recipe_tui.core.cookbook.temperatures import DEGREES, convert_temperatures, scale_of
from recipe_tui.core.recipes.recipe import Recipe


@pytest.mark.parametrize(
    ("text", "system", "expected"),
    [
        ("Bake at 400°F, then reduce to 325°.", "metric", "Bake at 200 °C, then reduce to 160 °C."),
        ("Bake at 400°F, then at 325-350° for 5 min.", "metric", "Bake at 200 °C, then at 160-180 °C for 5 min."),
        ("Bake at 400°F, then reduce to 325 degrees.", "metric", "Bake at 200 °C, then reduce to 160 °C."),
        ("Use a 325-degree oven, not 400°F.", "metric", "Use a 160 °C oven, not 200 °C."),
        (
            "Bake at 400°F. Reduce the oven to 325 and bake.",
            "metric",
            "Bake at 200 °C. Reduce the oven to 160 °C and bake.",
        ),
        ("Bake at 200°C, then reduce to 160°.", "us", "Bake at 400 °F, then reduce to 325 °F."),
        ("Bake at 200°C, then reduce to 160°.", "metric", "Bake at 200°C, then reduce to 160°."),
        ("Bake at 400°F; rotate the pan 180 degrees.", "metric", "Bake at 200 °C; rotate the pan 180 degrees."),
        ("At 400°F, cut at a 45° angle.", "metric", "At 200 °C, cut at a 45° angle."),
        ("Heat to 350°F, add 300 g.", "metric", "Heat to 180 °C, add 300 g."),
        ("Bake at 350°F (180°C), then at 325°.", "metric", "Bake at 350°F (180°C), then at 325°."),
        ("Reduce by 25°F with a fan, from 400°F.", "metric", "Reduce by 15 °C with a fan, from 200 °C."),
        ("Set it 20°C lower than 180°C.", "us", "Set it 35 °F lower than 350 °F."),
    ],
)
def test_degrees_without_a_scale_have_that_of_the_recipe(text: str, system: str, expected: str) -> None:
    assert convert(Recipe("x", (), (text,)), system).steps == (expected,)  # type: ignore[arg-type]


def test_the_scale_may_stand_in_another_line_of_the_recipe() -> None:
    recipe = Recipe("x", ("1 cup warm water (110°F)",), ("Bake at 325°.", "Cook to 165 degrees."))
    changed = convert(recipe, "metric")
    assert changed.ingredients == ("240 ml warm water (43 °C)",)
    assert changed.steps == ("Bake at 160 °C.", "Cook to 74 °C.")
    assert scale_of(["Bake at 350°F (180°C)."]) is scale_of(["Bake at 350."]) is None


def test_temperatures_of_ingredient_lines_are_no_cups() -> None:
    recipe = Recipe("x", ("2 C flour", "1 cup water (105° to 115°F)", "2 cups milk, 40°C"), ())
    assert convert(recipe, "us").ingredients == ("2 C flour", "1 cup water (105° to 115°F)", "2 cups milk, 104 °F")
    assert convert(recipe, "metric").ingredients[1] == "240 ml water (41-46 °C)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bei 180 Grad backen.", "Bei 350 °F backen."),
        ("Bei 180 bis 200 Grad Celsius backen.", "Bei 350-400 °F backen."),
        ("Cuire à 180 degrés.", "Cuire à 350 °F."),
        ("Hornear a 180 grados.", "Hornear a 350 °F."),
        ("Cuocere a 180 gradi per 20 minuti.", "Cuocere a 350 °F per 20 minuti."),
        ("Asse a 180 graus.", "Asse a 350 °F."),
        ("Bak op 180 graden.", "Bak op 350 °F."),
        ("Grädda i 180 grader.", "Grädda i 350 °F."),
        ("Bag ved 180 grader.", "Bag ved 350 °F."),
    ],
)
def test_degrees_of_other_languages_are_celsius(text: str, expected: str) -> None:
    assert convert_temperatures(text, "us") == expected
    assert convert_temperatures(text, "metric") == text


def test_every_language_has_a_word_for_degrees() -> None:
    assert set(DEGREES) == set(LANGUAGES)
