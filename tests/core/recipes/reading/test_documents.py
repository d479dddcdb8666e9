from __future__ import annotations

import json

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.documents import read_json, read_json_lines
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of


def test_each_line_is_a_recipe_that_knows_its_line(write):
    path = write("book.jsonl", f"{json.dumps(TEA)}\r\n\n{json.dumps(TOAST)}")
    tea, toast = read_json_lines(path)
    assert (fields(tea), tea.source.line, tea.source.file) == (fields_of(TEA), 1, str(path))
    assert (fields(toast), toast.source.line, toast.source.split) == (fields_of(TOAST), 3, None)


def test_line_separators_inside_a_text_are_text(write):
    record = {**TEA, "ingredients": ["1 cup\u2028water\u2029", "a\x85b"]}
    (recipe,) = read_json_lines(write("book.jsonl.gz", json.dumps(record, ensure_ascii=False)))
    assert recipe.ingredients == ("1 cup\u2028water\u2029", "a\x85b")


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_read(write):
    lines = [
        b'{"title": "Tea"',
        b'{"title": "caf\xe9"}',
        b'["T\xc3\xa9"]',
        b'{"ingredients": 3}',
        b"[" * 100_000,
        b'{"title": ' + b"9" * 5000 + b"}",
        json.dumps(TEA).encode(),
    ]
    path = write("book.jsonl", b"\n".join(lines))
    *unreadable, tea = read_json_lines(path)
    assert fields(tea) == fields_of(TEA)
    assert all(isinstance(outcome, Unreadable) and outcome.file == str(path) for outcome in unreadable)
    assert [outcome.line for outcome in unreadable] == [1, 2, 3, 4, 5, 6]
    assert unreadable[0].reason == "malformed JSON: Expecting ',' delimiter (column 16)"
    assert unreadable[1].reason == "not UTF-8 (byte 15 of the line)"
    assert unreadable[2].reason.startswith("a list where a recipe")
    assert unreadable[3].reason == "ingredients is a number, not a list or text"
    assert unreadable[4].reason.startswith("malformed JSON: ")
    assert unreadable[5].reason == "malformed JSON: a number of 5,000 digits"


@pytest.mark.parametrize(
    "document",
    [
        [TEA, TOAST],
        {"recipes": [TEA, TOAST]},
        {"name": "A book", "recipes": {"a": TEA, "b": TOAST}},
        {
            "05zEp": TEA,
            "mF5SZ": {"title": "Garlic Toast", "ingredients": TOAST["ingredients"], "instructions": "Toast.\nRub."},
        },
    ],
    ids=["a list", "recipes: list", "recipes: object", "EightPortions: an object by id"],
)
def test_a_document_has_one_of_several_shapes(write, document):
    recipes = list(read_json(write("book.json", document)))
    assert [fields(recipe) for recipe in recipes] == [fields_of(TEA), fields_of(TOAST)]
    assert [recipe.source.line for recipe in recipes] == [1, 2]


def test_a_document_may_be_one_recipe(write):
    (recipe,) = read_json(write("tea.json.gz", b"\xef\xbb\xbf" + json.dumps(TEA).encode()))
    assert fields(recipe) == fields_of(TEA)


def test_kaggles_full_format_has_nulls_and_numbers_beside_the_recipe(write):
    record = {**TEA, "title": "Mint Tea ", "fat": 7.0, "desc": None, "rating": None, "categories": ["Drink", "Mint"]}
    text = json.dumps([record]).replace("7.0", "NaN")
    (recipe,) = read_json(write("full_format_recipes.json", text))
    assert (recipe.title, recipe.tags) == ("Mint Tea ", ("Drink", "Mint"))


def test_a_title_that_pandas_wrote_as_nan_is_missing(write):
    (recipe,) = read_json(write("book.json", '[{"title": NaN, "ingredients": ["mint"]}]'))
    assert (recipe.title, recipe.ingredients) == ("", ("mint",))


def test_a_record_of_the_wrong_shape_does_not_stop_the_others(write):
    unreadable, tea = read_json(write("book.json", [5, TEA]))
    assert (unreadable.line, unreadable.reason[:8]) == (1, "a number")
    assert fields(tea) == fields_of(TEA)


def test_malformed_json_is_an_error_with_its_place(write):
    path = write("book.json", '[{"title": "Tea"},\n {"title": }]')
    with pytest.raises(SourceError) as error:
        list(read_json(path))
    assert error.value.message == f"{path}: malformed JSON: Expecting value (line 2, column 12)"
    assert "jsonl" in error.value.hint


@pytest.mark.parametrize("text", ["[" * 200_000, f"[{'9' * 5000}]"])
def test_json_that_breaks_the_parser_is_an_error(write, text):
    with pytest.raises(SourceError, match="malformed JSON"):
        list(read_json(write("book.json", text)))


def test_only_the_records_that_are_not_utf_8_are_unreadable(write):
    path = write("book.json", b'[{"title": "caf\xe9"}, {"title": "Th\xc3\xa9"}]')
    cafe, tea = read_json(path)
    assert cafe == Unreadable(str(path), 1, "the title holds bytes that are not UTF-8, or half a character")
    assert tea.title == "Thé"
