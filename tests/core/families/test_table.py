"""The table of families: what each describes, and what is not in it."""

import pkgutil

import pytest
import transformers

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.table import FAMILIES, find_family


@pytest.mark.parametrize("model_type", FAMILIES)
def test_a_family_is_named_as_in_transformers_and_its_keras_class_can_be_imported(model_type):
    family = FAMILIES[model_type]
    assert getattr(transformers, family.config_class).model_type == model_type
    assert pkgutil.resolve_name(family.keras_class).__name__ in family.architecture


@pytest.mark.parametrize("model_type", ["bert", None, ["gpt2"]])
def test_a_family_that_is_not_there_is_an_error_and_never_taken_for_another(model_type):
    with pytest.raises(CheckpointError, match="which is not supported") as error:
        find_family(model_type)
    assert "gpt2 or llama" in error.value.hint


@pytest.mark.parametrize(
    ("model_type", "values", "complaint"),
    [
        ("gpt2", {"scale_attn_weights": False}, "scale_attn_weights = False"),
        ("llama", {"hidden_act": "gelu"}, "hidden_act = gelu"),
    ],
)
def test_a_setting_that_is_not_supported_is_named(model_type, values, complaint):
    with pytest.raises(CheckpointError, match=f"{complaint} is not supported"):
        FAMILIES[model_type].configure(values)
