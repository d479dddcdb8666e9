"""Markdown's other headings: which hold groups of ingredients or steps, and which are left out."""

from __future__ import annotations

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.reader import read_recipes
from tests.core.recipes.reading.conftest import fields

INGREDIENTS = "## Ingredients\n\n- mint\n\n"
DIRECTIONS = "## Directions\n\n1. Boil it.\n\n"


@pytest.fixture
def read(write):
    """Read the recipes of a Markdown text."""

    def read(text: str, name: str = "tea.md"):
        return list(read_recipes([write(name, text)]))

    return read


@pytest.fixture
def lines(read):
    """Return the ingredients and the steps of a Markdown text that holds one recipe."""

    def lines(text: str):
        (tea,) = read(text)
        return tea.ingredients, tea.steps

    return lines


@pytest.mark.parametrize("heading", ["Spice Blend", "For the syrup", "Dough", "Served with"])
def test_a_bullet_list_between_ingredients_and_directions_is_a_group_of_ingredients(lines, heading):
    text = f"{INGREDIENTS}## {heading}\n\n- cumin\n- salt to taste\n\n{DIRECTIONS}"
    assert lines(text) == (("mint", f"{heading}:", "cumin", "salt to taste"), ("Boil it.",))


def test_a_list_of_quantities_below_the_directions_is_a_group_of_ingredients(lines):
    text = f"{INGREDIENTS}{DIRECTIONS}## Syrup\n\n* 200 g sugar\n* ½ cup water\n* salt\n"
    assert lines(text) == (("mint", "Syrup:", "200 g sugar", "½ cup water", "salt"), ("Boil it.",))


@pytest.mark.parametrize("heading", ["Seasoning suggestion", "Second part", "Assembly", "The sauce"])
def test_a_numbered_list_below_another_heading_is_a_group_of_steps(lines, heading):
    text = f"{INGREDIENTS}{DIRECTIONS}## {heading}\n\n- This is optional.\n\n1. Dry it.\n2. Grind it.\n\nEnjoy!\n"
    steps = ("Boil it.", f"{heading}:", "This is optional.", "Dry it.", "Grind it.", "Enjoy!")
    assert lines(text) == (("mint",), steps)


@pytest.mark.parametrize("heading", ["Assembly", "Baking", "Frying", "Chop the leaves", "Part 2", "Step 2: Sweeten"])
@pytest.mark.parametrize("mark", ["- ", ""])
def test_a_heading_that_names_a_part_of_the_work_is_a_group_of_steps(lines, heading, mark):
    text = f"{INGREDIENTS}{DIRECTIONS}## {heading}\n\n{mark}An air fryer works well for this.\n"
    assert lines(text) == (("mint",), ("Boil it.", f"{heading}:", "An air fryer works well for this."))


def test_a_bullet_list_whose_items_open_like_steps_is_a_group_of_steps(lines):
    text = f"{INGREDIENTS}{DIRECTIONS}## Syrup\n\n- Stir the sugar in.\n- Simmer it.\n"
    assert lines(text)[1] == ("Boil it.", "Syrup:", "Stir the sugar in.", "Simmer it.")


def test_a_recipe_may_have_no_heading_for_its_directions(lines):
    text = f"{INGREDIENTS}## Make the tea\n\n1. Boil it.\n\n## Pour\n\nPour it slowly.\n"
    assert lines(text)[1] == ("Make the tea:", "Boil it.", "Pour:", "Pour it slowly.")


@pytest.mark.parametrize(
    "heading",
    """Notes|Chef's Note|A note on ingredient snootiness|Tips & Tricks|Cooking Tips|Recipe notes|Variations|Source
    |Equipment|Nutrition facts|Storage instructions|Serving sizes|Story|Substitutions|How to store it|Contribution
    |Hinweise|Tipps|Variantes|附加内容|小贴士|コツ|팁""".replace("\n    ", "").split("|"),
)
def test_notes_and_the_like_are_left_out_wherever_they_stand(lines, heading):
    aside = "\n\n1. 2 cups of it are too much.\n2. Stir it well.\n\nBoil it twice.\n\n"
    text = f"{INGREDIENTS}## {heading}{aside}### More\n\n- 1 cup\n\n{DIRECTIONS}### {heading}{aside}## {heading}{aside}"
    assert lines(text) == (("mint",), ("Boil it.",))


def test_prose_and_lists_that_nothing_shows_to_belong_to_the_recipe_are_left_out(lines):
    text = f"{INGREDIENTS}{DIRECTIONS}## The friar's soup\n\nA friar came.\n\n- According to the people\n"
    assert lines(text) == (("mint",), ("Boil it.",))


def test_steps_that_name_their_tools_are_no_notes(lines):
    text = f"{INGREDIENTS}## Directions\n\n### Prepare the equipment\n\n- Warm the pot.\n\n### Serve\n\n- Pour it.\n"
    assert lines(text)[1] == ("Prepare the equipment:", "Warm the pot.", "Serve:", "Pour it.")


@pytest.mark.parametrize("heading", ["Beef Tips in Gravy", "Asparagus tips"])
def test_tips_that_are_eaten_are_no_notes(lines, heading):
    text = f"{INGREDIENTS}## Directions\n\n**{heading}**\n\n1. Boil them.\n\n### {heading}\n\n1. Fry them.\n"
    assert lines(text)[1] == (f"{heading}:", "Boil them.", f"{heading}:", "Fry them.")


@pytest.mark.parametrize("heading", ["Ingredients and equipment", "Tools & ingredients", "1. Ingredients"])
def test_a_heading_of_ingredients_and_tools_is_one_of_ingredients(lines, heading):
    assert lines(f"## {heading}\n\n- mint\n\n{DIRECTIONS}") == (("mint",), ("Boil it.",))


def test_headings_that_name_a_field_again_stay_as_headings_of_groups(lines):
    text = f"{INGREDIENTS}## Syrup ingredients\n\n- sugar\n\n{DIRECTIONS}## Directions for the syrup\n\n1. Stir.\n"
    assert lines(text) == (
        ("mint", "Syrup ingredients:", "sugar"),
        ("Boil it.", "Directions for the syrup:", "Stir."),
    )


def test_a_component_with_ingredients_and_directions_of_its_own_is_a_group_of_both(lines):
    text = f"# Tea\n\n{INGREDIENTS}{DIRECTIONS}## Syrup\n\n### Ingredients\n\n- sugar\n\n### Directions\n\n1. Stir.\n"
    assert lines(text) == (("mint", "Syrup:", "sugar"), ("Boil it.", "Syrup:", "Stir."))


def test_each_recipe_of_a_book_has_the_times_that_stand_below_its_own_title(read):
    one = "# {}\n\n- Cook time: {} min\n\n" + INGREDIENTS + DIRECTIONS + "## Notes\n\n- Nothing.\n\n"
    tea, soup = read(one.format("Tea", 5) + one.format("Soup", 30))
    assert [(recipe.title, recipe.times) for recipe in (tea, soup)] == [
        ("Tea", ("cook 5 min",)),
        ("Soup", ("cook 30 min",)),
    ]
    assert fields(tea)[1:] == fields(soup)[1:] == (("mint",), ("Boil it.",))


@pytest.mark.parametrize("about", ["", "What we eat.\n\n"])
def test_each_recipe_of_a_book_has_its_own_title_and_not_the_book_s(read, about):
    one = "## {}\n\n### About\n\nIt is good.\n\n" + (INGREDIENTS + DIRECTIONS).replace("## ", "### ")
    recipes = read(f"# Our book\n\n{about}" + one.format("Tea") + one.format("Soup") + one.format("Punch"))
    assert [recipe.title for recipe in recipes] == ["Tea", "Soup", "Punch"]
    assert [recipe.title for recipe in read("# Tea\n\n" + one.format("Our way"))] == ["Tea"]


def test_groups_may_be_named_in_bold(lines):
    text = "# Tea\n\n**Ingredients**\n\n- mint\n\n**Syrup**\n\n- sugar\n\n**Method**\n\n1. Boil.\n\n**Tips**\n\n- No.\n"
    assert lines(text) == (("mint", "Syrup:", "sugar"), ("Boil.",))


@pytest.mark.parametrize(
    "head",
    [
        "Prep time: 5 min\nCook time: 10 min\nServings: 2\n",
        "Prep: 5 min | Cook: 10 min | Serves 2\n",
        "- ⏲️ Prep 5 min\n- 🍳Cook Time: 10 minutes\n- 🍽️ Servings 2\n",
        "| | |\n|---|---|\n| Prep time | 5 min |\n| Cook time | 10 min |\n| Serves | 2 |\n",
        "- **Prep time**： 5 min\n- Cook: 10 min\n- Serving: 2\n",
    ],
)
def test_servings_and_times_are_found_however_they_are_laid_out(read, head):
    (tea,) = read(f"# Tea\n\n{head}\n{INGREDIENTS}{DIRECTIONS}")
    assert (tea.servings, tea.times) == ("2 servings", ("prep 5 min", "cook 10 min"))


@pytest.mark.parametrize("kind", ["Wait time", "Chill", "Fridge time", "Fermentation time", "Resting time"])
def test_all_time_without_work_is_rest(read, kind):
    (tea,) = read(f"- {kind}: 1 hr\n\n{INGREDIENTS}{DIRECTIONS}")
    assert tea.times == ("rest 1 h",)


def test_prose_that_begins_like_a_name_of_servings_is_none(read):
    (tea,) = read(f"Serves many people. Cook this. Makes a good meal: always.\n\n{INGREDIENTS}{DIRECTIONS}")
    assert (tea.servings, tea.times) == ("", ())


def test_images_shortcodes_boxes_and_links_leave_no_marks(lines):
    text = (
        "## Ingredients\n\n![[mint.jpg]]\n\n- [ ] 1 handful [[Herbs/Mint|mint]]\n- [x] [[Sugar]]\n"
        "- water[^1] ![](a.png)\n\n"
        "## Directions\n\n![pot](pot.webp)\n\n1. Boil {{< ref temperature >}}it.\n"
        '2. {% include image.html src="x.png" %}\n3. Pour it. %% really %%\n{:.steps}\n\n[^1]: Of a spring.\n'
    )
    assert lines(text) == (("1 handful mint", "Sugar", "water"), ("Boil it.", "Pour it."))


@pytest.mark.parametrize(
    "line", ["Originally published at [a site](https://example.org)", "Source: https://example.org", "Adapted from Ann"]
)
def test_a_line_that_names_the_source_is_no_step(lines, line):
    assert lines(f"{INGREDIENTS}{DIRECTIONS}\n{line}\n") == (("mint",), ("Boil it.",))


def test_a_site_s_list_of_recipes_is_no_recipe(read):
    index = "---\ntitle: Cooking\n---\n\n## Newest Recipes\n\n{{< list >}}\n\n## About this site\n\n- [A video](/v)\n"
    with pytest.raises(SourceError, match="of an unknown kind"):
        read(index, "_index.md")


@pytest.mark.parametrize("run", ["1", "a", "a ", "a'", "{%", "%%a", "| ", "1 min"])
def test_long_runs_of_marks_take_no_more_than_linear_time(read, run):
    long = run * 5_000
    text = f"{INGREDIENTS}## {long}\n\n{long}\n\n{DIRECTIONS}# Soup\n\n{long}\n\n{INGREDIENTS}{DIRECTIONS}"
    assert [recipe.ingredients[0] for recipe in read(text)] == ["mint", "mint"]


def test_a_sentence_about_what_is_needed_heads_no_ingredients(read):
    (tea,) = read(f"**You will need a deep dish**\n\n- Servings: 4\n\n{INGREDIENTS}{DIRECTIONS}")
    assert (tea.ingredients, tea.servings) == (("mint",), "4 servings")
    (tea,) = read(f"## What you’ll need\n\n- mint\n\n{DIRECTIONS}")
    assert tea.ingredients == ("mint",)


def test_a_page_of_how_to_cook_is_a_recipe(read):
    text = (
        "# 薄荷茶的做法\n\n预估烹饪难度：★★\n\n## 必备原料和工具\n\n* 薄荷\n\n## 计算\n\n一份正好够 1 个人吃。\n\n"
        "每份：\n\n"
        "* 薄荷 10 g\n\n## 操作\n\n### 简易版\n\n- 烧水\n\n## 附加内容\n\n- 注意安全。\n\n"
        "如果您遵循本指南,请提出 Issue。\n"
    )
    (tea,) = read(text)
    assert fields(tea) == ("薄荷茶", ("薄荷", "每份：", "薄荷 10 g"), ("简易版:", "烧水"))


def test_comparison_signs_are_text_and_tags_are_none(lines):
    text = f"{INGREDIENTS}## Directions\n\n- Keep <b>it</b> at temp<60.\n- If a <b and c> d, or x<y>z, <3 minutes.\n"
    assert lines(text)[1] == ("Keep it at temp<60.", "If a <b and c> d, or x<y>z, <3 minutes.")


def parts(*names: str, level: int = 2) -> str:
    marks = "#" * level
    lists = (INGREDIENTS + DIRECTIONS).replace("## ", f"{marks}# ")
    return "".join(f"{marks} {name}\n\n{lists}" for name in names)


@pytest.mark.parametrize(
    "names",
    [
        ("For the cake", "For the frosting"),
        ("Cake", "Frosting"),
        ("Für den Teig", "Für die Creme"),
        ("Base", "The icing"),
    ],
)
@pytest.mark.parametrize("title", ["# Torte\n\n", "---\ntitle: Torte\n---\n\n"])
def test_parts_of_a_dish_with_lists_of_their_own_are_groups_of_one_recipe(read, title, names):
    (torte,) = read(title + parts(*names))
    assert torte.title == "Torte"
    assert torte.ingredients == (f"{names[0]}:", "mint", f"{names[1]}:", "mint")
    assert torte.steps == (f"{names[0]}:", "Boil it.", f"{names[1]}:", "Boil it.")


def test_a_part_on_the_level_of_the_title_is_a_group(read):
    (torte,) = read(f"# Torte\n\n{INGREDIENTS}{DIRECTIONS}# For the frosting\n\n{INGREDIENTS}{DIRECTIONS}")
    assert (torte.title, torte.ingredients) == ("Torte", ("mint", "For the frosting:", "mint"))


def test_several_recipes_on_a_page_stay_several_whatever_parts_they_have(read):
    torte = parts("For the cake", "For the frosting", level=3)
    book = f"# Cakes\n\n## Torte\n\n{torte}{parts('Lemon cake', 'Sand cake')}"
    assert [one.title for one in read(book)] == ["Torte", "Lemon cake", "Sand cake"]


@pytest.mark.parametrize(
    ("ingredients", "directions"),
    [
        ("Ingredients:\n\n- 2 cups mint\n- 3 eggs", "Directions:\n\n1. Boil it.\n2. Pour it."),
        ("Ingredients\n\n- 2 cups mint\n- 3 eggs", "Method\n\nBoil it.\n\nPour it."),
        ("Ingredients:\n2 cups mint\n3 eggs", "Method:\nBoil it.\nPour it."),
        ("Zutaten:\n* 2 cups mint\n* 3 eggs", "Zubereitung:\n1. Boil it.\n2. Pour it."),
        ("Ingredients\n===\n2 cups mint\n3 eggs", "Method\n---\nBoil it.\nPour it."),
        ("- 2 cups mint\n- 3 eggs", "1. Boil it.\n2. Pour it."),
        ("* 2 cups mint\n* 3 eggs", "Boil it.\n\nPour it."),
    ],
)
def test_markdown_may_label_its_lists_without_headings_or_not_at_all(read, ingredients, directions):
    (tea,) = read(f"# Mint Tea\n\nServes 4\n\n{ingredients}\n\n{directions}\n")
    assert fields(tea) == ("Mint Tea", ("2 cups mint", "3 eggs"), ("Boil it.", "Pour it."))
    assert tea.servings == "4 servings"


def test_several_recipes_of_a_document_may_have_labels_alone(read):
    one = "Ingredients:\n\n- 2 cups mint\n\nMethod:\n\n1. Boil it.\n"
    found = read(f"# Drinks\n\n## Mint Tea\n\n{one}\n## Green Tea\n\n{one}")
    assert [recipe.title for recipe in found] == ["Mint Tea", "Green Tea"]
    assert {recipe.ingredients for recipe in found} == {("2 cups mint",)}


@pytest.mark.parametrize(
    "text",
    [
        "# Tool\n\n- 2 cores\n- a disk\n- memory\n\n1. Install it.\n",
        "# Tool\n\nText.\n\n1. Install it.\n",
        "# Tool\n\n- 2 cores\n",
    ],
)
def test_lists_that_are_no_recipe_make_none(read, text):
    with pytest.raises(SourceError, match="of an unknown kind"):
        read(text)
