from pathlib import Path

import pytest

from recipe_tui.core.recipes.given_splits import split_called, split_of_file


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("train_set", "train"),
        ("recipes-train", "train"),
        ("train-00000-of-00012", "train"),
        ("val", "validation"),
        ("valid", "validation"),
        ("dev", "validation"),
        ("recipes_eval", "validation"),
        ("validation_matched", "validation"),
        ("TEST", "test"),
        ("test2", "test"),
        ("testing", "test"),
        ("Train ", "train"),
        ("trainset", "train"),
        ("val-set", "validation"),
        ("tst", "test"),
        ("holdout", "test"),
        ("Held-out set", "test"),
        ("训练集", "train"),
        ("all", None),
        ("fold-3", None),
        ("0", None),
        ("sunset", None),
        ("tested", None),
        ("test_kitchen", None),
        ("valid_recipes", None),
        ("contrain", None),
        ("", None),
        (1, None),
        (None, None),
    ],
)
def test_a_name_stands_for_a_split_by_its_first_or_last_word(name: object, split: str | None) -> None:
    assert split_called(name) == split


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("data/train.csv", "train"),
        ("data/recipes.test.jsonl.gz", "test"),
        ("data/book.recipes.validation", "validation"),
        ("data/test-00000-of-00001.parquet", "test"),
        ("data/dev/part-1.json", "validation"),
        ("data/held-out/part-1.json", "test"),
        ("data/recipes.trainset.json", "train"),
        ("data/test/2020/part-1.json", "test"),
        ("data/test/train.json", "train"),
        ("data/recipes.json", None),
        ("data/test kitchen/recipes.json", None),
    ],
)
def test_a_file_has_the_split_of_its_name_or_of_the_nearest_folder(path: str, split: str | None) -> None:
    assert split_of_file(Path("home/test") / path, Path("home/test/data")) == split


def test_a_folder_given_as_the_source_counts_and_what_is_above_it_does_not() -> None:
    assert split_of_file(Path("train/test/data/a.json"), Path("train/test/data")) is None
    assert split_of_file(Path("data/test/a.json"), Path("data/test")) == "test"
    assert split_of_file(Path("data/test/a.json")) == "test"
    assert split_of_file(Path("test/data/a.json")) is None
