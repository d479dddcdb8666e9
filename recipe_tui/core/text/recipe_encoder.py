"""Recipes as token ids: the part of a tokenizer that encodes, which other processes can be given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import TokenizerError, ends_program
from recipe_tui.core.text.layout import Section, Span
from recipe_tui.core.text.word_cache import WordCache, splits_at_spaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.chat_encoder import ChatEncoder
    from recipe_tui.core.text.layout import Layout


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of several recipes, one after the other.

    Attributes:
        ids: Token ids, [tokens] uint32; each recipe ends with the end token.
        section_lengths: Tokens in each section of each recipe, [recipes, sections] int32. Sections follow each other in
            the order of `Section`; each token's section is ``np.repeat(list(Section), section_lengths[i])``.
    """

    ids: NDArray[np.uint32]
    section_lengths: NDArray[np.int32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens in each recipe, [recipes]."""
        lengths: NDArray[np.int64] = self.section_lengths.sum(axis=1, dtype=np.int64)
        return lengths


class RecipeEncoder:
    """Tokenizes recipes. It can be pickled, and needs tokenizers but not transformers.

    Args:
        backend: The tokenizer, of tokenizers; recipes go through a private copy of it. They go whole, which is twice as
            fast as span by span. Marks stand between the spans: tokens of the copy alone, unguessable, so that no text
            can hold one.
        layout: How recipes are written.
        meanings: What the special spans stand for, by section: no token, or one.
        chat: What tokenizes conversations, in the layout ``chat``.
    """

    def __init__(self, backend: Any, layout: Layout, meanings: list[list[int]], chat: ChatEncoder | None) -> None:
        from tokenizers import AddedToken, Tokenizer

        self._layout = layout
        self._meanings = meanings
        self._chat = chat
        try:
            encoder: Any = Tokenizer.from_str(backend.to_str())
        except BaseException as error:  # a panic in Rust is no Exception
            if ends_program(error):
                raise
            raise TokenizerError(f"damaged tokenizer ({error})", "give a folder with a tokenizer.json") from error
        encoder.no_truncation()
        encoder.no_padding()
        encoder.encode_special_tokens = True  # that is: as the text they look like
        secret = secrets.token_hex(16)
        self._marks = tuple(f"<{secret}{kind}>" for kind in range(2 * len(Section)))  # special, then literal spans
        encoder.add_tokens([AddedToken(mark, normalized=False) for mark in self._marks])
        self._first_mark: int = encoder.token_to_id(self._marks[0])
        self._encoder = encoder

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._encoder.encode_special_tokens = True  # tokenizers does not pickle it

    def encode(self, recipes: Iterable[Recipe]) -> Encoded:
        """Tokenize whole recipes; a thousand or so at a time is fastest."""
        if self._chat is not None:
            return Encoded(*self._chat.encode(self._layout.spans(recipe) for recipe in recipes))
        if self._words is not None:
            return self._by_words(self._words, map(self._layout.spans, recipes))
        encodings = self._encode(self._marked(self._layout.spans(recipe)) for recipe in recipes)
        lengths = np.fromiter((len(encoding) for encoding in encodings), np.int64, len(encodings))
        marked = np.fromiter(chain.from_iterable(encoding.ids for encoding in encodings), np.uint32, lengths.sum())
        return self._unmarked(marked, np.repeat(np.arange(len(lengths)), lengths))

    def encode_spans(self, spans: Sequence[Span]) -> list[int]:
        """Tokenize a prompt."""
        if not spans:
            return []
        if self._chat is not None:
            return list(map(int, self._chat.encode([spans])[0]))
        (encoding,) = self._encode([self._marked(spans)])
        marked = np.asarray(encoding.ids, np.uint32)
        ids: list[int] = self._unmarked(marked, np.zeros(len(marked), np.int64)).ids.tolist()
        return ids

    @cached_property
    def _words(self) -> WordCache | None:
        """What tokenizes recipes word by word, where that gives the same tokens."""
        return WordCache(self._encoder) if splits_at_spaces(self._encoder) else None

    def _by_words(self, words: WordCache, recipes: Iterable[list[Span]]) -> Encoded:
        meanings = [np.array(meaning, np.uint32).tobytes() for meaning in self._meanings]
        tokens: list[bytes] = []
        lengths: list[list[int]] = []
        for spans in recipes:
            sizes = [0] * len(Section)
            for section, text, is_special in spans:
                ids = meanings[section or 0] if is_special else words.encode(text)
                tokens.append(ids)
                sizes[section or 0] += len(ids)
            lengths.append(sizes)
        sizes_in_bytes = np.array(lengths, np.int32).reshape(len(lengths), len(Section))
        return Encoded(np.frombuffer(b"".join(tokens), np.uint32), sizes_in_bytes // np.uint32().itemsize)

    def _marked(self, spans: Iterable[Span]) -> str:
        """Return spans as one text: a mark for each special one, and before each literal one that follows another."""
        special, literal = self._marks[: len(Section)], self._marks[len(Section) :]
        if self._layout.special_tokens:  # which stand before each literal span
            parts = [special[section or 0] if is_special else text for section, text, is_special in spans]
        else:
            parts = [
                special[section or 0] if is_special else literal[section or 0] + text
                for section, text, is_special in spans
            ]
        return "".join(parts).encode("utf-8", "replace").decode()  # a lone surrogate has no UTF-8

    def _encode(self, texts: Iterable[str]) -> list[Any]:
        encodings: list[Any] = self._encoder.encode_batch_fast(list(texts), add_special_tokens=False)
        return encodings

    def _unmarked(self, ids: NDArray[np.uint32], owners: NDArray[np.int64]) -> Encoded:
        """Put the real tokens in the place of the marks, and count the tokens of each section.

        Args:
            ids: Ids of the private copy, [tokens]; text of a section comes after its mark.
            owners: The recipe each id belongs to, [tokens], ascending.
        """
        meanings = [*self._meanings, *([] for _ in Section)]
        places = np.flatnonzero(ids >= self._first_mark)
        kinds = (ids[places] - self._first_mark).astype(np.int64)
        lengths = np.array([len(meaning) for meaning in meanings])[kinds]
        spans = np.diff(places, append=len(ids)) - 1 + lengths
        copies = np.ones(len(ids), np.int64)
        copies[places] = lengths
        tokens = np.repeat(ids, copies)
        starts = np.cumsum(copies)[places] - lengths
        for kind, meaning in enumerate(meanings):
            tokens[starts[kinds == kind][:, None] + np.arange(len(meaning))] = meaning
        recipes = int(owners[-1]) + 1 if len(owners) else 0
        rows = owners[places] * len(Section) + kinds % len(Section)
        counts = np.bincount(rows, spans, minlength=recipes * len(Section)).astype(np.int32)
        return Encoded(tokens, counts.reshape(recipes, len(Section)))
