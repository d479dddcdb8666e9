"""The same core on JAX, in one process in which TensorFlow cannot be imported: whole models, and adapters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

ON_JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    # The trainings of the script compile the same programs.
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}

SCRIPT = """
import json, operator, shutil, sys
from pathlib import Path
from unittest.mock import patch
sys.modules["tensorflow"] = None  # importing it fails from here on

import keras
import numpy as np
from safetensors.numpy import load_file
from recipe_tui.core import paths
from recipe_tui.core.config import Config, GenerationConfig, TrainingConfig, load_config
from recipe_tui.core.export.export import export
from recipe_tui.core.generation import compiled_model
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.model.weights import new_model, save_model
from recipe_tui.core.runs.events import Step
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.optimizers import make_optimizer
from recipe_tui.core.training.step import FineTuning
from recipe_tui.core.training.trainer import Trainer

folder = Path(sys.argv[1])
output = folder / "output"
TRAINING = {"max_steps": 4, "batch_size": 2, "gradient_accumulation_steps": 2, "evaluate_every": 2}


def config(run, data={}, training={}, **more):
    data = {"source": [str(paths.SAMPLE_RECIPES)], "block_size": 64} | data
    top = {"output": str(output), "run": run}
    return load_config(top=top, data=data, training=TRAINING | training, **more)


def trained(name, weights, **settings):
    def copy(event):  # the run as a kill after its third step would leave it
        if isinstance(event, Step) and event.step == 3:
            shutil.copytree(output / name, killed / name)

    killed = folder / "killed"
    whole = train(config(name, **settings), observer=copy)
    with (  # the first training has probed the memory and written samples
        patch.object(FineTuning, "probe", lambda self, batch: None),
        patch.object(Trainer, "sample", lambda self: None),
    ):
        resumed = train(Config(output=killed, run=name), resume=True)
    ours, theirs = (load_file(run.run / "checkpoints/step-00000004" / weights) for run in (whole, resumed))
    same = all(np.array_equal(ours[name], theirs[name]) for name in ours)
    return whole.run, {"same": same, "loss": whole.validation_loss}


SHAPE = {"n_layer": 1, "n_embd": 16, "n_head": 2}
run, model = trained(
    "model", "model.safetensors", model={"name": str(paths.SAMPLE_MODEL), "initialize": "random"} | SHAPE
)
generator = Generator.load(run)
settings = GenerationConfig(max_new_tokens=9, seed=1, num_return_sequences=2)
pieces, on_device, cancelled = [], [], iter([False, False, True])
prompts = [Prompt("Soup", ("salt",)), Prompt("Tea"), Prompt("Rice", ("rice", "water"))]
texts = generator.generate(Prompt("Soup", ("salt",)), settings, pieces.append)
model["tokens"] = [text.tokens for text in texts]
with patch.object(compiled_model, "has_gpu", lambda: True):
    again = generator.generate(Prompt("Soup", ("salt",)), settings, on_device.append)
    cut = generator.generate(Prompt("Soup", ("salt",)), settings, cancelled=lambda: next(cancelled))
    batches = dict(generator.generate_batch(prompts, settings, range(3), rows=2))
    each = [
        generator.generate(prompt, settings.model_copy(update={"seed": seed}))[0] for seed, prompt in enumerate(prompts)
    ]
strip = operator.attrgetter("sequence", "text", "token_id")
model["on device"] = {
    "same": [[one.text for one in again], [*map(strip, on_device)]]
    == [[one.text for one in texts], [*map(strip, pieces)]],
    "probability": max(abs(ours.probability - other.probability) for ours, other in zip(on_device, pieces)),
    "batches": [batches[number].text == each[number].text for number in range(3)],
    "fast": all(text.tokens_per_second > 0 for text in again),
    "cancelled": [(text.finish_reason, text.tokens) for text in cut],
}

shape = read_config(paths.SAMPLE_MODEL)
tokenizer = load_tokenizer(paths.SAMPLE_MODEL, "sections")
shape.n_layer, shape.n_embd, shape.n_head, shape.vocab_size = 1, 16, 2, min(tokenizer.section_ids)
base = folder / "base"
save_model(new_model(shape), base)
tokenizer.save(base)
(base / "tokenizer.json").unlink()
run, adapter = trained(
    "adapter",
    "adapter_model.safetensors",
    data={"tokenizer": str(paths.SAMPLE_MODEL)},
    model={"name": str(base), "dropout": 0.1},
    adapter={"method": "lora", "rank": 2, "dropout": 0.1, "target_modules": ["all-linear"]},
)
merged, opened = load_model(run / "model"), load_model(run / "adapter")
adapter["equal"] = all(np.allclose(ours, other, atol=1e-6) for ours, other in zip(merged.weights, opened.weights))
adapter["exported"] = export(run, folder / "exported", "gguf").verdict.standing


def trainings():
    for _ in range(2):
        keras.utils.set_random_seed(0)
        optimizer, _ = make_optimizer(TrainingConfig(learning_rate=1e-2), 10)
        training = FineTuning(new_model(read_config(base)), batch_size=2)
        training.compile(optimizer=optimizer, jit_compile=True)
        optimizer.build(training.trainable_variables)
        yield training


one_by_one, together = trainings()
blocks = np.random.default_rng(0).integers(0, 100, (5, 4, 8)).astype(np.int32)
batches = [{"input_ids": ids, "labels": ids} for ids in blocks]
several = {
    "losses": [float(one_by_one.train_on_batch(batch, return_dict=True)["loss"]) for batch in batches],
    "together": [
        float(logs["loss"]) for part in (batches[:3], batches[3:]) for logs in together._take_steps_in_one_call(part)
    ],
    "compiled": together._compiled_steps._cache_size(),
    "equal": all(np.allclose(ours, other, atol=1e-6) for ours, other in zip(one_by_one.weights, together.weights)),
}

print(json.dumps({"model": model, "adapter": adapter, "several": several}))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script printed."""
    folder = tmp_path_factory.mktemp("jax")
    environment = {**os.environ, **ON_JAX, "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_jax_alone_trains_resumes_exactly_and_writes(results: dict[str, Any]) -> None:
    result = results["model"]
    assert result["same"]
    assert 5 < result["loss"] < 9  # about log(1,500): it has hardly learned
    assert all(0 < tokens <= 9 for tokens in result["tokens"])


def test_the_loop_on_the_device_writes_what_steps_write_and_is_cancelled(results: dict[str, Any]) -> None:
    result = results["model"]["on device"]
    assert result["same"]
    assert result["probability"] < 1e-6
    assert result["batches"] == [True] * 3
    assert result["fast"]
    assert result["cancelled"] == [["cancelled", 3]] * 2


def test_jax_alone_trains_an_adapter_resumes_exactly_and_exports(results: dict[str, Any]) -> None:
    result = results["adapter"]
    assert result["same"]
    assert result["equal"]
    assert result["exported"].startswith("equal")
    assert 5 < result["loss"] < 9  # about log(1,500): it has hardly learned


def test_steps_of_one_call_are_those_taken_one_by_one(results: dict[str, Any]) -> None:
    result = results["several"]
    assert result["together"] == pytest.approx(result["losses"], rel=1e-5)
    assert len(set(result["losses"])) == 5
    assert result["equal"]
    assert result["compiled"] == 1  # whatever their number
