"""A folder that may hold a model or an adapter is opened by the same functions."""

import numpy as np
import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.adapter import projections
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.registry.locate import locate_model
from tests.core.lora.conftest import CHECKPOINTS, logits, rewrite


@pytest.mark.parametrize("name", ["attention", "sections"])
def test_an_adapter_that_peft_made_gives_the_logits_that_peft_computes(adapters, peft_logits, name):
    model = load_model(adapters / name)
    ours = logits(model, peft_logits[f"{name}_input_ids"])
    np.testing.assert_allclose(ours, peft_logits[name], atol=1e-4)
    plain = load_model(CHECKPOINTS / "gpt2")
    assert np.abs(ours[..., :40] - logits(plain, peft_logits[f"{name}_input_ids"] % 40)).max() > 0.1


@pytest.mark.parametrize("quantization", ["int8", "int4"])
@pytest.mark.parametrize("name", ["attention", "sections"])
def test_over_integers_an_adapter_adds_what_it_learned_to_what_they_stand_for(
    adapters, checkpoint, peft_logits, name, quantization
):
    input_ids = peft_logits[f"{name}_input_ids"]
    quantized = load_model(adapters / name, quantization=quantization)
    expected = load_model(adapters / name)
    base = load_model(checkpoint)
    rounded = projections(load_model(checkpoint, quantization=quantization))
    for path, layer in projections(expected).items():
        error = rounded[path].float_kernel() - projections(base)[path].float_kernel()
        layer.put_kernel(layer.float_kernel() + error)
    np.testing.assert_allclose(logits(quantized, input_ids), logits(expected, input_ids), atol=1e-5)
    assert np.median(np.abs(logits(quantized, input_ids) - peft_logits[name])) < 0.15


def test_an_adapter_that_does_not_fit_its_base_says_where(adapters):
    rewrite(
        adapters / "attention",
        lambda tensors: tensors.update({key.replace("h.1", "h.7"): tensors.pop(key) for key in list(tensors)}),
    )
    with pytest.raises(CheckpointError, match=r"changes 'transformer\.h\.7\.attn\.c_attn', which the model does not"):
        load_model(adapters / "attention")


def test_an_adapters_folder_counts_as_a_model(adapters):
    assert locate_model(adapters / "attention") == adapters / "attention"
    assert read_config(adapters / "sections").vocab_size == 43
