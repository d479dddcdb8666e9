"""Variants from grids and single sets, and what makes no sense."""

from __future__ import annotations

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.laboratory.experiment import make_variants
from tests.core.evaluation.laboratory.conftest import CAKES, SOUPS, experiment_of


def test_a_grid_has_a_variant_for_each_combination_and_model() -> None:
    experiment = experiment_of("top_p=0.8,0.95 × ingredient_bonus=0,2", models=(SOUPS, CAKES))
    assert [one.name for one in experiment.variants[3:5]] == [
        "soups: top_p=0.95, ingredient_bonus=2",
        "cakes: top_p=0.8, ingredient_bonus=0",
    ]
    assert (experiment.variants[3].config.top_p, experiment.variants[3].config.ingredient_bonus) == (0.95, 2.0)
    assert (experiment.texts, experiment.tokens) == (8 * 4, 8 * 4 * 9)


def test_single_sets_stand_beside_the_settings_as_they_are() -> None:
    experiment = experiment_of(sets=["plain", "ingredient_bonus=2", "best_of=4, section_automaton=true"], top_p=0.5)
    assert [one.name for one in experiment.variants] == [
        "plain",
        "ingredient_bonus=2",
        "best_of=4, section_automaton=true",
    ]
    assert [one.config.top_p for one in experiment.variants] == [0.5] * 3
    assert experiment.tokens == (1 + 1 + 4) * 4 * 9  # those of texts that are not kept count


def test_models_alone_are_variants() -> None:
    assert [one.name for one in experiment_of(models=(SOUPS, CAKES)).variants] == ["soups", "cakes"]


@pytest.mark.parametrize(
    ("grids", "sets", "message"),
    [
        (["top_p=0.8,1.5"], [], r"^--grid top_p = 1\.5: "),
        (["top_q=1"], [], "no setting is called 'top_q'"),
        (["learning_rate=1"], [], "no setting is called 'learning_rate'"),
        (["best_of=4 x temperature=0,1"], [], "at temperature 0 best_of would write the same text"),
        (["seed=1,2"], [], "seed cannot vary"),
        (["num_return_sequences=1,2"], [], "num_return_sequences cannot vary"),
        (["top_p=0.8,0.80"], [], "two variants are the same"),
        (["top_p=0.95"], ["plain"], "two variants are the same"),
        ([], ["top_p"], "not of the form"),
        ([], ["top_q=1"], "^--variant: no setting is called 'top_q'"),
        ([], ["top_p=1.5"], r"^--variant top_p = 1\.5: "),
        (["top_p"], [], 'write --grid "top_p=0.8,0.95"'),
        (["top_k=" + ",".join(map(str, range(1001)))], [], "1,001 combinations"),
    ],
)
def test_what_makes_no_sense_is_refused(grids: list[str], sets: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_variants([SOUPS], GenerationConfig(), grids, sets)
