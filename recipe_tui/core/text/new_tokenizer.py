"""Training a tokenizer on recipes: byte-level BPE, by Hugging Face's `tokenizers`.

"Neural Machine Translation of Rare Words with Subword Units" (Sennrich et al., 2016), over bytes as in GPT-2, so that
any text has tokens. Words are split as GPT-2 splits them, which Hugging Face, llama.cpp and our GGUF reader do alike.
Numbers and fractions, of which recipes have many, are taken care of in what the merges are learned from: no token has
more than three digits, and each fraction character is a single token.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.backend import quieten
from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.gguf.tokenizer import splitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

END_OF_TEXT = "<|endoftext|>"
"""The end token of a tokenizer that has none of its own."""

FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"

DIGITS = re.compile(r"\d{4,}")

BYTES = 256

MIN_FREQUENCY = 2
"""Occurrences from which a pair is merged: a token that occurs once is not learned from."""


def train_tokenizer(
    recipes: Iterable[Iterable[str]], vocab_size: int, special_tokens: Iterable[str], at_most: bool = False
) -> Any:
    """Train a byte-level BPE. The same texts give the same tokenizer, byte for byte.

    Args:
        recipes: The texts of each recipe; no token spans two of them.
        vocab_size: Tokens of the vocabulary, the special ones and the 256 bytes included.
        special_tokens: Those of the layout; the end token is added.
        at_most: Whether the vocabulary may be smaller, where the recipes support no larger one.

    Returns:
        A ``PreTrainedTokenizerFast`` of transformers.

    Raises:
        TokenizerError: The vocabulary is smaller than bytes and special tokens, or larger than the recipes support.
    """
    quieten()
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = [END_OF_TEXT, *special_tokens]
    if vocab_size < (smallest := BYTES + len(special) + len(FRACTIONS)):
        raise TokenizerError(
            f"a vocabulary of {vocab_size:,} tokens is too small", f"take at least {smallest}", "data.tokenizer"
        )
    backend: Any = Tokenizer(models.BPE())
    backend.pre_tokenizer = splitting("gpt-2")
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=MIN_FREQUENCY,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(_learned_from(recipes), trainer)
    if (found := backend.get_vocab_size()) < vocab_size and not at_most:
        raise TokenizerError(
            f"the recipes support a vocabulary of {found:,} tokens, not of {vocab_size:,}",
            f"give more recipes, or take {_round_down(found):,} or fewer",
            "data.tokenizer",
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        extra_special_tokens=special[1:],
        clean_up_tokenization_spaces=False,
    )


def _learned_from(recipes: Iterable[Iterable[str]]) -> Iterator[str]:
    fractions = "\n".join(FRACTIONS)
    for texts in recipes:
        for text in texts:
            yield DIGITS.sub(_grouped, text).encode("utf-8", "replace").decode()  # a lone surrogate has no UTF-8
        yield fractions  # once a recipe, so that each becomes a token


def _grouped(digits: re.Match[str]) -> str:
    """Break a long number into groups of three from the left, so that no longer token is learned."""
    number = digits[0]
    return "\n".join(number[start : start + 3] for start in range(0, len(number), 3))


def _round_down(count: int) -> int:
    return count // 64 * 64 if count >= 512 else count
