"""The same core on JAX, in a process in which TensorFlow cannot be imported."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

ON_JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    # The trainings of a script compile the same programs.
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}

SCRIPT = """
import json, sys
sys.modules["tensorflow"] = None  # importing it fails from here on

import numpy as np
from safetensors.numpy import load_file
from recipe_tui.core import paths
from recipe_tui.core.config import GenerationConfig, load_config
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.runs.events import Step
from recipe_tui.core.training.loop import train


class Killed(BaseException):
    pass


def config(run):
    return load_config(
        top={"output": sys.argv[1], "run": run},
        data={"source": [str(paths.SAMPLE_RECIPES)], "block_size": 64},
        model={"name": str(paths.SAMPLE_MODEL), "initialize": "random", "n_layer": 1, "n_embd": 16, "n_head": 2},
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
weights = [load_file(run.run / "checkpoints/step-00000004/model.safetensors") for run in (whole, resumed)]
same = all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
generator = Generator.load(whole.run)
settings = GenerationConfig(max_new_tokens=9, seed=1, num_return_sequences=2)
texts = generator.generate(Prompt("Soup", ("salt",)), settings)
print(json.dumps({"same": same, "loss": whole.validation_loss, "tokens": [text.tokens for text in texts]}))
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_jax_alone_trains_resumes_exactly_and_writes(tmp_path):
    environment = {**os.environ, **ON_JAX, "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["same"]
    assert 5 < result["loss"] < 9  # about log(1,500): it has hardly learned
    assert all(0 < tokens <= 9 for tokens in result["tokens"])
