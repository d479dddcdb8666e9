"""Words for numbers in other languages than English."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.number_words import values_of
from recipe_tui.core.cookbook.scaling import UNSCALED, scale
from recipe_tui.core.recipes.recipe import Recipe


def twice(line: str) -> str:
    return scale(Recipe("x", (line,), ()), Fraction(2)).recipe.ingredients[0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("zwei Eier", "4 Eier"),
        ("zwei rote Zwiebeln", "4 rote Zwiebeln"),
        ("zwei bis drei Eier", "4 bis 6 Eier"),
        ("2 Eier und zwei Eigelb", "4 Eier und 4 Eigelb"),
        ("anderthalb Liter Milch", "3 Liter Milch"),
        ("zweieinhalb Tassen Mehl", "5 Tassen Mehl"),
        ("Saft einer Zitrone", "Saft von 2 Zitronen"),
        ("Saft einer halben Zitrone", "Saft von 1 Zitrone"),
        ("Saft von einer Zitrone", "Saft von 2 Zitronen"),
        ("deux ou trois oignons", "4 ou 6 oignons"),
        ("le jus d'un citron", "le jus de 2 citrons"),
        ("le zeste d’une orange", "le zeste de 2 oranges"),
        ("une tasse et demie de lait", "3 tasses de lait"),
        ("deux litres et demi de lait", "5 litres de lait"),
        ("un demi-litre de lait", "1 litre de lait"),
        ("2 tomates et un oignon", "4 tomates et 2 oignons"),
        ("tres dientes de ajo", "6 dientes de ajo"),
        ("zumo de medio limón", "zumo de 1 limón"),
        ("2 tazas y media de harina", "5 tazas de harina"),
        ("quattro uova", "8 uova"),
        ("succo di mezzo limone", "succo di 1 limone"),
        ("una tazza e mezza di farina", "3 tazze di farina"),
        ("duas cebolas", "4 cebolas"),
        ("uma xícara e meia de leite", "3 xícaras de leite"),
        ("drie eieren", "6 eieren"),
        ("anderhalve liter melk", "3 liters melk"),
        ("fyra ägg", "8 ägg"),
        ("två och en halv kopp mjölk", "5 koppar mjölk"),
        ("fem dl mælk", "1 l mælk"),
        ("to æg", "4 æg"),
    ],
)
def test_a_word_is_a_number_before_a_unit_or_noun_of_its_language(line: str, expected: str) -> None:
    assert twice(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "to serve",
        "add to egg whites",
        "fire roasted tomatoes",
        "sex and salt",
        "ein paar Zwiebeln",
        "un peu de tomate",
        "een beetje ui",
        "drei Viertel Liter Milch",
    ],
)
def test_what_is_not_surely_a_number_is_not_scaled(line: str) -> None:
    assert twice(line) == f"{line} {UNSCALED}"


def test_a_word_inside_a_line_is_no_number_before_an_article_or_a_letter() -> None:
    assert twice("2 gousses d'ail et l'huile") == "4 gousses d'ail et l'huile"


def test_a_word_may_be_a_number_in_several_languages() -> None:
    assert values_of("tre") == {"Italian": 3, "Swedish": 3, "Danish and Norwegian": 3}
    assert values_of("Zwölf") == {"German": 12}
    assert values_of("flour") == {}
