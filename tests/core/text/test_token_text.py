from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.text.token_text import TokenPiece, TokenPieces
from tests.core.browsing.stores import IDS, WORDS, write_tokenizer


@pytest.fixture
def pieces(tmp_path: Path) -> TokenPieces:
    write_tokenizer(tmp_path / "tokenizer")
    return TokenPieces.load(tmp_path / "tokenizer")


def test_a_token_says_its_exact_text(pieces: TokenPieces) -> None:
    assert pieces[IDS["Leek"]] == TokenPiece("Leek")
    assert pieces[IDS["Ġslowly"]] == TokenPiece(" slowly")
    assert pieces[IDS["Ċ"]] == TokenPiece("\n")
    assert len(pieces) == 4 + len(WORDS)


def test_part_of_a_character_shows_as_its_bytes(pieces: TokenPieces) -> None:
    assert pieces[IDS["âĤ"]] == TokenPiece("\\xe2\\x82", partial=True)
    assert pieces[IDS["¬"]] == TokenPiece("\\xac", partial=True)


def test_a_special_token_shows_as_its_name_and_an_unknown_id_as_its_number(pieces: TokenPieces) -> None:
    assert pieces[3] == TokenPiece("<|step|>", special=True)
    assert pieces[999] == TokenPiece("#999", special=True)


def test_spaces_and_line_breaks_can_be_made_visible() -> None:
    assert TokenPiece(" a\n").visible() == "·a⏎"
    assert TokenPiece(" a\n").visible(newline="$", space="_") == "_a$"
    assert TokenPiece("<|a b|>", special=True).visible() == "<|a b|>"


def test_tokens_are_found_by_text_by_name_and_by_id(pieces: TokenPieces) -> None:
    assert pieces.find("slowly") == (IDS["Ġslowly"],)
    assert pieces.find(" slowly") == (IDS["Ġslowly"],)
    assert pieces.find("Ġslowly") == (IDS["Ġslowly"],)
    assert pieces.find("<|step|>") == (3,)
    assert pieces.find("#7") == (7,)
    assert pieces.find("nothing") == ()
    assert pieces.find("") == ()


def test_sentencepiece_writes_spaces_and_bytes_in_its_own_way() -> None:
    pieces = TokenPieces({5: "▁cup", 6: "<0xE2>", 7: "<0x41>", 8: "<0xZZ>"}, {}, byte_level=False)
    assert pieces[5] == TokenPiece(" cup")
    assert pieces[6] == TokenPiece("\\xe2", partial=True)
    assert pieces[7] == TokenPiece("A")
    assert pieces[8] == TokenPiece("<0xZZ>")


def test_a_missing_or_damaged_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"tokenizer\.json: no such file"):
        TokenPieces.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(TokenizerError, match="cannot be read"):
        TokenPieces.load(tmp_path)
