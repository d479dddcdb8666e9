"""``recipe-tui models``: what is at hand, and fetching more."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from recipe_tui.core.errors import NetworkError
from recipe_tui.core.registry.cache import LocalModel
from tests.cli.conftest import CommandLine

SMALL = LocalModel("small", Path("cache/small"), "llama", 5_000_000, 8192, "apache-2.0", "the hub")


def test_models_at_hand_are_listed_with_size_context_and_licence(
    recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipe_tui.core.registry.cache.local_models", lambda: [SMALL])
    done = recipe_tui("models")
    assert done.code == 0
    assert all(text in done.out for text in ("small", "llama", "5 MB", "8,192", "apache-2.0"))
    assert "recipe-tui models get smollm2-135m" in done.err
    listed = recipe_tui("models", "--json").json
    assert (listed[0]["name"], listed[0]["context"], listed[0]["size"]) == ("small", 8192, 5_000_000)


def test_adapters_are_listed_with_their_base_rank_and_size(recipe_tui: CommandLine) -> None:
    folder = Path("output/soups/adapter")
    folder.mkdir(parents=True)
    about = {"r": 8, "lora_alpha": 16, "target_modules": ["c_attn"], "base_model_name_or_path": "gpt2"}
    (folder / "adapter_config.json").write_text(json.dumps(about))
    weights = {"base_model.model.transformer.h.0.attn.c_attn.lora_A.weight": np.zeros((8, 500), np.float32)}
    save_file(weights, folder / "adapter_model.safetensors", metadata={"base_sha256": "abc"})
    done = recipe_tui("models", "--adapters", "output")
    assert done.code == 0
    assert all(text in done.out for text in ("output/soups/adapter", "gpt2", "8", "c_attn", "0.02 MB"))
    (listed,) = recipe_tui("models", "--adapters", "output", "--json").json
    assert (listed["path"], listed["base"], listed["rank"], listed["base_hash"]) == (str(folder), "gpt2", 8, "abc")
    assert listed["size"] > 16_000


def test_without_adapters_it_says_how_to_train_one(recipe_tui: CommandLine) -> None:
    Path("output").mkdir()
    done = recipe_tui("models", "--adapters", "output")
    assert "no adapters in output; train one" in done.err


def test_a_model_is_fetched_by_its_name(recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipe_tui.core.registry.cache.fetch", lambda name, report: Path("cache") / name)
    done = recipe_tui("models", "get", "smollm2-135m", "--json")
    assert done.json == {"name": "smollm2-135m", "folder": "cache/smollm2-135m"}
    assert "--model smollm2-135m" in done.err


def test_an_error_of_fetching_is_one_line(recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, report: object) -> Path:
        raise NetworkError("nothing can be reached", "connect to the network")

    monkeypatch.setattr("recipe_tui.core.registry.cache.fetch", fail)
    done = recipe_tui("models", "get", "smollm2-135m")
    assert done.code == 1
    assert done.error == "nothing can be reached; connect to the network"


def test_a_folder_of_adapters_that_is_missing_is_an_error(recipe_tui: CommandLine) -> None:
    done = recipe_tui("models", "--adapters", "nope")
    assert (done.code, done.error) == (2, "nope: no such folder; check --adapters")
