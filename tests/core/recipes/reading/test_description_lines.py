"""Lines below a title that describe the recipe."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.description_lines import description_of, without_descriptions


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Serves 4", {"servings": "4"}),
        ("Serves about 4 to 6.", {"servings": "about 4 to 6"}),
        ("SERVES: 4", {"servings": "4"}),
        ("Yield: 12 cookies", {"servings": "12 cookies"}),
        ("Yields 3 cups", {"servings": "3 cups"}),
        ("Makes 2 loaves", {"servings": "2 loaves"}),
        ("*Makes one dozen*", {"servings": "one dozen"}),
        ("4-6 servings", {"servings": "4-6 servings"}),
        ("Prep time: 20 min", {"preptime": "20 min"}),
        ("Prep: 20 min.", {"preptime": "20 min."}),
        ("Cook Time 1 hour", {"cooktime": "1 hour"}),
        ("Total time: overnight", {"totaltime": "overnight"}),
        ("Time: 30 min", {"totaltime": "30 min"}),
        ("Ready in 30 minutes", {"totaltime": "30 minutes"}),
        ("Chill: 2 hours", {"waitingtime": "2 hours"}),
        ("Cuisine: Italian", {"tags": "Italian"}),
        ("Serves 4 | Prep: 20 min | Cook: 1 h", {"servings": "4", "preptime": "20 min", "cooktime": "1 h"}),
        ("Für 4 Personen", {"servings": "4 Personen"}),
        ("Portionen: 4", {"servings": "4"}),
        ("Ergibt 12 Stück", {"servings": "12 Stück"}),
        ("Zubereitungszeit: 20 Minuten", {"preptime": "20 Minuten"}),
        ("Pour 6 personnes", {"servings": "6 personnes"}),
        ("Préparation : 20 min", {"preptime": "20 min"}),
        ("Cuisson : 1 heure", {"cooktime": "1 heure"}),
        ("Para 4 personas", {"servings": "4 personas"}),
        ("Tiempo de cocción: 1 hora", {"cooktime": "1 hora"}),
        ("Per 4 persone", {"servings": "4 persone"}),
        ("Dosi: 4", {"servings": "4"}),
        ("Voor 4 personen", {"servings": "4 personen"}),
        ("Portioner: 4", {"servings": "4"}),
        ("人数: 4", {"servings": "4"}),
    ],
)
def test_a_line_describes_the_yield_a_time_or_tags_in_any_language_of_the_labels(
    line: str, fields: dict[str, str]
) -> None:
    assert description_of(line) == fields


@pytest.mark.parametrize(
    "line",
    [
        "2 cups flour",
        "4 chicken breasts",
        "Bake 40 minutes.",
        "Cook 30 minutes until tender.",
        "Chill 2 hours",
        "For the sauce:",
        "Preparation:",
        "Ingredients:",
        "Make 2 slits in each loaf.",
        "Serve hot.",
        "Garnish: mint",
        "Filling: 2 cups ricotta",
        "",
    ],
)
def test_other_lines_describe_nothing(line: str) -> None:
    assert description_of(line) == {}


def test_descriptions_end_at_the_first_other_line() -> None:
    assert without_descriptions(["Serves 4", "1 leek", "Makes 2"]) == ({"servings": "4"}, ["1 leek", "Makes 2"])
