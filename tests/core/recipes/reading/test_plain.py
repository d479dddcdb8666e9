from __future__ import annotations

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.plain import _Gap, _separator, read_plain
from recipe_tui.core.recipes.reading.reader import read_recipes
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import fields

SOUP = ("Red Lentil Soup", ("1 onion, chopped", "200 g red lentils"), ("Fry the onion.", "Add the lentils and simmer."))
TEA = ("Mint Tea", ("1 handful mint", "2 cups water"), ("Boil the water and pour it over the mint.",))
CAKE = ("Plain Yoghurt Cake", ("3 eggs", "1 cup flour"), ("Mix the eggs and the flour.", "Bake for 30 minutes."))
RECIPES = [SOUP, TEA, CAKE]


def lines(recipe) -> list[str]:
    title, ingredients, steps = recipe
    return [title, *ingredients, *steps]


def text(recipes, between="\n") -> str:
    return between.join("\n".join(lines(recipe)) for recipe in recipes) + "\n"


def test_recipes_that_nothing_separates_are_told_apart(write):
    recipes = list(read_plain(write("book.recipes.training", text(RECIPES))))
    assert [fields(recipe) for recipe in recipes] == RECIPES
    assert [recipe.source.line for recipe in recipes] == [1, 6, 10]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("epicurious.recipes.training", "train"),
        ("epicurious.recipes.testing", "test"),
        ("epicurious.recipes.validation", "validation"),
        ("epicurious.recipes.validation.gz", "validation"),
        ("training.txt", None),
    ],
)
def test_the_name_of_the_file_tells_the_split(write, name, split):
    assert {recipe.source.split for recipe in read_plain(write(name, text(RECIPES)))} == {split}


@pytest.mark.parametrize(
    "between",
    ["\n\n", "\n\n\n", "\n<|endoftext|>\n", "<|endoftext|>", "\n<|endoftext|>"],
    ids=["blank line", "blank lines", "marker on a line", "marker alone", "marker before the title"],
)
def test_separators_are_boundaries(write, between):
    recipes = list(read_plain(write("book.txt", text(RECIPES * 5, between))))
    assert [fields(recipe) for recipe in recipes] == RECIPES * 5


def test_a_separator_settles_what_the_lines_leave_open(write):
    without_ingredients = ("Eggs", (), ("Boil until they are hard.",))
    for separator in ("\n<|endoftext|>\n", "\n\n"):
        path = write("book.txt", text([SOUP, without_ingredients, TEA], separator))
        assert [fields(recipe) for recipe in read_plain(path)] == [SOUP, without_ingredients, TEA]


def test_the_marker_outweighs_whatever_a_line_says(write):
    odd = ("stir and eat it.", ("1 egg",), ("Eat the egg.",))
    path = write("book.txt", text([SOUP, odd, TEA], "<|endoftext|>"))
    assert [fields(recipe) for recipe in read_plain(path)] == [SOUP, odd, TEA]


def test_blank_lines_may_part_title_ingredients_and_steps(write):
    spaced = "\n\n".join(
        f"{title}\n\n{chr(10).join(items)}\n\n{chr(10).join(steps)}" for title, items, steps in RECIPES
    )
    assert [fields(recipe) for recipe in read_plain(write("book.txt", spaced))] == RECIPES


def test_blank_lines_after_every_line_part_nothing(write):
    spaced = text(RECIPES).replace("\n", "\n\n")
    assert [fields(recipe) for recipe in read_plain(write("book.txt", spaced))] == RECIPES


@pytest.mark.parametrize(
    ("markers", "blank_lines", "others", "separator"),
    [
        (0, 0, 99, _Gap.NOTHING),
        (0, 1, 98, _Gap.BLANK_LINE),  # a recipe of at most 100 lines
        (0, 1, 99, _Gap.NOTHING),
        (0, 33, 65, _Gap.BLANK_LINE),  # a recipe of at least 3 lines
        (0, 34, 64, _Gap.NOTHING),
        (1, 33, 65, _Gap.MARKER),
        (1, 0, 99, _Gap.NOTHING),
        (98, 0, 0, _Gap.MARKER),
    ],
)
def test_a_separator_is_as_frequent_as_recipes_are(markers, blank_lines, others, separator):
    gaps = [_Gap.MARKER] * markers + [_Gap.BLANK_LINE] * blank_lines + [_Gap.NOTHING] * others
    assert _separator(gaps) is separator


def test_a_stray_blank_line_in_a_long_file_parts_nothing(write):
    content = text(RECIPES * 20).replace("Add the lentils", "\nAdd the lentils", 1)
    assert [fields(recipe) for recipe in read_plain(write("book.txt", content))] == RECIPES * 20


def test_a_line_that_is_not_utf_8_is_named_and_the_rest_is_read(write):
    content = text(RECIPES).encode().replace(b"2 cups water", "2 cups café".encode() + b"caf\xe9")
    path = write("book.recipes.testing", content)
    outcomes = list(read_plain(path))
    assert [outcome for outcome in outcomes if isinstance(outcome, Unreadable)] == [
        Unreadable(str(path), 8, "not UTF-8 (byte 16 of the line)")
    ]
    recipes = [outcome for outcome in outcomes if not isinstance(outcome, Unreadable)]
    assert [recipe.title for recipe in recipes] == [title for title, _, _ in RECIPES]
    assert recipes[1].ingredients == ("1 handful mint",)


def test_a_text_of_unreadable_lines_names_them_all(write):
    path = write("book.txt", b"caf\xc3\xa9 caf\xe9 au lait\nth\xe9 glac\xe9\n")
    assert [outcome.line for outcome in read_plain(path)] == [1, 2]


def test_lines_are_cut_at_newlines_only_and_otherwise_left_as_they_are(write):
    content = text(RECIPES).replace("1 onion, chopped", "  1 onion,\u2028chopped\x0b ").replace("\n", "\r\n")
    soup = next(iter(read_plain(write("book.txt", "\ufeff" + content))))
    assert soup.title == "Red Lentil Soup"
    assert soup.ingredients[0] == "  1 onion,\u2028chopped\x0b "


@pytest.mark.parametrize("content", ["Mint Tea\n", "The cat sat on the mat.\nIt was happy there.\n"])
def test_a_text_without_a_recipe_is_an_error(write, content):
    path = write("notes.txt", content)
    with pytest.raises(SourceError) as error:
        list(read_plain(path))
    assert error.value.message == f"{path}: no recipe found: nowhere do directions follow ingredients"
    assert error.value.hint


def test_lines_without_another_title_for_ever_are_no_recipe(write):
    path = write("book.txt", text(RECIPES) + "\n" + "a\n" * 1_000_000)
    with pytest.raises(SourceError, match="no recipes: 100,000 lines without a title after line"):
        list(read_plain(path))


def test_a_recipe_of_too_many_lines_is_left_out_and_the_others_are_read(write):
    path = write("book.txt", text([RECIPES[0], ("Stew", ("1 onion",), ("Stir it again.",) * 10_000), RECIPES[1]]))
    first, stew, second = read_plain(path)
    assert [fields(first), fields(second)] == list(RECIPES[:2])
    assert stew.reason == "10,002 lines without another title"


@pytest.mark.parametrize("heading", ["## Brittle", "[Brittle]", "**Brittle**", "--- Brittle ---", "Brittle:"])
def test_a_marked_heading_is_no_title(write, heading):
    cake = ["Cake", "2 eggs", "200 g flour", heading, "100 g sugar", "Mix the flour and the eggs and bake.", heading]
    tea = ["Stir the sugar until smooth.", "", "Tea", "1 bag tea", "1 cup water", "Boil the water and pour it.", ""]
    read = list(read_plain(write("two.txt", "\n".join(cake + tea))))
    assert [(recipe.title, len(recipe.ingredients), len(recipe.steps)) for recipe in read] == [
        ("Cake", 4, 3),
        ("Tea", 2, 1),
    ]


KNEAD = ("Knead the dough well.", "Bake for 40 minutes.")
BREAD = ("Ingredients:", "", "3 cups flour", "1 cup water", "", "Directions:", "", *KNEAD)


def described(recipe) -> tuple[str, tuple[str, ...]]:
    return recipe.servings, recipe.times


@pytest.mark.parametrize("without", [(), ("Ingredients:",), ("Directions:",), ("Ingredients:", "Directions:")])
def test_labels_above_blank_lines_are_no_headings_and_what_stands_below_the_title_describes_the_recipe(write, without):
    body = [line for line in BREAD if line not in without]
    path = write("bread.txt", "\n".join(["Bread", "Makes 2 loaves", "Prep time: 20 min", "", *body]) + "\n")
    (recipe,) = read_plain(path)
    assert fields(recipe) == ("Bread", ("3 cups flour", "1 cup water"), KNEAD)
    assert described(recipe) == ("2 loaves", ("prep 20 min",))


def test_a_description_may_stand_apart_from_the_title_and_belongs_to_its_own_recipe(write):
    bread, soup = ["Bread", "", "Makes 2 loaves", "", *BREAD], ["Soup", "Serves 4", "", *BREAD]
    books = [bread, soup, ["Pie", "", *BREAD, "Serves 8."]]
    recipes = list(read_plain(write("book.txt", "\n\n".join("\n".join(one) for one in books) + "\n")))
    assert [(one.title, one.servings) for one in recipes] == [
        ("Bread", "2 loaves"),
        ("Soup", "4 servings"),
        ("Pie", "8 servings"),
    ]
    assert {one.steps for one in recipes} == {KNEAD}


@pytest.mark.parametrize(
    ("head", "labels", "expected"),
    [
        (
            "Suppe\nFür 4 Personen\nZubereitungszeit: 1 Stunde 20 Minuten\n",
            ("Zutaten:", "Zubereitung:"),
            ("4 Personen", ("prep 1 h 20 min",)),
        ),
        (
            "Soupe\nPour 6 personnes\nPréparation : 20 min\n",
            ("Ingrédients :", "Préparation :"),
            ("6 personnes", ("prep 20 min",)),
        ),
        ("Soup\nServes 4 | Cook: 30 min", ("Ingredients:", "Method:"), ("4 servings", ("cook 30 min",))),
        ("Title: Soup\nServes: 4", ("Ingredients:", "Method:"), ("4 servings", ())),
    ],
    ids=["German", "French", "on one line", "below a labelled title"],
)
def test_descriptions_of_labelled_recipes_are_kept(write, head, labels, expected):
    text = f"{head}\n{labels[0]}\n\n1 x\n2 y\n\n{labels[1]}\n\nBoil it.\nServe hot.\n"
    (recipe,) = read_plain(write("soup.txt", text))
    assert described(recipe) == expected
    assert (recipe.ingredients, recipe.steps) == (("1 x", "2 y"), ("Boil it.", "Serve hot."))


def test_a_corpus_whose_files_are_its_splits_is_read_line_by_line(write):
    lines = ["Bread", "Makes 2 loaves", *BREAD[2:4], *BREAD[7:]]
    (recipe,) = read_plain(write("book.training", "\n".join(lines) + "\n"))
    assert recipe.ingredients == ("Makes 2 loaves", "3 cups flour", "1 cup water")


@pytest.mark.parametrize(
    "label",
    """Directions|directions|DIRECTIONS|Directions:|Directions -|** Directions **|<Directions>|[Directions]|Method|Steps
    |Instructions|Preparation|Cooking Instructions|How to make it|What to do:|Directions (oven at 350)|Zubereitung
    |Préparation|Preparación|做法|— Method —""".replace("\n", "").split("|"),
)
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_label_above_the_directions_needs_none_above_the_ingredients(write, label, gap):
    title, ingredients, steps = SOUP
    one = f"{title}\n\n{chr(10).join(ingredients)}\n{gap}{label.strip()}\n{gap}{chr(10).join(steps)}\n\n"
    assert [fields(recipe) for recipe in read_plain(write("notes.txt", one))] == [SOUP]
    two = one + one.replace(title, "Brown Soup")
    assert [fields(recipe) for recipe in read_plain(write("notes.txt", two))] == [SOUP, ("Brown Soup", *SOUP[1:])]


def test_a_label_may_stand_on_the_line_of_the_first_step(write):
    title, ingredients, steps = SOUP
    content = "\n".join((title, *ingredients, f"Method: {steps[0]}", *steps[1:]))
    assert [fields(recipe) for recipe in read_plain(write("notes.txt", content))] == [SOUP]


@pytest.mark.parametrize("last", ["cooking.", "directions\non the packet, then simmer it for 10 minutes."])
def test_a_word_of_a_sentence_on_several_lines_is_no_label(write, last):
    title, ingredients, steps = SOUP
    content = "\n".join((title, *ingredients, *steps, "Stir well and see the", last))
    recipe, _ = read_plain(write("notes.txt", f"{content}<|endoftext|>{text([TEA])}"))
    assert recipe.ingredients == ingredients
    assert recipe.steps == (*steps, "Stir well and see the", *last.split("\n"))


@pytest.mark.parametrize("labels", [("Ingredients", "Directions"), ("Ingredients", ""), ("Zutaten:", "Zubereitung:")])
def test_a_recipe_without_a_title_is_named_for_its_file_and_not_for_its_label(write, labels):
    _, ingredients, steps = SOUP
    content = "\n".join((labels[0], *ingredients, *filter(None, labels[1:]), *steps))
    (recipe,) = read_plain(write("red-lentil_soup.txt", content))
    assert fields(recipe) == ("Red lentil soup", ingredients, steps)


@pytest.mark.parametrize("line", ["=== {} ===", "*** {} ***", "--- {} ---", "~ {} ~", "**{}**", "Recipe: {}", "{}"])
@pytest.mark.parametrize(
    ("head", "labels"),
    [("", ("", "")), ("\n", ("Ingredients\n===========", "Directions\n==========")), ("", ("Ingredients:", "Method:"))],
    ids=["none", "underlined", "labels"],
)
def test_a_title_may_stand_between_marks(write, line, head, labels):
    title, ingredients, steps = SOUP
    parts = (line.format(title) + head, labels[0], *ingredients, labels[1], *steps)
    (recipe,) = read_recipes([write("notes.txt", "\n".join(filter(None, parts)))])
    assert fields(recipe) == SOUP


@pytest.mark.parametrize("mark", ["> ", ">", ">> ", "> > "])
@pytest.mark.parametrize("labels", [("Ingredients:", "Directions:"), ("", "Directions"), ("", "")])
def test_the_marks_of_a_mail_are_no_part_of_the_recipe_that_it_quotes(write, mark, labels):
    title, ingredients, steps = SOUP
    body = "\n".join(mark + line for line in (title, "", labels[0], *ingredients, "", labels[1], *steps))
    head = "Date: Mon, 3 Jan 2005\nFrom: ann@example.com\nTo: bob@example.com\nSubject: Re: soup\n"
    (recipe,) = read_plain(write("mail.txt", f"{head}\nOn Monday, Ann wrote:\n{body}\n"))
    assert fields(recipe) == SOUP
