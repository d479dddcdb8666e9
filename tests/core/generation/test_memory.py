"""Texts that do not fit the memory side by side are refused before anything is allocated, and the error says why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.memory import require_memory, row_memory
from recipe_tui.core.machine import Available

DECODER: Any = SimpleNamespace(vocab_size=1000, position_cache=10_000, weights_size=4 * 10**9)
EACH = 100 * 10_000 + 3 * 4 * 1000  # bytes of a text of 100 positions


def check(free: int, on_gpu: bool = False, **settings: Any) -> None:
    available = Available("memory", free, 10**10, on_gpu=on_gpu)
    require_memory(DECODER, GenerationConfig(**settings), 100, lambda: available)


def test_a_text_needs_its_kv_caches_and_its_scores() -> None:
    assert row_memory(DECODER, GenerationConfig(), 100) == EACH
    assert row_memory(DECODER, GenerationConfig(guidance=2), 100) == 2 * EACH
    assert row_memory(DECODER, GenerationConfig(num_beams=4), 100) == EACH + 100 * 10_000


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"best_of": 1000}, "lower best_of to 9 or less"),
        ({"num_return_sequences": 1000}, "lower num_return_sequences to 9 or less"),
        ({"best_of": 1000, "num_return_sequences": 100}, "lower best_of and num_return_sequences to 9 or less"),
        ({"best_of": 1000, "num_return_sequences": 2}, "lower best_of to 9 or less"),
        ({"num_beams": 1000}, "lower num_beams to 5 or less"),
        ({"best_of": 1000, "guidance": 2}, "lower best_of to 4 or less"),
    ],
)
def test_texts_that_do_not_fit_are_refused_and_the_hint_names_what_fits(settings: dict[str, Any], hint: str) -> None:
    with pytest.raises(GenerationError, match="1,000 texts side by side need up to") as caught:
        check(10 * EACH - 1, **settings)
    assert caught.value.hint == hint


def test_texts_that_fit_and_a_single_one_are_written() -> None:
    check(10 * EACH, best_of=10)
    check(0)


def test_all_that_the_weights_leave_of_a_gpu_counts_since_the_backend_reserves_it() -> None:
    check(0, on_gpu=True, best_of=100)
    with pytest.raises(GenerationError, match=r"and 6\.0 GB are free"):
        check(0, on_gpu=True, best_of=10_000)


@pytest.mark.parametrize(
    "settings",
    [
        *({"min_p": 1.1}, {"best_of": 100_000}, {"num_beams": 100_000}, {"num_return_sequences": 10**9}),
        *({"temperature": float("inf")}, {"repetition_penalty": float("inf")}, {"dry_multiplier": float("inf")}),
        *({"length_penalty": float("nan")}, {"length_penalty": 1e9}, {"temperature": float("nan")}),
    ],
)
def test_a_control_out_of_its_range_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GenerationConfig(**settings)
