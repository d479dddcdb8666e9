"""Writes one of Hugging Face's tokenizers to the metadata of a GGUF file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.gguf.tokenizer import (
    BYTE,
    CONTROL,
    NORMAL,
    SPLITTINGS,
    UNKNOWN,
    UNUSED,
    USER_DEFINED,
    splitting,
)

if TYPE_CHECKING:
    from recipe_tui.core.text.tokenizer import Tokenizer

HINT = "export the Hugging Face folder instead"

SPLIT_SAMPLE = "I've 12 345,6 ½ cups  crème\n\n  brûlée's\t\tHE'LL -- (bake)...\r\n\n at 180°C!\n🍲🍲 ünd WE'd 7x"
"""Text that each pre-tokenizer splits differently."""

BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")

NO_SCORE = -1e4
"""Score of a token that no merge produces."""


def add_tokenizer(writer: Any, tokenizer: Tokenizer, rows: int) -> None:
    """Add a tokenizer to the metadata.

    Args:
        writer: A `gguf.GGUFWriter`.
        tokenizer: The tokenizer.
        rows: Rows of the embedding; those without a token get a placeholder.

    Raises:
        TokenizerError: llama.cpp has none of its kind.
    """
    hugging_face = tokenizer.hugging_face
    backend = hugging_face.backend_tokenizer
    model = json.loads(backend.to_str())["model"]
    if model["type"] != "BPE":
        raise TokenizerError(f"its tokenizer is of kind {model['type']}, which is not supported", HINT)
    if tokenizer.vocab_size > rows:
        raise TokenizerError(f"its tokenizer has {tokenizer.vocab_size:,} tokens, its embedding {rows:,} rows", HINT)
    pieces = bool(model.get("byte_fallback"))
    tokens, types = _tokens(backend, rows, hugging_face.unk_token_id if pieces else None)
    writer.add_tokenizer_model("llama" if pieces else "gpt2")
    writer.add_tokenizer_pre("default" if pieces else _splitting_of(backend))
    writer.add_token_list(tokens)
    merges = [merge.split(" ", 1) if isinstance(merge, str) else merge for merge in model["merges"]]
    if pieces:
        writer.add_token_scores(_scores(tokens, merges))
        first = backend.encode("a b", add_special_tokens=False).tokens[0]
        writer.add_add_space_prefix(first.startswith("▁"))
    else:
        writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_token_types(types)
    for role, add in (
        ("bos", writer.add_bos_token_id),
        ("eos", writer.add_eos_token_id),
        ("unk", writer.add_unk_token_id),
        ("pad", writer.add_pad_token_id),
    ):
        token_id = getattr(hugging_face, f"{role}_token_id")
        if token_id is not None:
            add(token_id)
    if tokenizer.eos_id != hugging_face.eos_token_id:
        writer.add_eot_token_id(tokenizer.eos_id)
    ids = hugging_face("a")["input_ids"]
    # With section tokens, recipes begin with one of these instead of the base's begin token.
    writer.add_add_bos_token(not tokenizer.section_ids and ids[0] == hugging_face.bos_token_id)
    writer.add_add_eos_token(ids[-1] == hugging_face.eos_token_id)
    if hugging_face.chat_template:
        writer.add_chat_template(hugging_face.chat_template)


def _tokens(backend: Any, rows: int, unknown: int | None) -> tuple[list[str], list[int]]:
    """Return all tokens by id, and their types; placeholders are named as by llama.cpp's converter."""
    known = {token_id: token for token, token_id in backend.get_vocab(with_added_tokens=True).items()}
    added = backend.get_added_tokens_decoder()
    tokens = [known.get(token_id, f"[PAD{token_id}]") for token_id in range(rows)]

    def kind(token_id: int) -> int:
        if token_id not in known:
            return UNUSED
        if token_id == unknown:
            return UNKNOWN
        if token_id in added:
            return CONTROL if added[token_id].special else USER_DEFINED
        return BYTE if unknown is not None and BYTE_TOKEN.fullmatch(known[token_id]) else NORMAL

    return tokens, [kind(token_id) for token_id in range(rows)]


def _splitting_of(backend: Any) -> str:
    """Return llama.cpp's name of a tokenizer's pre-tokenizer."""
    normalized = SPLIT_SAMPLE if backend.normalizer is None else backend.normalizer.normalize_str(SPLIT_SAMPLE)
    if backend.pre_tokenizer is not None and normalized == SPLIT_SAMPLE:
        found = backend.pre_tokenizer.pre_tokenize_str(SPLIT_SAMPLE)
        for name in SPLITTINGS:
            if splitting(name).pre_tokenize_str(SPLIT_SAMPLE) == found:
                return name
    known = ", ".join(SPLITTINGS)
    raise TokenizerError(f"its tokenizer splits words in a way that is not supported (there are {known})", HINT)


def _scores(tokens: list[str], merges: list[list[str]]) -> list[float]:
    """Return scores that order the merges: llama.cpp first merges the pair whose result has the highest score."""
    scores: dict[str, float] = {}
    for rank, (first, second) in enumerate(merges):
        scores.setdefault(first + second, -float(rank))
    return [scores.get(token, NO_SCORE) for token in tokens]
