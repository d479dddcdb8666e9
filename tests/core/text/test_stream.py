from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.stream import StreamDecoder


@pytest.mark.parametrize("layout", ["plain", "sections"])
def test_a_character_of_several_tokens_shows_whole_or_not_at_all(tokenizers, layout) -> None:
    tokenizer = tokenizers[layout]
    ids = tokenizer.encode_recipes([Recipe("Ragù 🍲 für 牛肉", (), ())]).ids.tolist()
    decoder = StreamDecoder(tokenizer)
    shown = [decoder.push(i) for i in ids] + [decoder.flush()]
    assert "" in shown  # the tiny vocabulary has no token for the pot: its four bytes come one by one
    assert not any("�" in part for part in shown)
    assert "".join(shown).strip() == "Ragù 🍲 für 牛肉"


@settings(deadline=None)
@given(ids=st.lists(st.integers(0, 400), max_size=40), layout=st.sampled_from(["plain", "sections"]))
def test_any_ids_streamed_show_the_same_as_at_once(tokenizers, ids, layout) -> None:
    tokenizer = tokenizers[layout]
    ids = [i % tokenizer.vocab_size for i in ids]
    decoder = StreamDecoder(tokenizer)
    assert "".join([decoder.push(i) for i in ids] + [decoder.flush()]) == tokenizer.text(ids)


def test_special_tokens_show_as_line_ends_as_they_come(tokenizers) -> None:
    tokenizer = tokenizers["sections"]
    decoder = StreamDecoder(tokenizer)
    title, ingredient, step, *fields = tokenizer.section_ids
    assert [decoder.push(i) for i in (title, ingredient, step, tokenizer.eos_id)] == ["", "\n", "\n", ""]
    assert [decoder.push(i) for i in fields] == ["\n# "] * 3


def test_what_was_held_back_shows_at_the_end(tokenizers) -> None:
    tokenizer = tokenizers["plain"]
    half = tokenizer.encode_recipes([Recipe("🍲", (), ())]).ids[:2].tolist()
    decoder = StreamDecoder(tokenizer)
    assert [decoder.push(i) for i in half] == ["", ""]
    assert decoder.flush() == "�"
    assert decoder.flush() == ""


def test_half_a_character_shows_before_the_line_end_of_a_special_token(tokenizers) -> None:
    tokenizer = tokenizers["sections"]
    half = tokenizer.encode_recipes([Recipe("🍲", (), ())]).ids[1:3].tolist()
    decoder = StreamDecoder(tokenizer)
    assert [decoder.push(i) for i in (*half, tokenizer.section_ids[1])] == ["", "", "�\n"]
