"""Which backend Keras runs on, and how loud the libraries below us are: decided before any of them is imported."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, get_args

from recipe_tui.core import paths
from recipe_tui.core.errors import BackendError
from recipe_tui.core.kernels import apply_kernels

if TYPE_CHECKING:
    from collections.abc import Iterator

Backend = Literal["tensorflow", "jax"]

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow's C++ side, past every handler of Python
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",  # such as that PyTorch is missing
    "DATASETS_VERBOSITY": "error",
    "HF_HUB_VERBOSITY": "error",
}
"""Environment of the libraries below; what the user has set is left alone."""


UNUSED = ("jax", "pandas")
"""What TensorFlow and its Keras import where it is installed, for functions that are not used here. It takes a third of
the time of their import."""

GPU_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin", "jax_rocm60_plugin", "jax_rocm7_plugin")
"""Modules of which JAX needs one to compute on a GPU."""

COMPILED_BYTES = 2 << 30
"""Most that the cache of compiled programs takes; what was not used for the longest time goes first."""

NO_FLOAT16 = ("JAX multiplies no float16 numbers on a processor", "set precision to mixed_bfloat16 or float32")
"""What is so, and what to do."""


def quieten() -> None:
    """Keep the libraries below from talking on stderr. Call it before anything imports them."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def select_backend() -> Backend:
    """Choose and import the backend of Keras, and `quieten` the libraries. Call it before anything imports Keras.

    ``KERAS_BACKEND`` decides; when it is unset, TensorFlow is taken if it is installed, and JAX if not.

    Raises:
        BackendError: None is installed, or not the one that is asked for, or it cannot be imported, or Keras is loaded
            with another.
    """
    quieten()
    backend = chosen_backend()
    os.environ["KERAS_BACKEND"] = backend
    if backend == "tensorflow":
        apply_kernels()
    _import_quietly(backend)
    if backend == "jax":
        _keep_compiled()
    if "keras" in sys.modules:
        loaded: str = sys.modules["keras"].config.backend()
        if loaded != backend:
            raise BackendError(
                f"Keras runs on {loaded} already, not on {backend}",
                f"set KERAS_BACKEND={backend} before keras is imported",
            )
    return backend


def _keep_compiled() -> None:
    """Have JAX keep what it compiles for a GPU in the user's cache folder, unless the user keeps it elsewhere.

    A training step takes 10 to 17 seconds to compile there. What is compiled for a processor is not kept, because it
    would not run on another one that shares the folder.
    """
    has_plugin = any(find_spec(name) for name in GPU_PLUGINS)
    if not has_plugin or os.environ.get("JAX_PLATFORMS") == "cpu" or "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    config = import_module("jax").config
    config.update("jax_compilation_cache_dir", str(paths.compiled_cache()))
    config.update("jax_compilation_cache_max_size", COMPILED_BYTES)


def installed_backends() -> list[Backend]:
    """Return the backends that are installed, the preferred one first."""
    return [backend for backend in get_args(Backend) if find_spec(backend) is not None]


def chosen_backend() -> Backend:
    """Return the backend that `select_backend` imports.

    Raises:
        BackendError: None is installed, or not the one that ``KERAS_BACKEND`` asks for.
    """
    installed = installed_backends()
    asked = os.environ.get("KERAS_BACKEND")
    if not installed:
        raise BackendError(
            "neither TensorFlow nor JAX is installed",
            "pip install 'recipe-tui[tensorflow]', or [cuda], [jax] or [jax-cuda]",
        )
    if not asked:
        return installed[0]
    if asked not in get_args(Backend):
        raise BackendError(f"KERAS_BACKEND={asked} is not supported", "set it to tensorflow or jax, or unset it")
    for backend in installed:
        if backend == asked:
            return backend
    raise BackendError(f"KERAS_BACKEND={asked}, but {asked} is not installed", f"pip install 'recipe-tui[{asked}]'")


def _import_quietly(backend: Backend) -> None:
    """Import a backend without what it says meanwhile.

    TensorFlow 2.21 writes notes to file descriptor 2 before it looks at ``TF_CPP_MIN_LOG_LEVEL``. They are shown only
    when the import fails.
    """
    if backend in sys.modules:
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            with _hidden(*(name for name in UNUSED if name != backend)):
                import_module(backend)
        except ImportError as error:
            said.seek(0)
            os.write(stderr, said.read())
            reason = next(iter(str(error).splitlines()), "no reason given")
            raise BackendError(
                f"{backend} cannot be imported ({reason})", f"install it again: pip install 'recipe-tui[{backend}]'"
            ) from error
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


@contextmanager
def _hidden(*modules: str) -> Iterator[None]:
    """Let what is imported meanwhile find that these modules are not installed. They can be imported afterwards."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: importing it is an ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
