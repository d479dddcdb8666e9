from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.text import token_text
from recipe_tui.core.text.token_text import TokenText, TokenTexts
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.browsing.stores import IDS, WORDS, write_tokenizer


@pytest.fixture
def texts(tmp_path: Path) -> TokenTexts:
    write_tokenizer(tmp_path / "tokenizer")
    return TokenTexts.load(tmp_path / "tokenizer")


def test_a_token_says_its_exact_text(texts: TokenTexts) -> None:
    assert texts[IDS["Leek"]] == TokenText("Leek")
    assert texts[IDS["Ġslowly"]] == TokenText(" slowly")
    assert texts[IDS["Ċ"]] == TokenText("\n")
    assert len(texts) == 4 + len(WORDS)


def test_part_of_a_character_shows_as_its_bytes(texts: TokenTexts) -> None:
    assert texts[IDS["âĤ"]] == TokenText("\\xe2\\x82", partial=True)
    assert texts[IDS["¬"]] == TokenText("\\xac", partial=True)


def test_a_special_token_shows_as_its_name_and_an_unknown_id_as_its_number(texts: TokenTexts) -> None:
    assert texts[3] == TokenText("<|step|>", special=True)
    assert texts[999] == TokenText("#999", special=True)


def test_spaces_and_line_breaks_can_be_made_visible() -> None:
    assert TokenText(" a\n").visible() == "·a⏎"
    assert TokenText(" a\n").visible(newline="$", space="_") == "_a$"
    assert TokenText("<|a b|>", special=True).visible() == "<|a b|>"


def test_tokens_are_found_by_text_by_name_and_by_id(texts: TokenTexts) -> None:
    assert texts.find("slowly") == (IDS["Ġslowly"],)
    assert texts.find(" slowly") == (IDS["Ġslowly"],)
    assert texts.find("Ġslowly") == (IDS["Ġslowly"],)
    assert texts.find("<|step|>") == (3,)
    assert texts.find("#7") == (7,)
    assert texts.find("nothing") == ()
    assert texts.find("") == ()


def test_sentencepiece_writes_spaces_and_bytes_in_its_own_way() -> None:
    texts = TokenTexts({5: "▁cup", 6: "<0xE2>", 7: "<0x41>", 8: "<0xZZ>"}, {}, byte_level=False)
    assert texts[5] == TokenText(" cup")
    assert texts[6] == TokenText("\\xe2", partial=True)
    assert texts[7] == TokenText("A")
    assert texts[8] == TokenText("<0xZZ>")


def test_a_missing_or_damaged_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"tokenizer\.json: no such file"):
        TokenTexts.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(TokenizerError, match="cannot be read"):
        TokenTexts.load(tmp_path)


def test_a_token_with_an_impossible_id_is_refused_at_once(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer")
    file = tmp_path / "tokenizer" / "tokenizer.json"
    file.write_text(
        file.read_text()
        .replace(f'"Brew":{IDS["Brew"]}', '"Brew":2147483648')
        .replace(f'"Brew": {IDS["Brew"]}', '"Brew": 2147483648')
    )
    for load in (TokenTexts.load, load_tokenizer):
        with pytest.raises(TokenizerError, match="a token has the id 2,147,483,648"):
            load(file.parent)


@pytest.mark.parametrize("open_", [TokenTexts.load, load_tokenizer])
def test_more_added_tokens_than_any_published_tokenizer_has_are_refused_before_they_are_parsed(
    open_: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tokenizer(tmp_path / "tokenizer")
    open_(tmp_path / "tokenizer")
    monkeypatch.setattr(token_text, "MOST_ADDED_TOKENS", 3)
    with pytest.raises(TokenizerError, match="more tokens than any published tokenizer"):
        open_(tmp_path / "tokenizer")
