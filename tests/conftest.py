"""What holds for every test: how XLA compiles, and that each process collects the same tests."""

from __future__ import annotations

import gc
import os
import re
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest

pytest_plugins = "pytester"

# Most programs are compiled for one call on a tiny model, so optimizing them costs more than it saves.
# XLA_FLAGS="" runs the tests with the code that users run.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

# The kernels that this machine was measured to be faster with are no tests' business.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

FOLDERS = {Path.cwd(), Path.home(), Path(tempfile.gettempdir())} - {Path("/")}
OF_THIS_MACHINE = re.compile("|".join([r"\b0x[0-9a-f]{7,}\b", *(re.escape(str(folder)) for folder in FOLDERS)]))
"""An address in memory, or a folder that is elsewhere on another machine."""


LONGEST = ("test_end_to_end.py", "test_jax.py", "test_devices.py", "test_loop.py", "test_fuzz.py")
"""Files that are run first: one that a worker began at the end would leave the other idle."""


def pytest_configure(config: pytest.Config) -> None:
    # Backends keep millions of objects alive; walking over them as often as Python does by itself takes a tenth.
    gc.set_threshold(50_000, 20, 50)
    config.addinivalue_line("filterwarnings", "ignore:Even though the `tf.config.experimental_run_functions_eagerly")
    config.addinivalue_line("markers", "memory_probe: the trainings of this module probe the memory of a step")


@pytest.fixture(autouse=True, scope="session")
def no_state_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the output folders of tests out of the state folder of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Generator[None]:
    """Leave files to the operating system, which loses none while the machine runs; a test waits for thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def kept_kernels() -> Generator[None]:
    """Let what TensorFlow has compiled survive a new random seed.

    ``keras.utils.set_random_seed``, which begins each training, makes TensorFlow optimize and compile every graph of
    the process again, because a random operation that keeps a state would go on from the former seed. Keras keeps none:
    it gives a seed to each draw.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "tensorflow" in sys.modules:
            from tensorflow.python.eager import context

            patch.setattr(context.pywrap_tfe, "TFE_ContextClearCaches", lambda _: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def plain_graphs() -> None:
    """Let TensorFlow run graphs as they were traced.

    Optimizing graphs that run a few times takes a sixth of a tiny training. ``XLA_FLAGS=""`` has them optimized too.
    """
    if "tensorflow" in sys.modules and os.environ["XLA_FLAGS"]:
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let each worker collect at another time; each has its own order of sets already. xdist refuses what differs."""
    worker = getattr(session.config, "workerinput", {"workerid": "gw0"})["workerid"]
    now, hours = time.time, int(worker.removeprefix("gw"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + 3600 * hours)
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files before the others."""
    items.sort(key=lambda item: item.path.name not in LONGEST)  # the sort is stable


def pytest_collection_finish() -> None:
    """Leave what was imported for collecting out of all later garbage collections; it stays until the end."""
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse an id that would be another on another machine."""
    if OF_THIS_MACHINE.search(item.name):
        pytest.fail("the id depends on the machine; give the parameter an id", pytrace=False)
