"""Every reader meets some hundred damaged files, and some hostile ones; see `tests.fuzz` for the commands with more."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipe_tui.core.errors import RecipeTuiError
from tests.fuzz.harness import Reader, Row, run_one
from tests.fuzz.limits import measure
from tests.fuzz.readers import all_readers

NAMES = (
    "recipes: parquet", "recipes: jsonl", "recipes: json", "recipes: json-ld", "recipes: csv", "recipes: markdown",
    "recipes: recipemd", "recipes: cooklang", "recipes: meal-master",
    "recipes: mastercook", "recipes: xml", "recipes: plain", "recipes: compressed", "recipes: archive",
    "run.json", "launch.json", "events.jsonl", "control.json", "config.toml", "COMPLETE", "training_state.json",
    "worker.log", "settings", "history", "draft of the form", "--set", "--grid", "queue", "workspaces", "prompts",
    "texts of prompts",
    "store: store.json", "store: ledger.json", "store: fates.npy", "store: recipes.arrow", "store: train/input_ids.npy",
    "store: train/segments.npy", "store: train/first_segments.npy", "store: tokenizer/tokenizer.json",
    "weights index", "safetensors", "adapter_config.json", "adapter weights", "config.json, GPT-2",
    "config.json, Llama", "generation_config.json", "note of a model", "training progress", "training state", "GGUF",
    "tokenizer.json", "tokenizer_config.json", "chat template",
)  # fmt: skip


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return {reader.name: reader for reader in all_readers(tmp_path_factory.mktemp("fuzz"))}


def test_every_reader_is_tried(readers: dict[str, Reader]) -> None:
    assert tuple(readers) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_undamaged_file_is_read_without_an_error(readers: dict[str, Reader], name: str) -> None:
    for file, data in readers[name].samples:
        with suppress(RecipeTuiError) if file == "book" else nullcontext():  # a file of another format
            readers[name].read(file, data)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_ends_in_an_error_of_the_family(readers: dict[str, Reader], name: str) -> None:
    reader = readers[name]

    @settings(max_examples=reader.tested, derandomize=True, deadline=None, database=None,
              suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(st.integers(0, 2**32))
    def read(seed: int) -> None:
        row = Row(name)
        run_one(reader, Random(seed), row)
        assert not row.tracebacks, next(iter(row.tracebacks))
        assert not row.hangs

    read()


@pytest.mark.parametrize("name", ["gz: 10 GB of lines", "chat template: loops"])
def test_a_hostile_file_ends_soon_and_in_little_memory(name: str) -> None:
    found = measure(name)
    assert found.is_within_limits, found
