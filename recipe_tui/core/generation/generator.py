"""A title and ingredients in, a new recipe out."""

from __future__ import annotations

import secrets
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.beam import beam_search
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.sampling import candidates, draw, penalized, softmax
from recipe_tui.core.locate import locate_model
from recipe_tui.core.model.checkpoint import check_tokenizer, load_model, read_config
from recipe_tui.core.text.stream import StreamDecoder
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.tokenizer import Tokenizer

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a recipe is to begin with.

    Attributes:
        title: Its title.
        ingredients: Its ingredient lines.
        directions: How its directions begin, a step a line.
        text: Text to go on with as it is, in the place of all these.
    """

    title: str = ""
    ingredients: tuple[str, ...] = ()
    directions: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A token as it is written.

    Attributes:
        sequence: Which of the texts written side by side it belongs to.
        text: What is certain now; may be empty, since a character can span tokens.
        token_id: The token.
        probability: What the model itself gave it, before any control acted.
    """

    sequence: int
    text: str
    token_id: int
    probability: float


@dataclass(frozen=True, slots=True)
class Generated:
    """A text that was written.

    Attributes:
        text: Prompt and continuation, as people read it.
        recipe: The recipe read from it.
        finish_reason: ``stop`` at the end token, ``length`` at the limit, ``cancelled`` when somebody asked for it.
        tokens: Tokens written, the end token included.
        tokens_per_second: Speed of writing, all texts together; the median step, so that compiling does not count.
        seed: The seed that gives this text again.
        notes: What was not done as asked, such as a limit lowered to what the context holds.
    """

    text: str
    recipe: Recipe
    finish_reason: FinishReason
    tokens: int
    tokens_per_second: float
    seed: int
    notes: tuple[str, ...] = ()


class Generator:
    """Writes recipes with one model, which stays loaded and compiled.

    Args:
        decoder: The model, one token at a time.
        tokenizer: Its tokenizer.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, decoder: Decoder, tokenizer: Tokenizer, clock: Callable[[], float] = time.perf_counter) -> None:
        self.decoder = decoder
        self.tokenizer = tokenizer
        self._clock = clock
        self._protected = frozenset({tokenizer.eos_id, *tokenizer.section_ids})

    @classmethod
    def load(cls, name: str | Path, precision: str = "float32") -> Generator:
        """Load a model and its tokenizer.

        Args:
            name: See `locate_model`.
            precision: ``float32``, or ``bfloat16`` for half the memory and, on processors that know it, more speed.

        Raises:
            CheckpointError, TokenizerError, NetworkError: The name is no model, or a damaged or ill-matched one.
        """
        folder = locate_model(name)
        config = read_config(folder)
        tokenizer = load_tokenizer(folder)
        check_tokenizer(config, tokenizer.vocab_size, tokenizer.eos_id)
        return cls(Decoder(load_model(folder, precision, config)), tokenizer)

    def generate(
        self,
        prompt: Prompt,
        config: GenerationConfig,
        observer: Callable[[Piece], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Generated]:
        """Write ``num_return_sequences`` texts.

        The same seed gives the same texts on one machine, however many are written side by side.

        Args:
            prompt: What to begin with.
            config: How tokens are chosen.
            observer: Told each token as it is written; a beam search tells nothing before its end.
            cancelled: Asked after each token; when it says True, what was written so far is returned.

        Raises:
            GenerationError: The prompt is empty or leaves no room in the context, or the controls contradict
                each other.
        """
        if config.num_beams > 1 and config.num_return_sequences > config.num_beams:
            raise GenerationError(
                f"{config.num_beams} beams cannot give {config.num_return_sequences} texts",
                "raise num_beams or lower num_return_sequences",
            )
        input_ids = self.encode(prompt)
        limit, notes = self._limit(len(input_ids), config.max_new_tokens)
        seed = secrets.randbelow(2**31) if config.seed is None else config.seed
        write = self._search if config.num_beams > 1 else self._sample
        return write(input_ids, limit, config, seed, notes, observer or (lambda _: None), cancelled)

    def encode(self, prompt: Prompt) -> list[int]:
        """Return the token ids of a prompt.

        Raises:
            GenerationError: It is empty.
        """
        layout = self.tokenizer.layout
        if prompt.text is not None:
            pieces = layout.typed(prompt.text)
        else:
            pieces = layout.prompt(prompt.title, prompt.ingredients, prompt.directions)
        input_ids = self.tokenizer.encode_pieces(pieces)
        if not input_ids:
            raise GenerationError("the prompt is empty", "give a title, ingredients or a text to go on with")
        return input_ids

    def _limit(self, prompt_tokens: int, asked: int) -> tuple[int, tuple[str, ...]]:
        context = self.decoder.context
        room = context - prompt_tokens
        if room < 1:
            raise GenerationError(
                f"the prompt has {prompt_tokens} tokens, and the model's context holds {context}",
                f"shorten it to at most {context - 1}",
            )
        if asked <= room:
            return asked, ()
        note = (
            f"max_new_tokens {asked} lowered to {room}: the prompt has {prompt_tokens} tokens of a context of {context}"
        )
        return room, (note,)

    def _sample(
        self,
        input_ids: list[int],
        limit: int,
        config: GenerationConfig,
        seed: int,
        notes: tuple[str, ...],
        observer: Callable[[Piece], None],
        cancelled: Callable[[], bool],
    ) -> list[Generated]:
        rows = range(config.num_return_sequences)
        randoms = [np.random.default_rng([seed, row]) for row in rows]
        streams = [StreamDecoder(self.tokenizer) for _ in rows]
        for stream in streams:
            for token_id in input_ids:
                stream.push(token_id)
            stream.flush()
        written: list[list[int]] = [[] for _ in rows]
        reasons: list[FinishReason | None] = [None for _ in rows]
        seconds: list[float] = []
        logits = self.decoder.start(input_ids, len(rows), limit)
        while True:
            for row in rows:
                if reasons[row] is not None:
                    continue
                scores = penalized(logits[row], input_ids, written[row], config, self._protected)
                token_id = draw(candidates(scores, config), randoms[row])
                written[row].append(token_id)
                if token_id == self.tokenizer.eos_id:
                    reasons[row], text = "stop", streams[row].flush()
                else:
                    text = streams[row].push(token_id)
                    if len(written[row]) == limit:
                        reasons[row] = "length"
                        text += streams[row].flush()
                probability = float(softmax(logits[row])[token_id])
                observer(Piece(row, text, token_id, probability))
            if all(reasons) or cancelled():
                break
            began = self._clock()
            logits = self.decoder.step([tokens[-1] for tokens in written])
            seconds.append(self._clock() - began)
        speed = len(rows) / max(statistics.median(seconds), 1e-9) if seconds else 0.0
        return [
            self._result(input_ids, tokens, reason or "cancelled", speed, seed, notes)
            for tokens, reason in zip(written, reasons, strict=True)
        ]

    def _search(
        self,
        input_ids: list[int],
        limit: int,
        config: GenerationConfig,
        seed: int,
        notes: tuple[str, ...],
        observer: Callable[[Piece], None],
        cancelled: Callable[[], bool],
    ) -> list[Generated]:
        began = self._clock()
        beams = beam_search(self.decoder, input_ids, limit, config, self.tokenizer.eos_id, self._protected, cancelled)[
            : config.num_return_sequences
        ]
        elapsed = max(self._clock() - began, 1e-9)
        stopped = cancelled()
        results = []
        for beam in beams:
            ending = [self.tokenizer.eos_id] if beam.ended else []
            reason: FinishReason = "stop" if beam.ended else "cancelled" if stopped else "length"
            tokens = [*beam.token_ids, *ending]
            results.append(self._result(input_ids, tokens, reason, len(tokens) / elapsed, seed, notes))
        return results

    def _result(
        self,
        input_ids: Sequence[int],
        written: Sequence[int],
        reason: FinishReason,
        speed: float,
        seed: int,
        notes: tuple[str, ...],
    ) -> Generated:
        every = [*input_ids, *written]
        return Generated(
            text=self.tokenizer.text(every),
            recipe=self.tokenizer.parse(every),
            finish_reason=reason,
            tokens=len(written),
            tokens_per_second=speed,
            seed=seed,
            notes=notes,
        )
