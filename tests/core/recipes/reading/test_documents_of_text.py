"""Markdown, RecipeMD and Cooklang."""

from __future__ import annotations

import pytest

from recipe_tui.core.browsing.origin import read_place
from recipe_tui.core.recipes.reading.reader import read_recipes
from tests.core.recipes.reading.conftest import fields

LISTED = "- 1 handful mint\n- 500 ml water\n"
NUMBERED = "1. Boil the water.\n2. Pour it.\n"
HUGO = """---
title: "Mint Tea"
tags: ['hot', 'quick']
---

A drink for cold days, which nobody should miss.

- Prep time: 5 min

## Ingredients

- 1 handful **mint**
- For the syrup:
    - 2 cups [sugar](/sugar)

## Directions

1. Boil the
   water.
2. Pour it.

## Notes

Nothing to say.
"""


def test_a_hugo_page_is_a_recipe(write):
    (tea,) = read_recipes([write("tea.md", HUGO)])
    assert fields(tea) == (
        "Mint Tea",
        ("1 handful mint", "For the syrup:", "2 cups sugar"),
        ("Boil the water.", "Pour it."),
    )
    assert tea.tags == ("hot", "quick")
    assert read_place(tea.source).text == HUGO


@pytest.mark.parametrize(
    ("ingredients", "steps"), [("Ingredients", "Method"), ("Zutaten", "Zubereitung"), ("必备原料和工具", "操作")]
)
def test_headings_may_be_of_another_language(write, ingredients, steps):
    (tea,) = read_recipes([write("tea.md", f"# Mint Tea\n\n## {ingredients}\n\n* mint\n\n## {steps}\n\n* Boil it.\n")])
    assert fields(tea) == ("Mint Tea", ("mint",), ("Boil it.",))


def test_several_recipes_may_stand_in_one_document(write):
    one = "# {}\n\n## Ingredients\n\n- mint\n\n## Directions\n\n1. Boil it.\n\n"
    recipes = list(read_recipes([write("book.md", one.format("Tea") + one.format("Soup"))]))
    assert [recipe.title for recipe in recipes] == ["Tea", "Soup"]


RECIPEMD = """# Mint Tea

A drink.

*hot, quick*

**2 cups**

---

- *1 handful* mint

## Syrup

- *2 cups* sugar
  and water

---

Boil the water.

Pour it.
"""


def test_recipemd_is_read_by_its_rules(write):
    (tea,) = read_recipes([write("tea.md", RECIPEMD)])
    assert fields(tea) == (
        "Mint Tea",
        ("1 handful mint", "Syrup:", "2 cups sugar and water"),
        ("Boil the water.", "Pour it."),
    )
    assert tea.tags == ("hot", "quick")


def test_paragraphs_and_inner_lists_are_part_of_an_ingredient_of_recipemd(write):
    items = "- *5 g*\n\n  salt\n\n- tea, hot\n  - green\n    - or black\n"
    (tea,) = read_recipes([write("tea.md", f"# Tea\n\n---\n\n{items}\n---\n\nBoil.\n")])
    assert tea.ingredients == ("5 g salt", "tea, hot green or black")


COOKLANG = """---
title: Mint Tea
tags: [hot, quick]
---
-- a comment
> A note.

Boil @water{500%ml} in a #large pot{} for ~{5%minutes}. [- really -]

== Syrup ==

Stir @cane sugar{1/2%cup}(sifted) and @mint in,
then serve.
"""


def test_cooklang_is_read_by_its_marks(write):
    (tea,) = read_recipes([write("tea.cook", COOKLANG)])
    assert fields(tea) == (
        "Mint Tea",
        ("500 ml water", "Syrup:", "1/2 cup cane sugar, sifted", "mint"),
        ("Boil water in a large pot for 5 minutes.", "Syrup:", "Stir cane sugar (sifted) and mint in, then serve."),
    )
    assert tea.tags == ("hot", "quick")


def test_a_cooklang_file_without_a_title_is_named_by_its_file(write):
    (eggs,) = read_recipes([write("Boiled Eggs.cook", "Boil @eggs{2} for ~eggs{3%minutes}.\n")])
    assert fields(eggs) == ("Boiled Eggs", ("2 eggs",), ("Boil eggs for 3 minutes.",))


def test_an_emoji_is_a_cooklang_word(write):
    (eggs,) = read_recipes([write("Eggs.cook", "Boil @🥚 and @salt.\n")])
    assert fields(eggs) == ("Eggs", ("🥚", "salt"), ("Boil 🥚 and salt.",))


@pytest.mark.parametrize("body", [NUMBERED, f"A tea.\n\n{NUMBERED}", f"## Method\n\n{NUMBERED}\n## Notes\n\nHot.\n"])
def test_the_directions_may_stand_below_the_ingredients_of_the_front_matter(write, body):
    matter = "---\nlayout: recipe\ntitle: Mint Tea\ningredients:\n- 1 handful mint\n- 500 ml water\n---\n\n"
    (tea,) = read_recipes([write("tea.md", matter + body)])
    assert fields(tea) == ("Mint Tea", ("1 handful mint", "500 ml water"), ("Boil the water.", "Pour it."))
    assert tea.unread_fields == ()


def test_lines_without_bullets_are_ingredients_and_steps_of_their_own(write):
    text = (
        "# Mint Tea\n\n## Ingredients\n\n1 handful mint\n500 ml water\n\n## Directions\n\nBoil the water.\nPour it.\n"
    )
    (tea,) = read_recipes([write("tea.md", text)])
    assert fields(tea) == ("Mint Tea", ("1 handful mint", "500 ml water"), ("Boil the water.", "Pour it."))


def test_front_matter_may_be_json(write):
    text = f'{{"title": "Mint Tea",\n"tags": ["hot"]}}\n\n## Ingredients\n\n{LISTED}\n## Directions\n\n{NUMBERED}'
    (tea,) = read_recipes([write("a.md", text)])
    assert (tea.title, tea.tags) == ("Mint Tea", ("hot",))


def test_a_mail_address_is_no_cooklang_ingredient(write):
    (tea,) = read_recipes([write("tea.cook", "Ask tea@mint.org about @mint{1%bunch}.\n\nPour on @water.")])
    assert fields(tea) == ("tea", ("1 bunch mint", "water"), ("Ask tea@mint.org about mint.", "Pour on water."))


def test_a_cooklang_reference_is_no_further_ingredient(write):
    (tea,) = read_recipes([write("tea.cook", "Boil @water{1%l}.\n\nPour the @&water on @mint.")])
    assert tea.ingredients == ("1 l water", "mint")


def test_a_cooklang_mark_before_a_blank_is_text(write):
    (eggs,) = read_recipes([write("Eggs.cook", "Boil @eggs{2} at 1 @ example{}.\n")])
    assert fields(eggs) == ("Eggs", ("2 eggs",), ("Boil eggs at 1 @ example{}.",))


@pytest.mark.parametrize(
    "matter", ["a: &a [x, x]\nb: [*a, *a]", "title: [" * 500, "title: 'open", "title: !!python/name:os"]
)
def test_hostile_front_matter_is_read_line_by_line_or_left(write, matter):
    (tea,) = read_recipes([write("tea.md", f"---\n{matter}\n---\n## Ingredients\n- mint\n## Steps\n1. Boil.\n")])
    assert tea.ingredients == ("mint",)


def test_markdown_names_servings_and_times_in_its_front_matter_or_above_the_ingredients(write):
    (tea,) = read_recipes([write("tea.md", HUGO.replace("tags:", "servings: 2\ncuisine: Moroccan\ntags:"))])
    assert (tea.servings, tea.times) == ("2 servings", ("prep 5 min",))
    assert set(tea.tags) == {"Moroccan", "hot", "quick"}
    (tea,) = read_recipes([write("b.md", HUGO.replace("- Prep", "- 🍽️ **Servings:** 4\n- ⏲️ Cook time: 1 h\n- Prep"))])
    assert (tea.servings, tea.times) == ("4 servings", ("prep 5 min", "cook 1 h"))


def test_recipemd_writes_its_yields_in_strong_emphasis(write):
    (tea,) = read_recipes([write("tea.md", RECIPEMD)])
    assert tea.servings == "2 cups"


@pytest.mark.parametrize(
    "metadata", ["---\nservings: 2\nprep time: 5 min\n---\n", ">> servings: 2\n>> prep time: 5 min\n"]
)
def test_cooklang_names_servings_and_times_in_its_metadata(write, metadata):
    (tea,) = read_recipes([write("tea.cook", metadata + "Boil @water{500%ml} well.\n")])
    assert (tea.servings, tea.times) == ("2 servings", ("prep 5 min",))


STYLES = {
    "bold headings": f"# Tea\n\n**Ingredients:**\n\n{LISTED}\n**Directions**\n\n{NUMBERED}",
    "underlined headings": f"Tea\n===\n\nIngredients\n-----------\n\n{LISTED}\nMethod\n------\n\n{NUMBERED}",
    "a table": "# Tea\n\n## Ingredients\n\n| amount | what |\n|---|---|\n| 1 handful | mint |\n| 500 ml | water |\n\n"
    f"## Method\n\n{NUMBERED}",
    "front matter alone": f"---\ntitle: Tea\ningredients:\n{LISTED}directions:\n- Boil the water.\n- Pour it.\n---\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_markdown_of_other_styles_is_read(write, style):
    (tea,) = read_recipes([write("tea.md", STYLES[style])])
    assert fields(tea) == ("Tea", ("1 handful mint", "500 ml water"), ("Boil the water.", "Pour it."))


@pytest.mark.parametrize(
    ("flour", "said"),
    [
        ("@flour{2%cups", "@flour{2%cups}"),
        ("@flour{2%cups\n", "@flour{2%cups}"),
        ("@flour{{2%cups}}", "@flour{2%cups}"),
        ("@flour{2%cups}}", "@flour{2%cups}"),
        ("@flour 2%cups}", "@flour{2%cups}"),
        ("@flour{2%cups} for #big pot{", "#big pot{}"),
        ("@flour{2%cups} for ~{5%minutes", "~{5%minutes}"),
        ("@flour{2%cups} and @{1%pinch}", "@{1%pinch}"),
        ("@flour{2%cups} and some{1%pinch}", "{1%pinch}"),
    ],
)
def test_a_mark_of_cooklang_with_broken_braces_is_mended_and_said(write, flour, said):
    recipe, wrong = read_recipes([write("cake.cook", f"Mix {flour} and @sugar{{1%cup}} well.")])
    assert recipe.ingredients == ("2 cups flour", "1 cup sugar")
    assert recipe.steps[0].startswith("Mix flour")
    assert wrong.reason.endswith(said)


@pytest.mark.parametrize(
    "text", ["Mix @flour{2%cups} \\{or so\\}.", "Use {braces} with @flour{2%cups}.", "~{5%min} @flour{2%cups}{}"]
)
def test_whole_marks_of_cooklang_are_left_alone(write, text):
    (recipe,) = read_recipes([write("cake.cook", text)])
    assert recipe.ingredients == ("2 cups flour",)
