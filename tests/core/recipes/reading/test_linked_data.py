from __future__ import annotations

import json

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.linked_data import read_linked_data, recipes_in
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Source
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


def test_what_follows_the_end_of_a_page_is_read(write):
    block = f'<script type="application/ld+json">{json.dumps(TEA)}</script>'
    (tea,) = read_linked_data(write("page.html", f"<html><body>Tea</body></html>\n{block}"))
    assert fields(tea) == TEA_FIELDS


def test_an_escape_of_javascript_is_a_character(write):
    block = json.dumps({**TEA, "name": "Cafe"}).replace("Cafe", "Caf\\xe9")
    (tea,) = read_linked_data(write("page.html", f"<html><script type='application/ld+json'>{block}</script></html>"))
    assert tea.title == "Café"


def test_malformed_json_is_an_error(write):
    with pytest.raises(SourceError, match="malformed JSON"):
        list(read_linked_data(write("book.jsonld", '{"@type": ')))


def test_deep_nesting_is_searched_without_recursion(write):
    document = json.dumps(TEA)
    for _ in range(300):
        document = f'[{{"a": {document}}}]'
    (recipe,) = read_linked_data(write("book.jsonld", document))
    assert fields(recipe) == TEA_FIELDS


def page(script: str, type_: str = "application/ld+json") -> str:
    return f'<!DOCTYPE html><html><head><script type="{type_}">{script}</script></head><body>Tea</body></html>'


def test_a_page_that_is_cut_off_in_its_block_is_read_up_to_there_and_said(write):
    text = page(json.dumps(TEA))
    for cut in ("2}", "Pour", "it."):
        tea_or_note = list(read_linked_data(write("tea.html", text[: text.index(cut) + 1])))
        tea = next(outcome for outcome in tea_or_note if not isinstance(outcome, Unreadable))
        note = next(outcome for outcome in tea_or_note if isinstance(outcome, Unreadable))
        assert (tea.title, tea.ingredients) == TEA_FIELDS[:2]
        assert tea.steps == TEA_FIELDS[2][: 1 if cut != "2}" else 2]  # what was cut in two is left out
        assert note.reason.startswith("malformed JSON-LD block, of which the beginning is read")


@pytest.mark.parametrize("rest", ["}", "</div>", "\n}\n]", " // end"])
def test_what_follows_a_block_is_read_over(write, rest):
    outcomes = read_linked_data(write("tea.html", page(json.dumps(TEA) + rest)))
    assert TEA_FIELDS in [fields(outcome) for outcome in outcomes if not isinstance(outcome, Unreadable)]


@pytest.mark.parametrize(
    "script",
    [
        str(TEA),
        f"window.recipe = {json.dumps(TEA)};",
        json.dumps(json.dumps(TEA)),
        json.dumps(TEA)[:-1] + ', "video": undefined, "rating": +1, "size": .5}',
        json.dumps(TEA).replace('"name"', "name"),
        json.dumps({**TEA, "@type": "recipe"}),
        json.dumps({"@type": "schema:Recipe", **{f"schema:{name}": TEA[name] for name in TEA if name[0] != "@"}}),
    ],
)
def test_a_block_may_be_a_script_more_than_json(write, script):
    (tea,) = read_linked_data(write("tea.html", page(script)))
    assert fields(tea) == TEA_FIELDS


def test_the_data_of_a_pages_scripts_are_searched_where_it_marks_nothing_up(write):
    data = {"props": {"pageProps": {"recipe": TEA}}}
    (tea,) = read_linked_data(write("tea.html", page(json.dumps(data), "application/json")))
    assert fields(tea) == TEA_FIELDS


def test_ingredients_in_one_text_with_commas_are_parted(write):
    for text in ("1 handful mint, 500 ml water, 2 tsp sugar", "mint, water, sugar", "mint,water,sugar"):
        (tea,) = read_linked_data(write("tea.jsonld", {**TEA, "recipeIngredient": text}))
        assert len(tea.ingredients) == 3
    (tea,) = read_linked_data(write("tea.jsonld", {**TEA, "recipeIngredient": "mint leaves, chopped"}))
    assert tea.ingredients == ("mint leaves, chopped",)


def test_any_prefix_of_schema_org_is_understood():
    steps = [
        {"@type": "s:HowToStep", "s:position": 2, "s:text": "Pour."},
        {"@type": "s:HowToStep", "s:position": 1, "s:text": "Boil."},
    ]
    document = {
        "@type": "s:Recipe",
        "s:name": "Tea",
        "s:recipeIngredient": ["mint: fresh"],
        "s:recipeInstructions": steps,
    }
    (record,) = recipes_in(document)
    (recipe,) = read_record(record, Source("tea.html", 1))
    assert fields(recipe) == ("Tea", ("mint: fresh",), ("Boil.", "Pour."))


@pytest.mark.parametrize("between", ["", "</body></html><!DOCTYPE html><html><body>"])
def test_a_recipe_that_a_page_holds_twice_is_read_once_and_the_fuller_one_is_kept(write, between):
    again = json.dumps({**TEA, "cookTime": "PT5M"}, indent=1).replace("Boil the", "Boil  the")
    tea, toast = read_linked_data(
        write("tea.html", page(json.dumps(TEA)) + between + page(json.dumps([TOAST])) + page(again))
    )
    assert (tea.title, tea.times, toast.title) == ("Mint Tea", ("cook 5 min",), "Toast")


def test_recipes_of_one_name_with_other_steps_are_two(write):
    other = {**TEA, "recipeInstructions": "Cool it."}
    assert len(list(read_linked_data(write("tea.html", page(json.dumps([TEA, other])))))) == 2
