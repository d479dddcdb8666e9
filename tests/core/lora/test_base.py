"""The model that an adapter belongs to."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora import base
from recipe_tui.core.lora.adapter import learned
from recipe_tui.core.lora.base import cached_weights_hash, check_base, weights_hash
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.lora.peft import write_adapter
from recipe_tui.core.model.weights import new_model, save_model
from tests.core.lora.conftest import LORA, a_learned_adapter, edit


def test_an_adapter_for_another_base_is_refused(checkpoint, tmp_path):
    write_adapter(learned(a_learned_adapter(checkpoint)), tmp_path / "adapter", fan_in_fan_out=True)
    model = load_model(checkpoint)
    model.blocks[0].mlp.c_fc.bias.assign(model.blocks[0].mlp.c_fc.bias + 1)
    save_model(model, tmp_path / "other")
    edit(tmp_path / "adapter", base_model_name_or_path=str(tmp_path / "other"))
    with pytest.raises(CheckpointError, match=r"made for other weights than these \(their hash differs\)"):
        load_model(tmp_path / "adapter")


def test_the_hash_is_of_the_weights_and_not_of_their_files(checkpoint, tmp_path):
    save_model(load_model(checkpoint), tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    bare = {name.removeprefix("transformer."): values for name, values in weights.items()}
    bare["lm_head.weight"] = bare["wte.weight"].copy()
    bare["h.0.attn.bias"] = np.ones((1, 1, 2, 2), np.float32)
    save_file(bare, tmp_path / "model.safetensors")
    assert weights_hash(tmp_path) == weights_hash(checkpoint)
    check_base(replace(LORA, base_hash=weights_hash(checkpoint)), tmp_path)


def test_the_hash_of_weights_is_computed_once_and_again_when_they_change(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "hashes_cache", lambda: tmp_path / "hashes")
    folder, computed = tmp_path / "base", []
    save_model(load_model(checkpoint), folder)
    monkeypatch.setattr(base, "weights_hash", lambda path: computed.append(path) or weights_hash(path))
    assert cached_weights_hash(folder) == cached_weights_hash(folder) == weights_hash(folder)
    assert computed == [folder]
    save_model(new_model(read_config(folder)), folder)
    assert cached_weights_hash(folder) == weights_hash(folder)
    assert computed == [folder, folder]
