"""What each token says, exactly, from a tokenizer's file alone: for drawing tokens one by one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import TokenizerError, ends_program
from recipe_tui.core.paths import TOKENIZER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST_FILE = 32 << 20
"""Bytes that a ``tokenizer.json`` may have; the largest published ones, those of Gemma 3, have almost as many."""

MOST_TOKENS = 1 << 20
"""Tokens that a vocabulary may have, four times as many as the largest published ones, and the limit of their ids."""

MOST_ADDED_TOKENS = 50_000
"""Tokens that may be added to a vocabulary: eight times as many as Gemma 3 has."""

_METASPACE = "▁"  # how SentencePiece writes a space


@dataclass(frozen=True, slots=True)
class TokenText:
    r"""What one token says.

    Attributes:
        text: Its exact text; the name of a special token; bytes that are no whole character as ``\xe2``.
        special: Whether it is a special token.
        partial: Whether it holds part of a character only.
    """

    text: str
    special: bool = False
    partial: bool = False

    def visible(self, newline: str = "⏎", space: str = "·") -> str:
        """Return the text with its line breaks and spaces made visible.

        Args:
            newline: What a line break is drawn as.
            space: What a space is drawn as.
        """
        return self.text if self.special else self.text.replace("\n", newline).replace(" ", space)


class TokenTexts:
    """The text of each token of a vocabulary.

    Args:
        vocabulary: What the tokenizer's file calls each token, by id.
        added: Tokens added to the vocabulary, whose text is what the file calls them; and whether each is special.
        byte_level: Whether the vocabulary writes bytes as characters, as GPT-2's does.
    """

    def __init__(self, vocabulary: dict[int, str], added: dict[int, tuple[str, bool]], *, byte_level: bool) -> None:
        self._vocabulary = vocabulary
        self._added = added
        self._byte_level = byte_level
        self._known: dict[int, TokenText] = {}

    @classmethod
    def load(cls, folder: Path) -> TokenTexts:
        """Read the vocabulary of the tokenizer in a folder.

        Raises:
            TokenizerError: There is no ``tokenizer.json`` in it, or it cannot be read.
        """
        from tokenizers import Tokenizer

        path = folder / TOKENIZER
        if not path.is_file():
            raise TokenizerError(f"{path}: no such file", "build the store again; until then tokens are shown by id")
        try:
            check_tokenizer_file(path)
            backend: Any = Tokenizer.from_file(str(path))
            return cls.of(backend)
        except BaseException as error:  # the Rust side knows no finer class, and a panic in it is no Exception
            if ends_program(error):
                raise
            raise TokenizerError(f"{path}: cannot be read ({error})", "build the store again") from error

    @classmethod
    def of(cls, backend: Any) -> TokenTexts:
        """Return the texts of the vocabulary of a tokenizer of the library ``tokenizers``.

        Raises:
            ValueError: The ids are too large.
        """
        check_token_ids(backend.get_vocab())
        added = {
            i: (str(token.content), bool(token.special)) for i, token in backend.get_added_tokens_decoder().items()
        }
        vocabulary = {i: token for token, i in backend.get_vocab(with_added_tokens=False).items()}
        decoder = json.loads(backend.to_str()).get("decoder")
        return cls(vocabulary, added, byte_level="ByteLevel" in json.dumps(decoder))

    def __getitem__(self, token_id: int) -> TokenText:
        """Return what a token says; an id that is in no vocabulary shows as its number."""
        text = self._known.get(token_id)
        if text is None:
            text = self._known[token_id] = self._text(token_id)
        return text

    def __len__(self) -> int:
        """Number of tokens, the added ones included."""
        return len(self._vocabulary.keys() | self._added.keys())

    def find(self, text: str) -> tuple[int, ...]:
        """Return the tokens that say a text, with or without a space before it, or that the file calls so.

        Args:
            text: A token's text, the name of a special token, or ``#`` and an id.
        """
        if text.startswith("#") and text[1:].isdecimal() and text[1:].isascii():
            return (int(text[1:]),)
        return tuple(sorted({*self._by_text.get(text, ()), *self._by_text.get(" " + text, ())}))

    @cached_property
    def _by_text(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for token_id in self._vocabulary.keys() | self._added.keys():
            names = {self._text(token_id).text, self._vocabulary.get(token_id, "")}
            for name in names - {""}:
                found.setdefault(name, []).append(token_id)
        return found

    def _text(self, token_id: int) -> TokenText:
        if token_id in self._added:
            return TokenText(*self._added[token_id])
        name = self._vocabulary.get(token_id)
        if name is None:
            return TokenText(f"#{token_id}", special=True)
        raw = self._bytes(name)
        if raw is None:
            return TokenText(name.replace(_METASPACE, " "))
        try:
            return TokenText(raw.decode())
        except UnicodeDecodeError:
            return TokenText(raw.decode(errors="backslashreplace"), partial=True)

    def _bytes(self, name: str) -> bytes | None:
        if self._byte_level:
            table = _byte_of_character()
            return bytes(table[character] for character in name) if all(c in table for c in name) else None
        if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):  # a byte, in SentencePiece's way
            try:
                return bytes.fromhex(name[3:5])
            except ValueError:
                return None
        return None


def check_tokenizer_file(path: Path) -> None:
    """Check that a file of a tokenizer holds no more than published ones, before it is parsed.

    Raises:
        ValueError: It is too large, or has too many tokens.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE >> 20} MB")
    data = path.read_bytes()
    if data.count(b'":') > MOST_TOKENS + 8 * MOST_ADDED_TOKENS or data.count(b'"special":') > MOST_ADDED_TOKENS:
        raise ValueError("more tokens than any published tokenizer")


def check_token_ids(vocabulary: Mapping[str, int]) -> None:
    """Check that a vocabulary has ids that a table of embeddings can have: ``tokenizers`` counts up to the largest.

    Raises:
        ValueError: An id is above `MOST_TOKENS`.
    """
    largest = max(vocabulary.values(), default=0)
    if largest >= MOST_TOKENS:
        raise ValueError(f"a token has the id {largest:,}")


@cache
def _byte_of_character() -> dict[str, int]:
    """Return which byte each character of a byte-level vocabulary stands for (GPT-2's table)."""
    return dict(_byte_table())


def _byte_table() -> Iterator[tuple[str, int]]:
    others = 256
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte <= 255:  # visible in Latin-1
            yield chr(byte), byte
        else:
            yield chr(others), byte
            others += 1
