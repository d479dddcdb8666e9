"""Adapters that PEFT made over a small checkpoint; see ``expected/make_adapters.py``."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recipe_tui.core.families.table import FAMILIES
from recipe_tui.core.lora.adapter import Adapter, add_adapter
from recipe_tui.core.lora.base import weights_hash
from recipe_tui.core.model.weights import load_model, read_config

EXPECTED = Path(__file__).parent / "expected"
CHECKPOINTS = Path(__file__).parents[1] / "model" / "expected"
LORA = Adapter(rank=2, alpha=4.0, targets=("c_attn",))


@pytest.fixture
def checkpoint():
    """The checkpoint below PEFT's adapters."""
    return CHECKPOINTS / "gpt2"


@pytest.fixture(scope="session")
def peft_logits():
    """What PEFT computes with its own adapters; see expected/make_adapters.py."""
    return load_file(EXPECTED / "adapters.safetensors")


@pytest.fixture
def adapters(tmp_path, checkpoint):
    """The adapters that PEFT made, over the checkpoint where it is."""
    for name in ("attention", "sections"):
        shutil.copytree(EXPECTED / name, tmp_path / name)
        edit(tmp_path / name, base_model_name_or_path=str(checkpoint))
    return tmp_path


def edit(folder, **values):
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def rewrite(folder, change):
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def logits(model, input_ids):
    return np.asarray(model.logits(model(input_ids)))


def a_learned_adapter(checkpoint, token_ids=()):
    config = read_config(checkpoint)
    config.vocab_size += len(token_ids)
    model = load_model(checkpoint, config=config)
    targets = FAMILIES[config.model_type].default_targets
    add_adapter(
        model,
        replace(LORA, targets=targets, token_ids=token_ids, base=str(checkpoint), base_hash=weights_hash(checkpoint)),
    )
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(0.3 * rng.normal(size=variable.shape).astype(np.float32))
    return model
