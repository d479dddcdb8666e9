import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recipe_tui.core.recipes.clean import clean
from recipe_tui.core.recipes.recipe import Recipe, Source

STEP = "Stir everything together and let it rest for an hour."


def make_recipe(title="Soup", ingredients=("1 cup water",), steps=(STEP,), **others):
    return Recipe(title, tuple(ingredients), tuple(steps), **others)


def test_a_sound_recipe_is_returned_as_it_is():
    recipe = make_recipe(tags=("Quick",), source=Source("file.jsonl", 3))
    cleaned = clean(recipe)
    assert cleaned.recipe == recipe
    assert cleaned.reason is None
    assert cleaned.repairs == ()


def test_what_was_mended_is_named_once_and_the_rest_is_left_alone():
    recipe = make_recipe(
        "Br&ucirc;l&eacute;e ",
        ("1&nbsp;cup cream", "2&nbsp;eggs"),
        tags=("Dessert",),
        source=Source("file.jsonl", 3),
    )
    cleaned = clean(recipe)
    assert cleaned.recipe == make_recipe(
        "Brûlée", ("1 cup cream", "2 eggs"), tags=("Dessert",), source=Source("file.jsonl", 3)
    )
    assert cleaned.repairs == ("entities", "blanks")


def test_one_repair_uncovers_work_for_an_earlier_one():
    cleaned = clean(make_recipe(steps=("&#<b>233;</b> and so on, until everything is done.",)))
    assert cleaned.recipe.steps == ("é and so on, until everything is done.",)
    assert cleaned.repairs == ("markup", "entities")


@pytest.mark.parametrize(
    ("title", "mended"),
    [
        ("  Lentil \n Soup ", "Lentil Soup"),
        ("Roasted Roots.", "Roasted Roots"),
        ("Mac & Cheese", "Mac & Cheese"),
        ("S.O.S.", "S.O.S."),
        ("Wait for It...", "Wait for It..."),
        ("Is It Done?", "Is It Done?"),
    ],
)
def test_a_title_is_one_trimmed_line_without_a_period(title, mended):
    assert clean(make_recipe(title)).recipe.title == mended


def test_tags_are_mended_too_and_blank_ones_go():
    cleaned = clean(make_recipe(tags=("Saut&eacute;", " ", "Milk\nCream")))
    assert cleaned.recipe.tags == ("Sauté", "Milk Cream")
    assert cleaned.repairs == ("tags",)


def test_a_chinese_character_counts_for_more_than_a_letter():
    assert clean(make_recipe(steps=("番茄切块，鸡蛋打散，热锅下油炒蛋。",))).reason is None
    assert clean(make_recipe(steps=("炒番茄，加盐。",))).reason == "short_steps"


def test_servings_and_times_are_mended_too():
    cleaned = clean(make_recipe(servings=" 4\nservings", times=("prep&nbsp;20 min", "")))
    assert (cleaned.recipe.servings, cleaned.recipe.times) == ("4 servings", ("prep 20 min",))
    assert cleaned.repairs == ("servings and times",)


def test_lists_are_mended_together():
    cleaned = clean(
        make_recipe(
            ingredients=("FOR SAUCE", "1cup cream", "N/A", "Garnish: mint", "*Sold at good shops."),
            steps=("1. Whip the cream until it is stiff.\n2. Fold in the rest and serve.", " "),
        )
    )
    assert cleaned.recipe.ingredients == ("FOR SAUCE:", "1 cup cream", "Garnish:", "mint")
    assert cleaned.recipe.steps == (
        "Whip the cream until it is stiff.",
        "Fold in the rest and serve.",
        "*Sold at good shops.",
    )
    assert cleaned.repairs == (
        "blanks",
        "joined units",
        "line breaks",
        "placeholders",
        "numbering",
        "empty lines",
        "headings",
        "labels",
        "notes",
    )


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (make_recipe(" "), "no_title"),
        (make_recipe("&nbsp;..."), "no_title"),
        (make_recipe(ingredients=()), "no_ingredients"),
        (make_recipe(ingredients=("N/A", "-")), "no_ingredients"),
        (make_recipe(ingredients=("For the sauce:",)), "no_ingredients"),
        (make_recipe(steps=()), "no_steps"),
        (make_recipe(steps=("", "...")), "no_steps"),
        (make_recipe(steps=("N/A",)), "no_steps"),
        (
            make_recipe(ingredients=("1 egg*", "*An egg is available at any farm, and in most shops."), steps=()),
            "no_steps",
        ),
        (make_recipe(steps=("Boil.",)), "short_steps"),
        (make_recipe(steps=("x" * 20, "y" * 19)), "short_steps"),
        (make_recipe(steps=("x" * 20, "y" * 20)), None),
    ],
)
def test_what_is_no_recipe_has_a_reason(recipe, reason):
    assert clean(recipe).reason == reason


def test_the_first_reason_in_order_is_given():
    assert clean(Recipe("", (), ())).reason == "no_title"
    assert clean(Recipe("Soup", (), ())).reason == "no_ingredients"


def test_a_recipe_to_drop_is_mended_all_the_same():
    cleaned = clean(make_recipe(" Soup ", steps=(" Boil. ",)))
    assert cleaned.recipe.title == "Soup"
    assert cleaned.recipe.steps == ("Boil.",)
    assert cleaned.reason == "short_steps"


def test_special_tokens_and_markup_in_a_recipe_are_plain_text_that_goes_or_stays_harmless():
    cleaned = clean(make_recipe(ingredients=("<|endoftext|>1 cup [red]beans[/red]",)))
    assert cleaned.recipe.ingredients == ("1 cup [red]beans[/red]",)


@pytest.mark.parametrize("step", ["Boil it.<|endoftext|>", "<|im_start|>assistant Boil it.<|im_end|>", "Boil it.</s>"])
def test_the_tokens_that_delimit_texts_for_language_models_count_as_markup(step):
    cleaned = clean(make_recipe(steps=(step, "<|endoftext|>")))
    assert cleaned.recipe.steps == ("Boil it.",)
    assert cleaned.repairs[0] == "markup"


FRAGMENTS = """
&amp; &amp;eacute; &#27; &#xd800; &lt;b&gt; & eacute; deg; &nbsp <br> <p <i> </x> <a =""> epi:recipelink <"" < > 350&F
saut jalape\ufffdo crme pur&e pur sauté fraîche 350ºF 12\ufffd15 \ufffd \u202e \x00 \x07
\x1b[31m \x9b1m \x1b \x1b] \u200b \u200d \ufeff \xad e\u0301 \u0301 \ud83d \ufb01 Ã© â€™ \U0001f468\u200d until
end.Start a,b 1cup 31/2 cups cupsVeal N/A n/a ** *a* **a** **a**b * a is • - – 1. 2. 3) Step Garnish: Optional:
equipment: For FOR SAUCE FILLING Topping Sauce: : :: ; *available Note: Can | || ... é
"""
HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.text(alphabet="aeS&;<>*#\n 1.:-|/\"'=()x", max_size=8),
        st.sampled_from(
            [
                *FRAGMENTS.split(),
                *" \n\xa0\u2028\u2029\x85",
                "  ",
                "cr\nme fraîche",
                "For the sauce",
                "Special equipment: a pan",
            ]
        ),
    ),
    max_size=10,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(
    st.builds(
        Recipe,
        title=HOSTILE,
        ingredients=st.lists(HOSTILE, max_size=5).map(tuple),
        steps=st.lists(HOSTILE, max_size=5).map(tuple),
        tags=st.lists(HOSTILE, max_size=2).map(tuple),
    )
)
@example(Recipe("&amp;" * 50 + "lt;", (), ("<" * 50,)))
def test_cleaning_ends_and_leaves_nothing_to_clean(recipe):
    cleaned = clean(recipe)
    again = clean(cleaned.recipe)
    assert again.recipe == cleaned.recipe
    assert again.repairs == ()
    assert again.reason == cleaned.reason
    assert (cleaned.recipe == recipe) == (cleaned.repairs == ())

    lines = [*cleaned.recipe.ingredients, *cleaned.recipe.steps, *cleaned.recipe.tags]
    assert all(line for line in lines)
    for line in [cleaned.recipe.title, *lines]:
        assert line == line.strip()
        assert line.splitlines() == ([line] if line else [])
        assert unicodedata.is_normalized("NFC", line)
        assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
        assert not set(line) & set("\ufffd\ufeff\xa0\xad\u200b\u200e\u202e")
        line.encode()


@pytest.mark.parametrize(
    "heading", ["<h3>Brittle</h3>", "<p><b>Brittle</b></p>", "<strong>Brittle:</strong>", "## Brittle"]
)
def test_a_heading_of_any_markup_is_neither_an_ingredient_nor_a_step(heading):
    cleaned = clean(make_recipe(ingredients=("1 egg", heading, "sugar"), steps=("Boil it.", heading, STEP)))
    assert cleaned.recipe.ingredients == ("1 egg", "Brittle:", "sugar")
    assert cleaned.recipe.steps == ("Boil it.", "Brittle:", STEP)


@pytest.mark.parametrize("separator", ["\v", "\f", "\x1e"])
def test_a_separator_of_lines_within_a_step_parts_it(separator):
    assert clean(make_recipe(steps=(f"Boil it.{separator}{STEP}",))).recipe.steps == ("Boil it.", STEP)
