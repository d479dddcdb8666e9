"""The table of families: what each describes, and what is not in it."""

import pkgutil

import pytest
import transformers

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.table import FAMILIES, find_family

WINDOW = {"use_sliding_window": True, "sliding_window": 16, "max_position_embeddings": 64, "num_hidden_layers": 2}


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
        ("qwen2", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e6, "factor": 4.0}}, "rope_type = yarn"),
        ("qwen2", WINDOW | {"max_window_layers": 1}, "sliding_window = 16"),
        ("qwen3", WINDOW | {"max_window_layers": 0}, "sliding_window = 16"),
    ],
)
def test_a_setting_that_is_not_supported_is_named(model_type, values, complaint):
    with pytest.raises(CheckpointError, match=f"{complaint} is not supported"):
        FAMILIES[model_type].configure(values)


@pytest.mark.parametrize(
    "values",
    [
        WINDOW | {"use_sliding_window": False},
        WINDOW | {"max_window_layers": 2},
        WINDOW | {"max_window_layers": 0, "sliding_window": 64},
    ],
    ids=["off", "in no layer", "as long as the context"],
)
def test_a_sliding_window_that_hides_nothing_is_no_matter(values):
    assert FAMILIES["qwen2"].configure(values).max_position_embeddings == 64
