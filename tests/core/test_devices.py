"""A run that several devices train, or several processes: the figures are those of one."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from socket import socket

import pytest

from tests.core.test_jax import ON_JAX

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

CONFIGURATION = """
import json, sys
sys.modules["tensorflow"] = None  # importing it fails from here on

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import TrainingError
from recipe_tui.core.runs.rendezvous import Processes
from recipe_tui.core.training import devices
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.step import FineTuning
from recipe_tui.core.training.trainer import Trainer

FineTuning.probe = lambda self, batch: None  # it is compiled besides the step, and measures memory only


def config(run, **training):
    return load_config(
        top={"output": sys.argv[1], "run": run},
        data={"source": [str(paths.SAMPLE_RECIPES)], "block_size": 64},
        model={"name": str(paths.SAMPLE_MODEL), "initialize": "random", "n_layer": 1, "n_embd": 16, "n_head": 2},
        training={"batch_size": 4, "gradient_accumulation_steps": 2, "sample_every": 0, **training},
    )


def losses(*arguments, **options):
    found = []
    train(*arguments, observer=lambda event: found.append(event.loss) if event.kind == "step" else None, **options)
    return found

"""

TWO_DEVICES = (
    CONFIGURATION
    + """
two = losses(config("two", max_steps=2))
try:
    train(config("uneven", batch_size=3))
except TrainingError as error:
    refused = error.message
split = {}  # the shape that a device has of each weight and moment that it has not whole


def save(self, progress):
    for variable in (*self.training.variables, *self.training.optimizer.variables):
        shard = variable.value.addressable_shards[0].data.shape
        if shard != variable.shape:
            split[variable.path] = shard
    return save_whole(self, progress)


save_whole, Trainer.save = Trainer.save, save
parallel = losses(config("parallel", max_steps=2, model_parallel=2))
devices.device_count = lambda: 1  # hides one of them
one = losses(config("one", max_steps=2))
resumed = losses(config("parallel", max_steps=3, model_parallel=1), resume=True)
print(
    json.dumps(
        {"one": one, "two": two, "refused": refused, "parallel": parallel, "split": split, "resumed": resumed}
    )
)
"""
)

PROCESS = (
    CONFIGURATION
    + """
import os, signal
from recipe_tui.core.training import loop

processes = Processes.find(sys.argv[2], 2, int(sys.argv[3]))
steps, leave_last = Trainer.steps, loop.leave_last


def terminated(self, batches, number, *others):
    if number == 1 and processes.index == 1:
        os.kill(os.getpid(), signal.SIGTERM)
    return steps(self, batches, number, *others)


Trainer.steps, loop.leave_last = terminated, lambda: None
stopped = train(config("stopped", max_steps=20), processes=processes)
Trainer.steps, loop.leave_last = steps, leave_last
pair = losses(config("pair", max_steps=2), processes=processes)
print(json.dumps({"stopped": [stopped.state, stopped.steps], "losses": pair}), flush=True)
sys.stdin.read()  # stays as long as the test wants
"""
)


def start(script, *arguments, **environment):
    environment["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {environment.get('XLA_FLAGS', '')}"
    environment["JAX_COMPILATION_CACHE_DIR"] = str(Path(arguments[0]) / "compiled")
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, **ON_JAX, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def on_two_devices(folder):
    process = start(TWO_DEVICES, folder, XLA_FLAGS="--xla_force_host_platform_device_count=2")
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def test_two_devices_give_the_losses_of_one(on_two_devices):
    assert len(on_two_devices["one"]) == 2
    assert on_two_devices["two"] == pytest.approx(on_two_devices["one"], rel=1e-5)


def test_a_batch_that_cannot_be_split_evenly_is_refused_and_leaves_no_run(folder, on_two_devices):
    assert "batch_size 3 is no multiple of 2" in on_two_devices["refused"]
    assert not (folder / "uneven").exists()


def test_two_devices_that_share_the_weights_give_the_losses_of_one(on_two_devices):
    assert on_two_devices["parallel"] == pytest.approx(on_two_devices["one"], rel=1e-5)
    split = on_two_devices["split"]
    assert split["transformer/h_0/attn/c_attn/kernel"] == [16, 24]
    assert split["transformer/h_0/mlp/c_fc/bias"] == [32]
    assert split["transformer/h_0/mlp/c_proj/kernel"] == [32, 16]
    assert split["adamw/transformer_h_0_mlp_c_proj_kernel_mean"] == [32, 16]
    assert split["transformer/wte/embeddings"][1] == 8
    assert not any("ln_" in path for path in split)


def test_their_checkpoint_is_whole_and_resumed_on_one_device(folder, on_two_devices):
    assert on_two_devices["resumed"] == pytest.approx(on_two_devices["one"][-1:], rel=1e-2)
    sizes = [(folder / run / "model" / "model.safetensors").stat().st_size for run in ("parallel", "one")]
    assert sizes[0] == sizes[1]


def test_two_processes_give_the_losses_of_one(folder, on_two_devices):
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    first, second = (start(PROCESS, folder, address, index) for index in (0, 1))
    found, others = (next((line for line in one.stdout if "Gloo" not in line), "") for one in (first, second))
    first.stdin.close()
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(0.5)  # the others need it until they have left
    errors = second.communicate()[1], first.stderr.read()
    assert (first.wait(), second.returncode) == (0, 0), errors
    found, others = json.loads(found), json.loads(others)
    assert found["losses"] == pytest.approx(on_two_devices["one"], rel=1e-5)
    assert others["losses"] == []  # the first one alone writes the run
    assert found["stopped"] == others["stopped"] == ["stopped", 2]  # SIGTERM to the second one
    assert (folder / "pair" / "model" / "model.safetensors").is_file()
