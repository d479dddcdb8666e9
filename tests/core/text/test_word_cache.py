from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from recipe_tui.core.gguf.tokenizer import SPLITTINGS, splitting
from recipe_tui.core.text import word_cache
from recipe_tui.core.text.word_cache import WordCache, splits_at_spaces

TEXTS = [
    "Stir 250 g flour, it's sifted, into ½ cup of the hot crème fraîche.\n",
    "1 1/2 cups sugar (2 1/4 lb)",
    "don't",
]
pieces = st.sampled_from(
    [" ", "  ", "\n", "\t", "\u00a0", "\u2028", "\u0301", "'s", "½", "12", "(1", "sugar", "é", "🍲", ".\n"]
)
texts = st.lists(pieces | st.text(max_size=4), max_size=8).map("".join)


def trained(name: str) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = splitting(name)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=330, initial_alphabet=sorted(alphabet), show_progress=False)
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    return tokenizer


ENCODERS = {name: trained(name) for name in SPLITTINGS}


@pytest.mark.parametrize("name", SPLITTINGS)
@given(text=texts | st.sampled_from(TEXTS))
@settings(max_examples=100, deadline=None)
def test_the_tokens_of_a_text_are_those_of_the_tokenizer(name: str, text: str) -> None:
    encoder = ENCODERS[name]
    assert splits_at_spaces(encoder)
    found = np.frombuffer(WordCache(encoder).encode(text), np.uint32).tolist()
    assert found == encoder.encode(text.encode("utf-8", "replace").decode()).ids


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_cache, "MOST_WORDS", 3)
    encoder = ENCODERS["gpt-2"]
    cache = WordCache(encoder)
    text = "a b c d e f g h i j"
    assert np.frombuffer(cache.encode(text), np.uint32).tolist() == encoder.encode(text).ids
    assert len(cache._following) <= 3


@pytest.mark.parametrize(
    "change",
    [
        {"pre_tokenizer": pre_tokenizers.Metaspace()},
        {"pre_tokenizer": pre_tokenizers.ByteLevel(add_prefix_space=True)},
        {"normalizer": normalizers.Prepend("▁")},
    ],
    ids=["metaspace", "a prefix", "a normalizer"],
)
def test_a_tokenizer_that_does_not_begin_anew_at_spaces_is_not_cached(change: dict[str, object]) -> None:
    encoder = trained("gpt-2")
    for name, value in change.items():
        setattr(encoder, name, value)
    assert not splits_at_spaces(encoder)


def test_a_tokenizer_with_a_token_that_takes_the_blanks_beside_it_is_not_cached() -> None:
    encoder = trained("gpt-2")
    encoder.add_tokens([AddedToken("<mask>", lstrip=True)])
    assert not splits_at_spaces(encoder)
