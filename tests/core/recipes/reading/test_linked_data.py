from __future__ import annotations

import json

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.linked_data import read_linked_data
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import fields

TEA = {
    "@context": "https://schema.org",
    "@type": "Recipe",
    "name": "Mint Tea",
    "recipeIngredient": ["1 handful mint", "500 ml water"],
    "recipeInstructions": [
        {"@type": "HowToStep", "text": "Boil the water."},
        {"@type": "HowToStep", "text": "Pour it."},
    ],
    "recipeCuisine": "Moroccan",
    "keywords": "mint, hot",
    "recipeYield": 2,
}
TOAST = {
    "@type": ["Thing", "Recipe"],
    "name": "Toast",
    "recipeIngredient": "bread\ngarlic",
    "recipeInstructions": "Toast.\nRub.",
}
TEA_FIELDS = ("Mint Tea", ("1 handful mint", "500 ml water"), ("Boil the water.", "Pour it."))
TOAST_FIELDS = ("Toast", ("bread", "garlic"), ("Toast.", "Rub."))


@pytest.mark.parametrize(
    "document",
    [
        [TEA, TOAST],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": "A page"}, TEA, TOAST]},
        [{"@type": "WebPage", "mainEntity": TEA}, {"@type": "ItemList", "itemListElement": [{"item": TOAST}]}],
    ],
)
def test_recipes_are_found_wherever_they_are(write, document):
    tea, toast = read_linked_data(write("book.jsonld", document))
    assert (fields(tea), fields(toast)) == (TEA_FIELDS, TOAST_FIELDS)
    assert (tea.source.line, toast.source.line) == (1, 2)
    assert tea.tags == ("mint", "hot", "Moroccan")


@pytest.mark.parametrize("type_", ["Recipe", "schema:Recipe", "http://schema.org/Recipe", ["NewsArticle", "Recipe"]])
def test_the_type_may_be_written_in_several_ways(write, type_):
    (recipe,) = read_linked_data(write("tea.json", {**TEA, "@type": type_}))
    assert fields(recipe) == TEA_FIELDS


@pytest.mark.parametrize("type_", ["RecipeCollection", "NotARecipe", 5, None])
def test_other_types_are_no_recipes(write, type_):
    assert list(read_linked_data(write("tea.json", {**TEA, "@type": type_}))) == []


def test_a_section_gives_a_heading(write):
    section = {
        "@type": "HowToSection",
        "name": "For the syrup",
        "itemListElement": [{"@type": "HowToStep", "text": "Melt."}],
    }
    (recipe,) = read_linked_data(write("tea.json", {**TEA, "recipeInstructions": [section]}))
    assert recipe.steps == ("For the syrup:", "Melt.")


def test_a_saved_page_is_searched_for_its_blocks(write):
    page = f"""<!DOCTYPE html><html><head>
    <script>var x = "</p>";</script>
    <script type="application/ld+json">{json.dumps({"@type": "WebSite", "name": "S"})}</script>
    <script id=r type="application/ld+json; charset=utf-8">{json.dumps(TEA)}</script>
    </head><body><h1>Mint &amp; Tea</h1>
    <script type='application/ld+json'>[{json.dumps(TOAST)}]</script></body></html>"""
    assert [fields(recipe) for recipe in read_linked_data(write("page.html", page))] == [TEA_FIELDS, TOAST_FIELDS]
    assert len(list(read_linked_data(write("page.html.gz", page)))) == 2


def test_bare_newlines_inside_the_strings_of_a_page_are_kept(write):
    block = '{"@type": "Recipe", "name": "Tea", "recipeInstructions": "Boil.\nPour."}'
    (recipe,) = read_linked_data(write("page.html", f'<script type="application/ld+json">{block}</script>'))
    assert recipe.steps == ("Boil.", "Pour.")


def test_a_malformed_block_is_named_by_its_line_and_the_next_is_read(write):
    script = '<script type="application/ld+json">'
    path = write("page.html", f'<html>\n{script}{{"a": </script>\n{script}{json.dumps(TEA)}</script>')
    broken, tea = read_linked_data(path)
    assert broken == Unreadable(str(path), 2, "malformed JSON-LD block: Expecting value")
    assert fields(tea) == TEA_FIELDS


def test_malformed_json_is_an_error(write):
    with pytest.raises(SourceError, match="malformed JSON"):
        list(read_linked_data(write("book.jsonld", '{"@type": ')))


def test_deep_nesting_is_searched_without_recursion(write):
    document = json.dumps(TEA)
    for _ in range(300):
        document = f'[{{"a": {document}}}]'
    (recipe,) = read_linked_data(write("book.jsonld", document))
    assert fields(recipe) == TEA_FIELDS
