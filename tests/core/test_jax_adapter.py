"""Training by adapters on JAX, in a process in which TensorFlow cannot be imported."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.core.test_jax import ON_JAX

SCRIPT = """
import json, sys
sys.modules["tensorflow"] = None  # importing it fails from here on

import numpy as np
from safetensors.numpy import load_file
from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.export.export import export
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.model.weights import new_model, save_model
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.runs.events import Step
from recipe_tui.core.training.loop import train


class Killed(BaseException):
    pass


shape = read_config(paths.SAMPLE_MODEL)
tokenizer = load_tokenizer(paths.SAMPLE_MODEL, "sections")
shape.n_layer, shape.n_embd, shape.n_head, shape.vocab_size = 1, 16, 2, min(tokenizer.section_ids)
save_model(new_model(shape), folder := __import__("pathlib").Path(sys.argv[1]) / "base")
tokenizer.save(folder)
(folder / "tokenizer.json").unlink()


def config(run):
    return load_config(
        top={"output": sys.argv[1], "run": run},
        data={"source": [str(paths.SAMPLE_RECIPES)], "block_size": 64, "tokenizer": str(paths.SAMPLE_MODEL)},
        model={"name": str(folder), "dropout": 0.1},
        adapter={"method": "lora", "rank": 2, "dropout": 0.1, "target_modules": ["all-linear"]},
        training={"max_steps": 4, "batch_size": 2, "gradient_accumulation_steps": 2, "evaluate_every": 2},
    )


def kill(event):
    if isinstance(event, Step) and event.step == 3:
        raise Killed


whole = train(config("whole"))
try:
    train(config("killed"), observer=kill)
except Killed:
    pass
resumed = train(config("killed"), resume=True)
weights = [load_file(run.run / "checkpoints/step-00000004/adapter_model.safetensors") for run in (whole, resumed)]
same = all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
merged, opened = load_model(whole.run / "model"), load_model(whole.run / "adapter")
equal = all(np.allclose(ours, other, atol=1e-6) for ours, other in zip(merged.weights, opened.weights))
exported = export(whole.run, folder.parent / "exported", "gguf").verdict.standing
print(json.dumps({"same": same, "equal": equal, "loss": whole.validation_loss, "exported": exported}))
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_jax_alone_trains_an_adapter_resumes_exactly_and_exports(tmp_path):
    environment = {**os.environ, **ON_JAX, "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["same"]
    assert result["equal"]
    assert result["exported"].startswith("equal")
    assert 5 < result["loss"] < 9  # about log(1,500): it has hardly learned
