from __future__ import annotations

import json

import datasets
import pytest
from datasets.exceptions import DatasetNotFoundError

from recipe_tui.core.errors import NetworkError, SourceError
from recipe_tui.core.recipes.reading.hub import is_data_set_name, read_hub
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of


@pytest.mark.parametrize(
    "name", ["recipes", "user/recipes", "user/recipes:main", "user/recipes-v1.0", "user/recipes.2", "recipe_nlg"]
)
def test_these_look_like_hub_names(name):
    assert is_data_set_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "recipes.jsonl",
        "data/recipes.jsonl",
        "a/b/c",
        "./recipes",
        "../recipes",
        "/recipes",
        "user/",
        "",
        "my recipes",
        "user/r:",
        "a.b/c.training",
    ],
)
def test_these_do_not(name):
    assert not is_data_set_name(name)


@pytest.fixture
def local_data_set(tmp_path, monkeypatch):
    """A folder that the real library loads, its cache kept inside the test's own folder."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "train.jsonl").write_text(json.dumps({**TEA, "likes": 3}) + "\n")
    (folder / "validation.jsonl").write_text(json.dumps({**TOAST, "likes": 1}) + "\n")
    (folder / "test.jsonl").write_text(json.dumps({**TOAST, "title": None, "likes": 1}) + "\n")
    return folder


def test_every_split_is_read_and_remembered(local_data_set):
    name = str(local_data_set)
    recipes = {recipe.source.split: recipe for recipe in read_hub(name)}
    assert fields(recipes["train"]) == fields_of(TEA)
    assert fields(recipes["validation"]) == fields_of(TOAST)
    assert recipes["test"].title == ""
    assert {recipe.source.file for recipe in recipes.values()} == {name}
    assert sorted(recipe.source.line for recipe in recipes.values()) == [1, 2, 3]


@pytest.fixture
def hub(monkeypatch):
    """Stand in for the hub: what load_dataset is asked for is noted, what it answers is set."""
    asked = []

    def answer(result):
        def load_dataset(*arguments):
            asked.append(arguments)
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return asked

    return answer


def in_memory(**splits):
    return datasets.DatasetDict({name: datasets.Dataset.from_list(rows) for name, rows in splits.items()})


def test_a_configuration_follows_a_colon(hub):
    asked = hub(in_memory(train=[TEA]))
    list(read_hub("user/recipes:main"))
    list(read_hub("user/recipes"))
    assert asked == [("user/recipes", "main"), ("user/recipes", None)]


@pytest.mark.parametrize(
    ("split", "hint"),
    [("train", "train"), ("training", "train"), ("dev", "validation"), ("val", "validation"), ("all", None)],
)
def test_splits_of_other_names_are_understood_or_left_open(hub, split, hint):
    hub(in_memory(**{split: [TEA]}))
    (recipe,) = read_hub("user/recipes")
    assert recipe.source.split == hint


def test_a_row_of_the_wrong_shape_is_unreadable(hub):
    hub(in_memory(train=[{**TEA, "ingredients": 5}]))
    reason = "ingredients is a number, not a list or text"
    assert list(read_hub("user/recipes")) == [Unreadable("user/recipes", 1, reason)]


@pytest.mark.parametrize(
    ("raised", "error_class", "said"),
    [
        (ConnectionError("Couldn't reach 'user/recipes' on the Hub"), NetworkError, "the hub cannot be reached"),
        (TimeoutError("timed out"), NetworkError, "the hub cannot be reached"),
        (
            DatasetNotFoundError("Dataset doesn't exist\nAt all"),
            SourceError,
            "neither a file nor a data set on the hub",
        ),
        (ValueError("BuilderConfig 'x' not found."), SourceError, "the data set cannot be loaded (BuilderConfig 'x'"),
        (OSError("no room"), SourceError, "the data set cannot be loaded (no room)"),
    ],
)
def test_what_the_hub_refuses_is_one_line_and_a_hint(hub, raised, error_class, said):
    hub(raised)
    with pytest.raises(error_class) as error:
        list(read_hub("user/recipes:x"))
    assert error.value.message.startswith("user/recipes:x: ")
    assert said in error.value.message
    assert "\n" not in error.value.message
    assert error.value.hint


def test_a_data_set_of_something_else_is_an_error_with_its_columns(hub):
    hub(in_memory(train=[{"text": "Tea"}]))
    with pytest.raises(SourceError, match=r"its columns \(text\) are not those of a recipe table"):
        list(read_hub("user/recipes"))
