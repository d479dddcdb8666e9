import pytest

from recipe_tui.core.recipes.reading import Unreadable
from recipe_tui.core.recipes.reading.hidden_files import HIDDEN
from recipe_tui.core.recipes.recipe import Recipe, Source
from recipe_tui.core.recipes.suspicions import Suspicions

SOUND = Recipe("Soup", ("1 leek", "2 cups water"), ("Boil the leek for ten minutes.",))


def warnings(*recipes: Recipe) -> tuple[str, ...]:
    suspicions = Suspicions()
    for recipe in recipes:
        suspicions.add(recipe)
    return suspicions.warnings()


def test_sound_recipes_raise_none() -> None:
    assert warnings() == warnings(SOUND, SOUND) == ()


def test_most_recipes_with_one_ingredient_line() -> None:
    one = Recipe("Soup", ("For the soup:", "1 leek, 2 cups water, salt"), SOUND.steps)
    assert warnings(one, SOUND) == ()
    (warning,) = warnings(one, one, SOUND)
    assert warning.startswith("2 of 3 recipes have one ingredient line")


@pytest.mark.parametrize(
    "text",
    [
        "['1 leek', '2 cups water']",
        '["1 leek", "2 cups water"]',
        'c("1 leek", "2 cups water")',
        '{"1 leek","2 cups water"}',
        "('1 leek', '2 cups water')",
        "array(['1 leek'])",
        "[None, '1 leek', '2 cups water']",
        "<section>1 leek</section>",
        "<!-- leek -->",
        '[{"text": "1 leek"}]',
        "[object Object]",
        "Ingredient(name='leek', amount=1)",
    ],
)
def test_text_that_looks_like_code(text: str) -> None:
    (warning,) = warnings(Recipe("Soup", (text, "salt"), SOUND.steps), SOUND)
    assert warning.startswith("1 of 2 recipes hold text that looks like code")
    assert warnings(Recipe("Soup", SOUND.ingredients, (text,)), SOUND)


def test_what_could_not_be_read_is_counted_and_the_first_is_named() -> None:
    suspicions = Suspicions()
    suspicions.add_unreadable(Unreadable("a.zip", 0, f".b: {HIDDEN}"))
    assert suspicions.warnings() == ()
    suspicions.add_unreadable(Unreadable("soup.csv", 2, "1 cell where the header has 3"))
    (one,) = suspicions.warnings()
    assert one == "1 record or file could not be read in full, as soup.csv:2: 1 cell where the header has 3"
    suspicions.add_unreadable(Unreadable("tea.csv", 0, "of an unknown kind"))
    assert suspicions.warnings()[0].startswith("2 records or files could not be read in full, as soup.csv:2: ")


@pytest.mark.parametrize(
    "text", ["1 leek (white part)", "(optional) salt", '1 "baby" leek', "C (vitamin)", "< 1 cup water"]
)
def test_ordinary_punctuation_is_no_code(text: str) -> None:
    assert warnings(Recipe("Soup", (text, "salt"), SOUND.steps)) == ()


def test_titles_of_markdown() -> None:
    (warning,) = warnings(
        Recipe("# Soup", *(SOUND.ingredients, SOUND.steps)), Recipe("---", SOUND.ingredients, SOUND.steps)
    )
    assert warning.startswith("2 of 2 titles begin with # or ---")


def test_an_accident_among_thousands_is_none() -> None:
    assert warnings(Recipe("# Soup", SOUND.ingredients, SOUND.steps), *[SOUND] * 2_000) == ()


def test_fields_that_were_not_understood_by_name_with_their_counts() -> None:
    suspicions = Suspicions()
    for fields in (("notes_html", "ratings"), ("notes_html",), ()):
        suspicions.add_fields(Recipe("Soup", (), (), unread_fields=fields))
    assert suspicions.unread_fields == {"notes_html": 2, "ratings": 1}
    (warning,) = suspicions.warnings()
    assert warning == "fields that were not understood, with the number of recipes: notes_html (2), ratings (1)"


def test_splits_that_were_not_understood_with_their_counts_and_what_becomes_of_them() -> None:
    suspicions = Suspicions()
    for split in ("fold-3", "0\x1b", "fold-3", ""):
        suspicions.add_fields(Recipe("Soup", (), (), source=Source("soup.csv", 2, None, split)))
    (warning,) = suspicions.warnings()
    assert warning.startswith("splits that were not understood, with the number of recipes: fold-3 (2), 0? (1); ")
    assert "assigned like those without a split" in warning
    restored = Suspicions()
    restored.restore(suspicions.counts())
    assert restored.warnings() == (warning,)


def test_many_fields_are_counted_and_the_commonest_named() -> None:
    suspicions = Suspicions()
    suspicions.add_fields(Recipe("Soup", (), (), unread_fields=tuple(f"field {n}\x1b" for n in range(50))))
    (warning,) = suspicions.warnings()
    assert warning.endswith("field 7? (1), and 42 more")
    assert len(suspicions.unread_fields) == 30
