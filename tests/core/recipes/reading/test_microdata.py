"""Pages that mark up their recipe in their own elements."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.linked_data import read_linked_data
from tests.core.recipes.reading.conftest import fields

TEA_FIELDS = ("Mint Tea", ("1 handful mint", "500 ml water"), ("Boil the water.", "Pour it."))


def read(write, body):
    (recipe,) = read_linked_data(write("page.html", f"<!DOCTYPE html><html><body>{body}</body></html>"))
    return recipe


def page(ingredients, steps, head=""):
    return f"""<div itemscope itemtype="http://schema.org/Recipe"><h1 itemprop="name">Mint
    Tea</h1>{head}{ingredients}{steps}</div>"""


INGREDIENTS = [
    '<ul><li itemprop="recipeIngredient">1 handful mint</li><li itemprop="recipeIngredient">500 ml water</li></ul>',
    '<p itemprop="ingredients">1 handful <b>mint</b></p><p itemprop="ingredients">500&nbsp;ml water</p>',
    '<ul itemprop="recipeIngredient"><li>1 handful mint<li>500 ml water</ul>',
    '<div itemprop="recipeIngredient">1 handful mint<br>500 ml water</div>',
    '<span itemprop="ingredients" itemscope><i itemprop="amount">1 handful</i> <b itemprop="name">mint</b></span>'
    '<span itemprop="ingredients" itemscope><i itemprop="amount">500 ml</i> <b itemprop="name">water</b></span>',
    '<meta itemprop="recipeIngredient" content="1 handful mint"><meta itemprop="recipeIngredient" '
    'content="500 ml water">',
]
STEPS = [
    '<ol itemprop="recipeInstructions"><li>Boil the water.</li><li>Pour it.</li></ol>',
    '<p itemprop="recipeInstructions">Boil the water.</p><p itemprop="recipeInstructions">Pour it.</p>',
    '<div itemprop="recipeInstructions"><p>Boil the water.</p><p>Pour it.</p><script>x</script><!-- y --></div>',
    '<div itemprop="recipeInstructions" itemscope itemtype="https://schema.org/HowToStep"><p itemprop="text">'
    "Boil <i>the</i> water.</p></div>"
    '<div itemprop="recipeInstructions" itemscope itemtype="https://schema.org/HowToStep"><p itemprop="text">'
    "Pour it.</p></div>",
    '<div itemprop="recipeInstructions" itemscope itemtype="https://schema.org/ItemList">'
    '<p itemprop="itemListElement">Boil the water.</p><p itemprop="itemListElement">Pour it.</p></div>',
    '<meta itemprop="recipeInstructions" content="[{"@type":"HowToStep","text":"Boil the water."},'
    '{"@type":"HowToStep","text":"Pour it."}]">',
]


@pytest.mark.parametrize("ingredients", INGREDIENTS)
def test_ingredients_are_marked_up_in_several_ways(write, ingredients):
    assert fields(read(write, page(ingredients, STEPS[0]))) == TEA_FIELDS


@pytest.mark.parametrize("steps", STEPS)
def test_steps_are_marked_up_in_several_ways(write, steps):
    assert fields(read(write, page(INGREDIENTS[0], steps))) == TEA_FIELDS


def test_rdfa_is_read_as_microdata_is(write):
    body = page(INGREDIENTS[0], STEPS[0]).replace('itemscope itemtype="http://schema.org/', 'vocab="x" typeof="')
    assert fields(read(write, body.replace("itemprop", "property"))) == TEA_FIELDS


def test_servings_times_and_tags_are_read(write):
    head = """<span itemprop="recipeYield">2 cups</span> <time itemprop="prepTime" datetime="PT5M">5'</time>
    <meta itemprop="totalTime" content="PT1H"> <a itemprop="recipeCuisine">Moroccan</a>
    <link itemprop="suitableForDiet" href="https://schema.org/VeganDiet">"""
    tea = read(write, page(INGREDIENTS[0], STEPS[0], head))
    assert (tea.servings, tea.times) == ("2 cups", ("prep 5 min", "total 1 h"))
    assert set(tea.tags) == {"Moroccan", "vegan"}


def test_older_and_newer_names_of_a_property_stand_for_one_list(write):
    path = write(
        "page.html",
        '<div itemscope itemtype="https://schema.org/Recipe"><b itemprop="name">Mint Tea</b>'
        '<i itemprop="ingredients">1 handful mint</i><i itemprop="recipeIngredient ingredients">500 ml water</i>'
        '<p itemprop="instructions">Boil the water.</p><p itemprop="recipeInstructions">Pour it.</p></div>',
    )
    (tea,) = read_linked_data(path)
    assert fields(tea) == TEA_FIELDS


def test_a_list_that_stands_twice_for_two_layouts_is_read_once(write):
    assert fields(read(write, page(INGREDIENTS[0] * 2, STEPS[1] * 2))) == TEA_FIELDS


def test_a_text_that_holds_the_whole_list_beside_it_is_left_out(write):
    every = "".join(TEA_FIELDS[1]).replace(",", " ,")
    summary = f'<meta itemprop="ingredients" content="{every} "/>'
    assert fields(read(write, page(INGREDIENTS[0] + summary, STEPS[0]))) == TEA_FIELDS


def test_what_stands_beside_the_recipe_is_not_part_of_it(write):
    other = '<div itemprop="review" itemscope itemtype="https://schema.org/Review"><p itemprop="name">Good</p></div>'
    assert fields(read(write, page(INGREDIENTS[0], STEPS[0], other))) == TEA_FIELDS


def test_properties_may_stand_elsewhere_and_be_referred_to(write):
    body = page("", STEPS[0]).replace("itemscope", 'itemscope itemref="a b"', 1)
    assert fields(read(write, f'<div id="b">{INGREDIENTS[0]}</div>{body}')) == TEA_FIELDS


def test_a_recipe_without_steps_is_read_all_the_same(write):
    assert fields(read(write, page(INGREDIENTS[0], ""))) == ("Mint Tea", TEA_FIELDS[1], ())


def test_recipe_keepers_html_is_read(write):
    recipe = """<div class="recipe-details"><h2 itemprop="name">{title}</h2><div>Serves <span itemprop="recipeYield">4
    </span></div><meta content="PT20M" itemprop="prepTime"><table><tr><td><h3>Ingredients</h3>
    <div class="recipe-ingredients" itemprop="recipeIngredients"><p>mint</p><p>water</p></div></td><td>
    <h3>Directions</h3><div itemprop="recipeDirections"><p>Boil it.</p><p>Pour it.</p></div></td></tr></table></div>"""
    page = f"<html><body>{recipe.format(title='Tea')}{recipe.format(title='Mint Tea')}</body></html>"
    tea, mint_tea = read_linked_data(write("recipes.html", page))
    assert (tea.title, tea.ingredients, tea.steps) == ("Tea", ("mint", "water"), ("Boil it.", "Pour it."))
    assert (mint_tea.title, mint_tea.servings, mint_tea.times) == ("Mint Tea", "4 servings", ("prep 20 min",))
