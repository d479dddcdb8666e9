"""Recipes as token ids, and back, with any fast tokenizer of Hugging Face."""

from __future__ import annotations

import errno
import hashlib
import json
from dataclasses import astuple
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import HINTS
from recipe_tui.core.errors import OutputError, TokenizerError, ends_program
from recipe_tui.core.registry.hub import download
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.text.chat import CHAT, chat_turns
from recipe_tui.core.text.chat_encoder import ChatEncoder
from recipe_tui.core.text.layout import (
    END,
    FIELDS,
    LAYOUTS,
    PLAIN,
    SECTIONS,
    SECTIONS_WITHOUT_FIELDS,
    Layout,
    Section,
    Span,
)
from recipe_tui.core.text.new_tokenizer import END_OF_TEXT
from recipe_tui.core.text.recipe_encoder import Encoded, RecipeEncoder
from recipe_tui.core.text.token_text import LARGEST_FILE, TokenTexts, check_token_ids, check_tokenizer_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recipe_tui.core.config import LayoutChoice
    from recipe_tui.core.recipes.recipe import Recipe

OTHER_FILES = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)

HUB_FILES = ("*.json", "*.txt", "*.model")  # every form a tokenizer is kept in; never code, never weights


class Tokenizer:
    """A Hugging Face tokenizer that writes recipes in one layout.

    Text never becomes a special token, whatever it says, and every span of a recipe is tokenized by itself: so the
    tokens of a prompt are always the beginning of the tokens of a recipe that begins like it.

    Attributes:
        hugging_face: The tokenizer of transformers, with the layout's tokens added.
        layout: How recipes are written.
        added_tokens: How many tokens were added to the vocabulary that was loaded.
        vocab_size: Rows an embedding needs for every id.
        eos_id: The token that ends a recipe: in a chat, that by which the template ends an answer.
        end_ids: All tokens that end a text: `eos_id`, the tokenizer's own end token, and those of the model's
            configuration.
        pad_id: The token that fills blocks; may be `eos_id`, as GPT-2 has none of its own.
        encoder: What tokenizes recipes and prompts.
        section_ids: The tokens that open an item of a section, see `Layout.openings`; empty in a layout without them.
    """

    def __init__(self, hugging_face: Any, layout: Layout, end_ids: Iterable[int] = ()) -> None:
        self.hugging_face = hugging_face
        self.layout = layout
        new = {} if hugging_face.eos_token is not None else {"eos_token": END_OF_TEXT}
        self.added_tokens: int = hugging_face.add_special_tokens(new)
        self.added_tokens += hugging_face.add_special_tokens(
            {"extra_special_tokens": list(layout.special_tokens)}, replace_extra_special_tokens=False
        )
        if hugging_face.eos_token_id is None:
            raise TokenizerError(
                f"its end token {hugging_face.eos_token!r} is not in its vocabulary", "mend tokenizer_config.json"
            )
        self.eos_id: int = hugging_face.eos_token_id
        self.pad_id: int = self.eos_id if hugging_face.pad_token_id is None else hugging_face.pad_token_id
        self.section_ids: tuple[int, ...] = tuple(hugging_face.convert_tokens_to_ids(list(layout.special_tokens)))
        self._backend: Any = hugging_face.backend_tokenizer
        self.vocab_size: int = max(self._backend.get_vocab(with_added_tokens=True).values()) + 1
        # What the special spans stand for, by section: no token, or one.
        self._meanings: list[list[int]] = [[] for _ in Section]
        for section, token_id in zip(layout.openings, self.section_ids, strict=True):
            self._meanings[section] = [token_id]
        self._chat: ChatEncoder | None = None
        own_end = self.eos_id
        if layout is CHAT:
            self._turns = chat_turns(hugging_face)
            self._chat = ChatEncoder(hugging_face, self._turns)
            self.eos_id = self._chat.end_id
        else:
            hugging_face.chat_template = None  # it would not describe a model that learns this layout
        known = {self.eos_id, own_end, *end_ids}
        self.end_ids = frozenset(token_id for token_id in known if 0 <= token_id < self.vocab_size)
        self._meanings[Section.END] = [self.eos_id]
        self._special = dict.fromkeys(self.end_ids, END)
        for (section, token), token_id in zip(layout.openings.items(), self.section_ids, strict=True):
            self._special[token_id] = Span(section, token, special=True)
        self.encoder = RecipeEncoder(self._backend, layout, self._meanings, self._chat)

    @property
    def special_ids(self) -> frozenset[int]:
        """The special tokens of the tokenizer."""
        added = self._backend.get_added_tokens_decoder().items()
        return frozenset({self.eos_id, *(token_id for token_id, token in added if token.special)})

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides which ids a recipe gets."""
        meanings = self._meanings if self._chat is None else astuple(self._turns)
        parts = [self._backend.to_str(), self.layout.name, self.eos_id, self.pad_id, meanings]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @cached_property
    def token_texts(self) -> TokenTexts:
        """The text of each token."""
        return TokenTexts.of(self._backend)

    def encode_recipes(self, recipes: Iterable[Recipe]) -> Encoded:
        """Tokenize whole recipes; a thousand or so at a time is fastest."""
        return self.encoder.encode(recipes)

    def encode_spans(self, spans: Iterable[Span]) -> list[int]:
        """Tokenize a prompt."""
        return self.encoder.encode_spans(list(spans))

    def spans(self, ids: Iterable[int]) -> Iterator[Span]:
        """Turn ids back into spans; special tokens that are none of the layout's are left out."""
        if self._chat is not None:
            yield from self._chat.spans(ids)
            return
        run: list[int] = []
        for token_id in ids:
            span = self._special.get(token_id)
            if span is None:
                run.append(token_id)
                continue
            if run:
                yield Span(None, self.decode(run))
                run = []
            yield span
        if run:
            yield Span(None, self.decode(run))

    def parse(self, ids: Iterable[int]) -> Recipe:
        """Read a recipe back from ids that may stop anywhere; see `Layout.parse`."""
        return self.layout.parse(self.spans(ids))

    def text(self, ids: Iterable[int]) -> str:
        """Return ids as text for people: special tokens show as line ends."""
        return "".join(line_end(span) if span.special else span.text for span in self.spans(ids))

    def special_span(self, token_id: int) -> Span | None:
        """Return the span that an id of the layout's special tokens stands for, or None."""
        return self._special.get(token_id)

    def decode(self, ids: Sequence[int]) -> str:
        """Return ids as text without any special token."""
        text: str = self._backend.decode([int(i) for i in ids], skip_special_tokens=True)
        return text

    def save(self, folder: Path) -> None:
        """Write the tokenizer's files in Hugging Face layout.

        Raises:
            OutputError: The folder cannot be written to.
        """
        try:
            self.hugging_face.save_pretrained(str(folder))
        except Exception as error:  # the Rust side knows no finer class
            hint = HINTS[errno.ENOSPC] if "No space left" in str(error) else "check the disk"
            raise OutputError(f"{folder}: the tokenizer cannot be saved ({error})", hint) from error


def line_end(special: Span) -> str:
    """Return what a special token shows as: a line end before each item but the title, and a mark before tags."""
    return "" if special.section in (Section.TITLE, Section.END) else "\n# " if special.section in FIELDS else "\n"


def has_field_tokens(folder: Path) -> bool:
    """Return whether the tokenizer of a folder has tokens for tags, servings and times; quickly.

    Raises:
        OSError, ValueError: It cannot be read.
    """
    added = read_json(folder / paths.TOKENIZER, LARGEST_FILE).get("added_tokens") or ()
    contents = {token.get("content") for token in added}
    return contents.issuperset(SECTIONS.special_tokens)


def _with_its_tokens(layout: Layout, known: Mapping[str, int]) -> Layout:
    """Leave out the tokens of tags, servings and times where a tokenizer has those of the other sections alone."""
    others = set(SECTIONS.special_tokens) - set(SECTIONS_WITHOUT_FIELDS.special_tokens)
    if layout is SECTIONS and all(token in known for token in SECTIONS_WITHOUT_FIELDS.special_tokens):
        return SECTIONS if all(token in known for token in others) else SECTIONS_WITHOUT_FIELDS
    return layout


_PROBE = "1½ cups \U0010fffd"  # with a character that no vocabulary has: what stands for it may be missing


def load_tokenizer(name: str | Path, layout: LayoutChoice | None = None) -> Tokenizer:
    """Load a tokenizer from a folder or the hub, and give it what the layout needs.

    Args:
        name: A folder with a tokenizer, or a hub name. Code that comes with it is never run.
        layout: How recipes are written. None means as the tokenizer itself says: by its section tokens, or its chat
            template; ``auto`` is the same, with ``sections`` where it says nothing.

    Raises:
        TokenizerError: There is no such folder or hub name, or no fast tokenizer in it.
        NetworkError: The hub cannot be reached, and the tokenizer is not in its cache.
    """
    from transformers import AutoTokenizer

    folder = Path(name) if Path(name).is_dir() else download(str(name), HUB_FILES, TokenizerError)
    check_tokenizer_files(folder)
    try:
        loaded = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
        check_token_ids(loaded.get_vocab())
        if loaded.is_fast:
            loaded.backend_tokenizer.encode(_PROBE, add_special_tokens=False)
    except BaseException as error:  # every library below it has its own classes, and a panic in Rust is no Exception
        if ends_program(error):
            raise
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise TokenizerError(
            f"{name}: no tokenizer can be loaded from it ({reason})", "give a folder with a tokenizer.json"
        ) from error
    if not loaded.is_fast:
        raise TokenizerError(f"{name}: not a fast tokenizer", "give a folder with a tokenizer.json")
    if layout is None or layout == "auto":
        known = loaded.get_vocab()
        if all(token in known for token in SECTIONS_WITHOUT_FIELDS.special_tokens):
            layout = SECTIONS.name
        elif loaded.chat_template:
            layout = CHAT.name
        else:
            layout = SECTIONS.name if layout == "auto" else PLAIN.name
    try:
        return Tokenizer(loaded, _with_its_tokens(LAYOUTS[layout], loaded.get_vocab()), configured_ends(folder))
    except TokenizerError as error:
        raise TokenizerError(f"{name}: {error.message}", error.hint) from error


def configured_ends(folder: Path) -> frozenset[int]:
    """Return the ``eos_token_id`` of a model's ``config.json`` and ``generation_config.json``, numbers or lists."""
    found: set[int] = set()
    for name in (paths.MODEL_CONFIG, paths.GENERATION_CONFIG):
        try:
            values = read_json(folder / name)
        except (OSError, ValueError):  # missing, or damaged, which whoever opens the model says
            continue
        ends = values.get("eos_token_id") if isinstance(values, dict) else None
        found.update(one for one in (ends if isinstance(ends, list) else [ends]) if type(one) is int)
    return frozenset(found)


def check_tokenizer_files(folder: Path) -> None:
    """Check that no file of a tokenizer holds more than any published one.

    Raises:
        TokenizerError: One is.
    """
    for name in (paths.TOKENIZER, *OTHER_FILES):
        path = folder / name
        if path.is_file():
            try:
                check_tokenizer_file(path)
            except ValueError as error:
                raise TokenizerError(f"{path}: {error}", "give a folder with a tokenizer.json") from error
