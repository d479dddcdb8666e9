"""The backend: which one Keras runs on, and what is said when there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from recipe_tui.core import backend, paths
from recipe_tui.core.backend import QUIET, quieten, select_backend
from recipe_tui.core.backend import _import_quietly as import_backend
from recipe_tui.core.errors import BackendError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing chosen, nothing imported, and nothing really imported either."""
    for name in ("KERAS_BACKEND", *QUIET):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(backend, "_import_quietly", lambda name: None)


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(backend, "find_spec", lambda name: object() if name in names else None)


def test_tensorflow_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "jax", "tensorflow")
    assert select_backend() == "tensorflow"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_jax_is_taken_where_tensorflow_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "jax")
    assert select_backend() == "jax"
    assert os.environ["KERAS_BACKEND"] == "jax"


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "jax", "tensorflow")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert select_backend() == "jax"


class FakeJax(ModuleType):
    """Remembers its configuration."""

    def __init__(self) -> None:
        super().__init__("jax")
        self.set: dict[str, object] = {}
        self.config = self

    def update(self, name: str, value: object) -> None:
        self.set[name] = value


@pytest.mark.parametrize(
    ("modules", "environment", "kept"),
    [
        (("jax", "jax_cuda12_plugin"), {}, True),
        (("jax",), {}, False),
        (("jax", "jax_cuda12_plugin"), {"JAX_PLATFORMS": "cpu"}, False),
        (("jax", "jax_cuda12_plugin"), {"JAX_COMPILATION_CACHE_DIR": "mine"}, False),
    ],
)
def test_what_jax_compiles_for_a_gpu_is_kept(
    monkeypatch: pytest.MonkeyPatch, modules: tuple[str, ...], environment: dict[str, str], kept: bool
) -> None:
    for name in ("JAX_PLATFORMS", "JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    jax = FakeJax()
    monkeypatch.setitem(sys.modules, "jax", jax)
    installed(monkeypatch, *modules)
    assert select_backend() == "jax"
    assert jax.set.get("jax_compilation_cache_dir") == (str(paths.compiled_cache()) if kept else None)


@pytest.mark.parametrize(
    ("there", "asked", "said"),
    [
        ((), "", "neither TensorFlow nor JAX is installed; pip install"),
        ((), "jax", "neither TensorFlow nor JAX is installed; pip install"),
        (("tensorflow",), "jax", "KERAS_BACKEND=jax, but jax is not installed; pip install 'recipe-tui[jax]'"),
        (("tensorflow",), "torch", "KERAS_BACKEND=torch is not supported"),
    ],
)
def test_what_cannot_be_had_is_one_line(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], asked: str, said: str
) -> None:
    installed(monkeypatch, *there)
    monkeypatch.setenv("KERAS_BACKEND", asked)
    with pytest.raises(BackendError, match=r"^[^\n]+$") as caught:
        select_backend()
    assert said in str(caught.value)


def test_keras_that_is_loaded_with_another_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "jax", "tensorflow")
    keras = ModuleType("keras")
    keras.config = ModuleType("config")  # type: ignore[attr-defined]
    keras.config.backend = lambda: "jax"
    monkeypatch.setitem(sys.modules, "keras", keras)
    with pytest.raises(BackendError, match="Keras runs on jax already"):
        select_backend()


def test_what_the_user_set_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    quieten()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "error"


STAND_IN = """
import os, sys
sys.path.insert(0, sys.argv[1])
from recipe_tui.core import backend, paths
from recipe_tui.core.errors import BackendError
try:
    backend.select_backend()
except BackendError as error:
    print("BackendError:", error)
print("after", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("module", "out", "err"),
    [
        ("import os; os.write(2, b'notes of C++')", "", "after\n"),
        (
            "import os; os.write(2, b'why: '); raise ImportError('no libfoo\\nmore')",
            "BackendError: jax cannot be imported (no libfoo); install it again: pip install 'recipe-tui[jax]'\n",
            "why: after\n",
        ),
    ],
)
def test_what_a_backend_says_on_import_is_shown_only_when_it_fails(
    tmp_path: Path, module: str, out: str, err: str
) -> None:
    (tmp_path / "jax.py").write_text(module)
    done = subprocess.run(
        [sys.executable, "-c", STAND_IN, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, out, err)


@pytest.mark.parametrize(("backend", "hidden"), [("tensorflow", ["jax", "pandas"]), ("jax", ["pandas"])])
def test_a_backend_is_imported_without_what_it_would_import_and_nothing_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, hidden: list[str]
) -> None:
    for name in hidden:
        (tmp_path / f"{name}.py").touch()
    tries = "".join(f"try: import {name}\nexcept ImportError: missing.append({name!r})\n" for name in hidden)
    (tmp_path / f"{backend}.py").write_text(f"missing = []\n{tries}")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("tensorflow", "jax", "pandas"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import_backend(backend)
    assert import_module(backend).missing == hidden
    assert all(import_module(name).__file__ == str(tmp_path / f"{name}.py") for name in hidden)
