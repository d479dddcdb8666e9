from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.gguf.tokenizer import gguf_tokenizer

SOUND = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": ["a", "b", "ab"],
    "tokenizer.ggml.merges": ["a b"],
    "tokenizer.ggml.bos_token_id": 2,
    "general.architecture": "gpt2",
    "gpt2.context_length": 8,
}


class File:
    """A GGUF file with some metadata."""

    path = Path("model.gguf")

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def metadata(self, key: str, default: object = None) -> Any:
        return self._values.get(key, default)


def test_a_byte_level_tokenizer_is_read() -> None:
    assert gguf_tokenizer(File(SOUND)).get_vocab() == {"a": 0, "b": 1, "ab": 2}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "damage",
    [
        {"tokenizer.ggml.merges": ["a x"]},
        {"tokenizer.ggml.merges": ["ab"]},
        {"tokenizer.ggml.bos_token_id": 9},
        {"gpt2.context_length": "eight"},
    ],
    ids=["merge of no token", "merge of one token", "role of no token", "context of a word"],
)
def test_a_damaged_tokenizer_is_refused_with_its_reason(damage: dict[str, object]) -> None:
    with pytest.raises(TokenizerError, match=r"model\.gguf: its tokenizer is damaged \(.+\)"):
        gguf_tokenizer(File(SOUND | damage))  # type: ignore[arg-type]
