"""Generating recipes from a prompt: tokenize, decode by sampling or beam search, stream, parse."""

from __future__ import annotations

import secrets
import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.beam import beam_search
from recipe_tui.core.generation.candidates import Context, softmax
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.dry import sequence_breakers
from recipe_tui.core.generation.output import Generated, Piece
from recipe_tui.core.generation.sampling import alternatives, candidates, draw
from recipe_tui.core.lora.adapter import parameters
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.model.weights import check_tokenizer, weights_size
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.text.generated import Alternative, FinishReason
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.stream import StreamDecoder
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig, Quantization
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_CHARACTER = 8
"""No character spans more tokens."""

__all__ = ["Alternative", "FinishReason", "Generated", "Generator", "Piece", "Prompt"]


@dataclass(frozen=True, slots=True)
class _Task:
    """One call of `Generator.generate`.

    Attributes:
        prompt: Token ids of the prompt.
        begun: Token ids written before, which the new ones continue.
        limit: Maximum number of new tokens.
        config: The decoding settings.
        seed: Seed of the draws.
        notes: Deviations from the request.
        observer: Called with each token.
        cancelled: Asked after each token.
    """

    prompt: list[int]
    begun: list[int]
    limit: int
    config: GenerationConfig
    seed: int
    notes: tuple[str, ...]
    observer: Callable[[Piece], None]
    cancelled: Callable[[], bool]

    @property
    def before(self) -> list[int]:
        """Token ids that precede the new ones."""
        return [*self.prompt, *self.begun]


class Generator:
    """Generates recipes with one model, which stays loaded and compiled.

    Args:
        decoder: The model, decoding a token at a time.
        tokenizer: Its tokenizer.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, decoder: Decoder, tokenizer: Tokenizer, clock: Callable[[], float] = time.perf_counter) -> None:
        self.decoder = decoder
        self.tokenizer = tokenizer
        self._clock = clock

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, which can be replaced; only tokens of its vocabulary are generated."""
        return self._tokenizer

    @tokenizer.setter
    def tokenizer(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._protected = tokenizer.end_ids | {*tokenizer.section_ids}
        self.decoder.vocab_size = tokenizer.vocab_size

    @property
    def parameters(self) -> int:
        """Number of the model's parameters without adapters; an integer kernel counts as its float one."""
        return parameters(self.decoder.model)

    @classmethod
    def load(cls, name: str | Path, precision: str = "float32", quantization: Quantization = "none") -> Generator:
        """Load a model and its tokenizer.

        Args:
            name: See `locate_model`.
            precision: ``float32``, or ``bfloat16`` for half the memory and, on processors that support it, more speed.
            quantization: ``int8`` or ``int4`` for projections in a quarter or an eighth of the memory.

        Raises:
            CheckpointError, TokenizerError, NetworkError: The model is missing, damaged or does not match its
                tokenizer.
        """
        folder = locate_model(name)
        config = read_config(folder)
        tokenizer = load_tokenizer(folder)
        check_tokenizer(config, tokenizer.vocab_size, tokenizer.special_ids)
        return cls(Decoder(load_model(folder, precision, config, quantization)), tokenizer)

    @property
    def weights_size(self) -> int:
        """Bytes that the model's weights take in memory."""
        return weights_size(self.decoder.model)

    def generate(
        self,
        prompt: Prompt,
        config: GenerationConfig,
        observer: Callable[[Piece], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        begun: Sequence[int] = (),
    ) -> list[Generated]:
        """Generate ``num_return_sequences`` texts.

        The same seed gives the same texts on one machine, whatever their number.

        Args:
            prompt: The prompt.
            config: The decoding settings.
            observer: Called with each token as it is generated; by a beam search at its end.
            cancelled: Asked after each token; True ends the generation with the text so far.
            begun: Token ids generated after the prompt before, which the new ones continue. They are not observed again
                and do not count towards ``max_new_tokens``, but are part of the returned text.

        Raises:
            GenerationError: The prompt is empty or fills the context, or the settings contradict each other.
        """
        if config.num_beams > 1 and config.num_return_sequences > config.num_beams:
            raise GenerationError(
                f"{config.num_beams} beams cannot give {config.num_return_sequences} texts",
                "raise num_beams or lower num_return_sequences",
            )
        input_ids = self.encode(prompt)
        limit, notes = self._limit(len(input_ids) + len(begun), config.max_new_tokens)
        seed = secrets.randbelow(2**31) if config.seed is None else config.seed
        task = _Task(input_ids, list(begun), limit, config, seed, notes, observer or (lambda _: None), cancelled)
        if begun and begun[-1] in self.tokenizer.end_ids:
            return [self._result(task, [], "stop", 0.0)]
        return self._search(task) if config.num_beams > 1 else self._sample(task)

    def alternatives(self, prompt: Prompt, written: Sequence[int] = (), count: int = 10) -> list[Alternative]:
        """Return the likeliest next tokens, the likeliest first.

        Args:
            prompt: The prompt.
            written: Token ids after it.
            count: Number of alternatives.

        Raises:
            GenerationError: The prompt is empty, or prompt and text fill the context.
        """
        before = [*self.encode(prompt), *written]
        self._limit(len(before), 1)
        choice = alternatives(self.decoder.start(before, 1, 1)[0], count)
        names = self.tokenizer.hugging_face.convert_ids_to_tokens
        found = []
        for token_id, probability in zip(choice.token_ids.tolist(), choice.values.tolist(), strict=True):
            special = self.tokenizer.special_span(token_id) is not None
            label = str(names(token_id)) if special else self.tokenizer.decode([token_id])
            text = self._stream((), written[-LONGEST_CHARACTER:]).push(token_id)
            found.append(Alternative(token_id, text, label, probability))
        return found

    def encode(self, prompt: Prompt) -> list[int]:
        """Return the token ids of a prompt.

        Raises:
            GenerationError: It is empty.
        """
        layout = self.tokenizer.layout
        if prompt.text is not None:
            spans = layout.typed(prompt.text)
        else:
            spans = layout.prompt(
                prompt.title, prompt.ingredients, prompt.directions, prompt.tags, prompt.servings, prompt.times
            )
        input_ids = self.tokenizer.encode_spans(spans)
        if not input_ids:
            raise GenerationError("the prompt is empty", "give a title, ingredients or a text to continue")
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

    def _sample(self, task: _Task) -> list[Generated]:
        context = self._context(task)
        rows = range(task.config.num_return_sequences)
        randoms = [np.random.default_rng([task.seed, row]) for row in rows]
        streams = [self._stream(task.prompt, task.begun) for _ in rows]
        written = [list(task.begun) for _ in rows]
        reasons: list[FinishReason | None] = [None for _ in rows]
        seconds: list[float] = []
        logits = self.decoder.start(task.before, len(rows), task.limit)
        while True:
            for row in rows:
                if reasons[row] is not None:
                    continue
                token_id = draw(candidates(logits[row], replace(context, written=written[row])), randoms[row])
                written[row].append(token_id)
                if token_id in self.tokenizer.end_ids:
                    reasons[row], text = "stop", streams[row].flush()
                else:
                    text = streams[row].push(token_id)
                    if len(written[row]) - len(task.begun) == task.limit:
                        reasons[row] = "length"
                        text += streams[row].flush()
                probability = float(softmax(logits[row])[token_id])
                task.observer(Piece(row, text, token_id, probability))
            if all(reasons) or task.cancelled():
                break
            began = self._clock()
            logits = self.decoder.step([tokens[-1] for tokens in written])
            seconds.append(self._clock() - began)
        speed = len(rows) / max(statistics.median(seconds), 1e-9) if seconds else 0.0
        return [
            self._result(task, tokens[len(task.begun) :], reason or "cancelled", speed)
            for tokens, reason in zip(written, reasons, strict=True)
        ]

    def _search(self, task: _Task) -> list[Generated]:
        began = self._clock()
        beams = beam_search(
            self.decoder,
            task.before,
            task.limit,
            self._context(task),
            self.tokenizer.end_ids,
            task.cancelled,
        )[: task.config.num_return_sequences]
        elapsed = max(self._clock() - began, 1e-9)
        stopped = task.cancelled()
        results = []
        for row, beam in enumerate(beams):
            ending = [self.tokenizer.eos_id] if beam.ended else []
            reason: FinishReason = "stop" if beam.ended else "cancelled" if stopped else "length"
            tokens = [*beam.token_ids, *ending]
            stream = self._stream(task.prompt, task.begun)
            for count, token_id in enumerate(tokens, 1):
                text = stream.push(token_id) + (stream.flush() if count == len(tokens) else "")
                task.observer(Piece(row, text, token_id, None))
            results.append(self._result(task, tokens, reason, len(tokens) / elapsed))
        return results

    def _context(self, task: _Task) -> Context:
        """Return what the processors know before the first new token."""
        breakers = sequence_breakers(self.tokenizer) if task.config.dry_multiplier else frozenset[int]()
        return Context(task.config, task.prompt, task.begun, self._protected, breakers)

    def _stream(self, prompt: Sequence[int], begun: Sequence[int]) -> StreamDecoder:
        """Return a stream decoder after the prompt and the text so far, which may end inside a character."""
        stream = StreamDecoder(self.tokenizer)
        for token_id in prompt:
            stream.push(token_id)
        stream.flush()
        for token_id in begun:
            stream.push(token_id)
        return stream

    def _result(self, task: _Task, written: Sequence[int], reason: FinishReason, speed: float) -> Generated:
        every = [*task.before, *written]
        return Generated(
            text=self.tokenizer.text(every),
            recipe=self.tokenizer.parse(every),
            finish_reason=reason,
            tokens=len(written),
            tokens_per_second=speed,
            seed=task.seed,
            notes=task.notes,
        )
