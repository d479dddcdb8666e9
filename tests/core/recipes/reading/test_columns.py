"""Fields are known by their names."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.records import read_record
from recipe_tui.core.recipes.recipe import Source

ID_URL_IMAGE_DATE = [
    "id",
    "_id",
    "recipe_id",
    "uuid",
    "slug",
    "url",
    "source_url",
    "image",
    "imageUrl",
    "image_urls",
    "photo",
    "thumbnail",
    "video",
    "link",
    "links",
    "created_at",
    "updatedAt",
    "date_added",
    "datePublished",
    "author",
    "publisher",
    "@context",
    "@type",
    "@id",
    "index",
    "n_steps",
    "n_ingredients",
    "Unnamed:0",
    "description",
    "nutrition",
    "aggregateRating",
    "isAccessibleForFree",
    "lang",
    "source",
    "NER",
    "hash",
]


def test_ids_addresses_pictures_dates_and_credits_hold_nothing_to_learn() -> None:
    assert columns(tuple(ID_URL_IMAGE_DATE)).unread == ()


def test_all_other_names_are_not_understood() -> None:
    names = ("title", "ingredients", "directions", "notes_html", "ratings", "difficulty", "spice_level", "tags")
    assert columns(names).unread == ("notes_html", "ratings", "difficulty", "spice_level")


def test_a_recipe_says_which_of_its_fields_were_not_understood_unless_they_are_empty() -> None:
    record = {
        "title": "Tea",
        "ingredients": ["mint"],
        "directions": ["Pour."],
        "notes": "Hot.",
        "ratings": [],
        "x": None,
    }
    (tea,) = read_record(record, Source("book.jsonl", 1), unread=("spice_level",))
    assert tea.unread_fields == ("spice_level", "notes")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "names",
    [
        ("Titel", "Zutaten", "Zubereitung"),
        ("titre", "ingrédients", "étapes"),
        ("título", "ingredientes", "preparación"),
        ("titolo", "ingredienti", "procedimento"),
        ("菜名", "用料", "做法"),
        ("タイトル", "材料", "作り方"),
        ("recipe.title", "recipe.ingredients", "recipe.directions"),
        ("recipeName", "ingredientLines", "instructionLines"),
    ],
)
def test_names_of_other_languages_and_programs_are_known(names: tuple[str, str, str]) -> None:
    found = columns(names)
    assert (found.title, found.ingredients, found.steps) == ((names[0],), (names[1],), (names[2],))
