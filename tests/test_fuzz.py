"""Mutated files of every kind end in the project's own errors; see `tests.fuzz` for the command with more inputs."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import Row, model_readers, run_one

NAMES = (
    "weights index",
    "safetensors",
    "adapter_config.json",
    "adapter weights",
    "config.json, GPT-2",
    "config.json, Llama",
    "GGUF",
    "tokenizer.json",
    "tokenizer_config.json",
)


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    return {reader.name: reader for reader in model_readers(tmp_path_factory.mktemp("fuzz"))}


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_ends_in_an_error_of_the_family(readers, name):
    reader = readers[name]
    health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

    @settings(max_examples=max(10, int(300 * reader.rate)), derandomize=True, deadline=None, database=None,
              suppress_health_check=health)  # fmt: skip
    @given(st.integers(0, 10**9))
    def read(seed):
        row = Row(name)
        run_one(reader, seed, row)
        assert not row.tracebacks, f"{row.first}: {next(iter(row.tracebacks))}"

    read()


def test_every_reader_is_tried(readers):
    assert tuple(readers) == NAMES
