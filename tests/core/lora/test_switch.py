"""Several adapters over one model."""

import numpy as np
import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.lora.switch import AdapterSwitch
from tests.core.lora.conftest import logits


def test_adapters_over_one_base_are_switched_without_loading_it_again(adapters, peft_logits, checkpoint):
    names = ("attention", "sections")
    model = load_model(checkpoint, config=read_config(adapters / "sections"))
    plain = logits(load_model(checkpoint), peft_logits["attention_input_ids"])
    switch = AdapterSwitch(model, {name: read_adapter(adapters / name) for name in names})
    for name in (*names, None, "attention"):
        switch.switch(name)
        input_ids = peft_logits[f"{name or 'attention'}_input_ids"]
        expected = plain if name is None else peft_logits[name]
        np.testing.assert_allclose(logits(model, input_ids)[..., : expected.shape[-1]], expected, atol=1e-4)
        assert switch.active == name
    with pytest.raises(CheckpointError, match="no adapter 'other'; there are: attention, sections"):
        switch.switch("other")
