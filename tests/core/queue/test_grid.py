from __future__ import annotations

import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.queue.grid import grid, setting_name, short_settings

FOUR = [
    ("training.learning_rate=1e-4", "adapter.rank=8"),
    ("training.learning_rate=1e-4", "adapter.rank=16"),
    ("training.learning_rate=3e-4", "adapter.rank=8"),
    ("training.learning_rate=3e-4", "adapter.rank=16"),
]


@pytest.mark.parametrize(
    "texts",
    [
        ["learning_rate=1e-4,3e-4 × lora_rank=8,16"],
        ["lr = 1e-4, 3e-4 x rank = 8, 16"],
        ["training.learning_rate=1e-4,3e-4;adapter.rank=8,16"],
        ["lr=1e-4,3e-4", "rank=8,16"],
    ],
    ids=["times", "x", "semicolon", "two options"],
)
def test_a_grid_has_a_set_of_settings_for_each_combination_the_last_changing_fastest(texts: list[str]) -> None:
    assert grid(texts) == FOUR


def test_without_a_grid_there_is_one_set_that_is_empty() -> None:
    assert grid([]) == [()]


def test_lists_are_values_of_their_own() -> None:
    assert grid(['target_modules=["q","v"],["all-linear"]']) == [
        ('adapter.target_modules=["q","v"]',),
        ('adapter.target_modules=["all-linear"]',),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rank", "not of the form"),
        ("rank=", "not of the form"),
        ("speed=1,2", "no setting is called 'speed'"),
        ("dropout=0,0.1", "several settings are called 'dropout'"),
        ("rank=8 x adapter.rank=16", "there twice"),
        ("rank=" + ",".join(map(str, range(1001))), "1,001 runs"),
    ],
    ids=["no value", "empty", "unknown", "ambiguous", "twice", "too many"],
)
def test_what_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        grid([text])


def test_a_setting_is_named_by_its_key_where_only_one_section_has_it() -> None:
    assert setting_name("epochs") == "training.epochs"
    assert setting_name("data.seed") == "data.seed"
    assert short_settings(FOUR[0]) == "learning_rate=1e-4, rank=8"


def test_a_grid_of_astronomic_size_is_refused_before_it_is_laid_out() -> None:
    values = ",".join(map(str, range(1, 101)))
    keys = ("lr", "rank", "lora_alpha", "epochs", "batch_size", "seed", "max_steps", "weight_decay")
    with pytest.raises(UsageError, match=r"10,000,000,000,000,000 runs"):
        grid([f"training.{key}={values}" if key == "seed" else f"{key}={values}" for key in keys])
