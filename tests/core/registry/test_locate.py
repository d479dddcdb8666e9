import json
import os

import pytest

from recipe_tui.core.config import ModelConfig
from recipe_tui.core.errors import CheckpointError, NetworkError
from recipe_tui.core.families.known import known_shape
from recipe_tui.core.registry.locate import locate_initial, locate_model
from recipe_tui.core.runs.checkpoints import latest_checkpoint


def model(folder):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def run(output, name, finished_at=None, checkpoints=()):
    folder = output / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    for step in checkpoints:
        (model(folder / "checkpoints" / f"step-{step:08d}") / "COMPLETE").touch()
    if finished_at is not None:
        config = model(folder / "model") / "config.json"
        os.utime(config.parent, (finished_at, finished_at))
    return folder


def test_a_model_folder_stands_for_itself(tmp_path):
    assert locate_model(model(tmp_path / "gpt2")) == tmp_path / "gpt2"


def test_a_finished_run_stands_for_its_model(tmp_path):
    folder = run(tmp_path, "one", finished_at=1, checkpoints=[10])
    assert locate_model(folder) == folder / "model"


def test_an_unfinished_run_stands_for_its_latest_whole_checkpoint(tmp_path):
    folder = run(tmp_path, "one", checkpoints=[9, 10])
    model(folder / "checkpoints" / "step-00000011")  # without the marker: half written
    assert locate_model(folder).name == latest_checkpoint(folder).name == "step-00000010"


def test_a_folder_of_runs_stands_for_the_latest_finished_one(tmp_path):
    run(tmp_path, "first", finished_at=100)
    run(tmp_path, "second", finished_at=200)
    run(tmp_path, "third", checkpoints=[5])
    assert locate_model(tmp_path) == tmp_path / "second" / "model"


@pytest.mark.parametrize("content", [None, "notes.txt"])
def test_a_folder_without_a_model_says_so(tmp_path, content):
    if content:
        (tmp_path / content).touch()
    with pytest.raises(CheckpointError, match="no model in this folder"):
        locate_model(tmp_path)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c"])
def test_a_path_that_does_not_exist_is_never_looked_for_on_the_hub(name, monkeypatch):
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked the hub"))
    with pytest.raises(CheckpointError, match="no such model folder"):
        locate_model(name)


def test_a_hub_name_is_downloaded_without_code_or_pickles(tmp_path, monkeypatch):
    asked = {}

    def download(name, allow_patterns):
        asked[name] = allow_patterns
        return str(model(tmp_path / "snapshot"))

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert locate_model("distilgpt2") == tmp_path / "snapshot"
    assert not any(pattern.endswith((".py", ".bin", "*")) for pattern in asked["distilgpt2"] if pattern != "tokenizer*")


def test_no_network_says_so(monkeypatch):
    from huggingface_hub.errors import LocalEntryNotFoundError

    def download(*_, **__):
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    with pytest.raises(NetworkError, match="gpt2: no such folder, and the hub cannot be reached"):
        locate_model("gpt2")


def test_of_a_hub_name_the_named_files_alone_are_downloaded(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download", lambda name, allow_patterns: asked.append(allow_patterns) or str(tmp_path)
    )
    assert locate_model("distilgpt2", ("config.json",)) == tmp_path
    assert asked == [["config.json"]]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", ["gpt2", "gpt2-4x256"])
def test_random_weights_in_a_known_shape_need_no_checkpoint(name):
    folder = locate_initial(ModelConfig(name=name, initialize="random"))
    assert json.loads((folder / "config.json").read_text()) == known_shape(name)
    written = (folder / "config.json").stat().st_mtime_ns
    assert locate_initial(ModelConfig(name=name, initialize="random")) == folder
    assert (folder / "config.json").stat().st_mtime_ns == written


def test_a_folder_comes_before_a_known_shape_of_its_name(tmp_path, monkeypatch, cache):
    monkeypatch.chdir(tmp_path)
    model(tmp_path / "gpt2")
    assert locate_initial(ModelConfig(name="gpt2", initialize="random")).resolve() == tmp_path / "gpt2"
    assert not cache.exists()


def test_pretrained_weights_need_a_checkpoint(tmp_path):
    with pytest.raises(CheckpointError):
        locate_initial(ModelConfig(name=str(tmp_path / "gpt2-4x256")))


def test_a_run_without_a_checkpoint_says_to_wait_for_one(tmp_path):
    with pytest.raises(CheckpointError, match="the run has no checkpoint yet") as caught:
        locate_model(run(tmp_path, "one"))
    assert "wait for its first checkpoint" in str(caught.value.hint)
