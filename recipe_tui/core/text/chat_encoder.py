"""Conversations as token ids, and back.

A conversation is tokenized as a whole, so that its ids are those of transformers' ``apply_chat_template``: a line end
of the template may merge with the text after it, and SentencePiece puts a space at the beginning of some parts only.
But the text of a recipe never becomes a special token. So the template's special tokens stand in it as marks: tokens of
a private copy of the tokenizer, which no text can contain.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.text.chat import ANSWER, OPENING
from recipe_tui.core.text.layout import END, Section, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.text.chat import ChatTurns


class ChatEncoder:
    """Encodes conversations of one question and its answer.

    Args:
        hugging_face: The tokenizer of transformers.
        turns: What its chat template writes.
    """

    def __init__(self, hugging_face: Any, turns: ChatTurns) -> None:
        self._backend: Any = hugging_face.backend_tokenizer
        special = {i: token for i, token in self._backend.get_added_tokens_decoder().items() if token.special}
        self.end_id: int = self._first_special(turns.end, special, hugging_face.eos_token_id)
        self._make_encoder(special)
        self._opening, self._answer, self._prompt = map(self._with_marks, (turns.opening, turns.answer, turns.prompt))
        # A template may write text before its end token, such as a space, which is learned with the answer.
        self._before_end = self._with_marks(turns.end).partition(self._end_mark)[0]
        self._opening_pattern = re.compile(self._pattern(self._opening))
        either = sorted({self._pattern(self._answer), self._pattern(self._prompt)}, key=len, reverse=True)
        self._answer_pattern = re.compile("|".join(either))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._encoder.encode_special_tokens = True  # tokenizers does not pickle it

    def encode(self, conversations: Iterable[Sequence[Span]]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        """Tokenize conversations.

        Returns:
            Their ids, one after the other, and the tokens in each section of each, [conversations, 4].
        """
        parts = [self._parts(spans) for spans in conversations]
        encodings = self._encoder.encode_batch(["".join(texts) for texts, _ in parts], add_special_tokens=False)
        counts = np.zeros((len(parts), len(Section)), np.int32)
        every = [np.zeros(0, np.uint32)]
        for row, ((texts, sections), encoding) in enumerate(zip(parts, encodings, strict=True)):
            starts = np.cumsum([0, *map(len, texts)])[:-1]
            offsets = np.array([start for start, _ in encoding.offsets], np.int64)
            owners = np.searchsorted(starts, offsets, side="right") - 1
            counts[row] = np.bincount(np.array(sections, np.int64)[owners], minlength=len(Section))
            ids = np.array(encoding.ids, np.uint32)
            marked = ids >= self._first_mark
            ids[marked] = self._meanings[ids[marked] - self._first_mark]
            every.append(ids)
        return np.concatenate(every), counts

    def spans(self, ids: Iterable[int]) -> Iterator[Span]:
        """Turn ids back into spans."""
        text = self._marked_text(ids)
        while text:
            if opening := self._opening_pattern.match(text):
                yield OPENING
                text = text[opening.end() :]
                if answer := self._answer_pattern.search(text):
                    yield Span(None, self._without_marks(text[: answer.start()]))
                    yield ANSWER
                    text = text[answer.end() :]
            literal, end, text = text.partition(self._end_mark)
            if literal := self._without_marks(literal):
                yield Span(None, literal)
            if end:
                yield END
            if text.isspace():  # what templates write after an end
                break

    def _parts(self, spans: Sequence[Span]) -> tuple[list[str], list[int]]:
        """Return the texts of spans, with marks, and their sections."""
        texts, sections = [], []
        for number, span in enumerate(spans):
            if span == END and self._before_end:
                texts.append(self._before_end)
                sections.append(int(Section.STEPS))
            if span == OPENING:
                text = self._opening
            elif span == ANSWER:
                text = self._prompt if number + 1 == len(spans) else self._answer
            elif span == END:
                text = self._end_mark
            else:
                text = span.text.encode("utf-8", "replace").decode()  # a lone surrogate has no UTF-8
            if text:
                texts.append(text)
                sections.append(int(span.section or 0))
        return texts, sections

    def _make_encoder(self, special: dict[int, Any]) -> None:
        from tokenizers import AddedToken, Tokenizer, processors

        encoder: Any = Tokenizer.from_str(self._backend.to_str())
        encoder.no_truncation()
        encoder.no_padding()
        encoder.post_processor = processors.Sequence([])  # it would leave spaces out of the offsets
        encoder.encode_special_tokens = True  # that is: as the text they look like
        secret = secrets.token_hex(16)
        self._marks = {token_id: f"<{secret}-{number}>" for number, token_id in enumerate(special)}
        if self.end_id not in self._marks:
            self._marks[self.end_id] = f"<{secret}-{len(special)}>"
        encoder.add_tokens(
            [
                AddedToken(mark, normalized=False, lstrip=special[i].lstrip, rstrip=special[i].rstrip)
                if i in special
                else AddedToken(mark, normalized=False)
                for i, mark in self._marks.items()
            ]
        )
        self._meanings = np.array(list(self._marks), np.uint32)
        self._first_mark: int = encoder.token_to_id(next(iter(self._marks.values())))
        self._end_mark = self._marks[self.end_id]
        self._encoder = encoder
        self._any_mark = re.compile(f"<{secret}-[0-9]+>")
        self._special_contents = {token.content: i for i, token in special.items()}

    def _with_marks(self, text: str) -> str:
        """Put marks in the place of the special tokens of a text; as in tokenizers, the longest match counts."""
        contents = sorted(filter(None, self._special_contents), key=len, reverse=True)
        if not contents:
            return text
        pattern = "|".join(map(re.escape, contents))
        return re.sub(pattern, lambda found: self._marks[self._special_contents[found[0]]], text)

    def _without_marks(self, text: str) -> str:
        return self._any_mark.sub("", text)

    def _pattern(self, text: str) -> str:
        """Return a regular expression of a text with marks; white space may differ, as decoders change it."""
        words = (re.escape(word) for word in re.split(rf"({self._any_mark.pattern})|\s+", text) if word)
        return r"\s*".join(["", *words, ""])

    def _marked_text(self, ids: Iterable[int]) -> str:
        """Decode ids, with marks in the place of special tokens."""
        parts: list[str] = []
        run: list[int] = []
        for token_id in map(int, ids):
            if token_id in self._marks:
                parts += [self._backend.decode(run, skip_special_tokens=True), self._marks[token_id]]
                run = []
            else:
                run.append(token_id)
        return "".join([*parts, self._backend.decode(run, skip_special_tokens=True)])

    def _first_special(self, text: str, special: dict[int, Any], otherwise: int) -> int:
        """Return the first special token of a text, such as that by which a template ends an answer."""
        ids = self._backend.encode(text, add_special_tokens=False).ids
        return next((token_id for token_id in ids if token_id in special), otherwise)
