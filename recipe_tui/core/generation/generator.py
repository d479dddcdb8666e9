"""Generating recipes from a prompt: tokenize, decode by sampling or beam search, stream, parse."""

from __future__ import annotations

import secrets
import statistics
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.beam import beam_search
from recipe_tui.core.generation.continuous_batching import MOST_ROWS, decode_batches
from recipe_tui.core.generation.drawing import device_loop, draw_on_device, draw_on_host
from recipe_tui.core.generation.guidance import unconditional_prompt
from recipe_tui.core.generation.memory import require_memory, too_large
from recipe_tui.core.generation.open_decoder import AnyDecoder, open_decoder
from recipe_tui.core.generation.output import Generated, Piece
from recipe_tui.core.generation.reranking import text_score
from recipe_tui.core.generation.row import Row
from recipe_tui.core.generation.sampling import alternatives, candidates, draw
from recipe_tui.core.generation.task import Task, first_context, without_effect
from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.lora.open import read_config
from recipe_tui.core.model.weights import check_tokenizer
from recipe_tui.core.planning.out_of_memory import is_out_of_memory
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.text.generated import Alternative, FinishReason
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.stream import StreamDecoder
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.config import GenerationConfig, Quantization
    from recipe_tui.core.generation.candidates import Context
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_CHARACTER = 8
"""No character spans more tokens."""

__all__ = ["Alternative", "FinishReason", "Generated", "Generator", "Piece", "Prompt"]


class Generator:
    """Generates recipes with one model, which stays loaded and compiled.

    Args:
        decoder: The model, decoding a token at a time.
        tokenizer: Its tokenizer.
        clock: Seconds of a monotonic clock.

    Attributes:
        training_text: What the model was trained on, where it is known.
        base: Loads the base of the adapter that is active, for `contrast`; None if there is no adapter.
    """

    def __init__(
        self, decoder: AnyDecoder, tokenizer: Tokenizer, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.decoder = decoder
        self.tokenizer = tokenizer
        self.training_text = TrainingText()
        self.base: Callable[[], AnyDecoder] | None = None
        self._clock = clock

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, which can be replaced; only tokens of its vocabulary are generated."""
        return self._tokenizer

    @tokenizer.setter
    def tokenizer(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.decoder.vocab_size = tokenizer.vocab_size

    @classmethod
    def load(
        cls,
        name: str | Path,
        precision: str = "float32",
        quantization: Quantization = "none",
        progress: Callable[[str], None] = lambda _: None,
    ) -> Generator:
        """Load a model and its tokenizer.

        Args:
            name: See `locate_model`.
            precision: ``float32``; ``bfloat16`` for half the memory and, on processors that support it, more speed;
                ``f16`` or ``q8_0`` for decoding by llama.cpp with 16 or 8 bits a weight.
            quantization: ``int8`` or ``int4`` for projections in a quarter or an eighth of the memory.
            progress: Called with what is done, in a few words, while the model is converted for llama.cpp.

        Raises:
            UsageError: llama.cpp is not installed, or a precision of it is combined with a quantization.
            CheckpointError, TokenizerError, NetworkError: The model is missing, damaged or does not match its
                tokenizer.
        """
        folder = locate_model(name)
        config = read_config(folder)
        tokenizer = load_tokenizer(folder)
        check_tokenizer(config, tokenizer.vocab_size, tokenizer.special_ids)
        generator = cls(open_decoder(folder, precision, quantization, config=config, progress=progress), tokenizer)
        generator.training_text = TrainingText.of_model(folder)
        if is_adapter(folder):
            generator.base = cache(
                lambda: open_decoder(folder, precision, quantization, without_adapter=True, progress=progress)
            )
        return generator

    def generate(
        self,
        prompt: Prompt,
        config: GenerationConfig,
        observer: Callable[[Piece], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        begun: Sequence[int] = (),
    ) -> list[Generated]:
        """Generate ``num_return_sequences`` texts; with ``best_of`` the best ones of more, the best first.

        The same seed gives the same texts on one machine, whatever their number.

        Args:
            prompt: The prompt.
            config: The decoding settings.
            observer: Called with each token as it is generated; by a beam search at its end.
            cancelled: Asked after each token; True ends the generation with the text so far.
            begun: Token ids generated after the prompt before, which the new ones continue. They are not observed again
                and do not count towards ``max_new_tokens``, but are part of the returned text.

        Raises:
            GenerationError: The prompt is empty or fills the context, the settings contradict each other, or the texts
                do not fit the memory.
        """
        if (contradiction := config.contradiction) is not None:
            raise GenerationError(*contradiction)
        task = self._task(prompt, config, observer or (lambda _: None), cancelled, begun)
        if begun and begun[-1] in self.tokenizer.end_ids:
            return [self._result(task, [], "stop", 0.0)]
        return self._generate(task, prompt.ingredients)

    def generate_batch(
        self,
        prompts: Sequence[Prompt],
        config: GenerationConfig,
        seeds: Sequence[int],
        rows: int = MOST_ROWS,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Generated]]:
        """Generate a text for each of many prompts, and yield its number and the text as soon as it has ended.

        A text is that of `generate` with its seed, up to the rounding of a batch. Beam searches, second passes and the
        best of several run one by one.

        Args:
            prompts: The prompts.
            config: The decoding settings; one text is generated for each prompt.
            seeds: A seed for each prompt.
            rows: Texts that are generated side by side.
            check: Called after each token; raises to abandon the texts.

        Raises:
            GenerationError: See `generate`; raised before the first text.
        """
        config = config.model_copy(update={"num_return_sequences": 1})
        if (contradiction := config.contradiction) is not None:
            raise GenerationError(*contradiction)
        tasks = {
            number: self._task(prompt, config.model_copy(update={"seed": seed}))
            for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))
        }
        if config.is_serial:
            for number, task in tasks.items():
                yield number, self._generate(task, prompts[number].ingredients)[0]
            return
        texts = {number: self._row(task, 0) for number, task in tasks.items()}

        def choose(number: int, written: list[int], logits: NDArray[np.float32]) -> int:
            check()
            row, task = texts[number], tasks[number]
            now = replace(task.context, written=written, text=row.text, remaining=task.limit - len(written))
            token_id = draw(candidates(logits, now), row.random)
            row.add(token_id, 1.0, None)
            return token_id

        began, tokens, end_ids = self._clock(), 0, self.tokenizer.end_ids
        if loop := device_loop(self.decoder, config):
            from recipe_tui.core.generation.device_sampling import sample_batches

            uniforms = [texts[number].random.random(task.limit) for number, task in tasks.items()]
            contexts = [task.context for task in tasks.values()]
            found = sample_batches(*loop, contexts, uniforms, end_ids, rows, check)
        else:
            inputs, limits = [task.before for task in tasks.values()], [task.limit for task in tasks.values()]
            found = decode_batches(self.decoder, inputs, limits, choose, end_ids, rows)
        for number, written in found:
            tokens += len(written)
            reason: FinishReason = "stop" if written[-1] in end_ids else "length"
            speed = tokens / max(self._clock() - began, 1e-9)
            del texts[number]
            yield number, self._result(tasks.pop(number), written, reason, speed)

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
            stream, *_ = self._begun((), written[-LONGEST_CHARACTER:])
            text = stream.push(token_id)
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

    def check(self, prompt: Prompt) -> None:
        """Check that a prompt can be continued.

        Raises:
            GenerationError: It is empty or fills the context.
        """
        self._limit(len(self.encode(prompt)), 1)

    def _task(
        self,
        prompt: Prompt,
        config: GenerationConfig,
        observer: Callable[[Piece], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        begun: Sequence[int] = (),
    ) -> Task:
        input_ids = self.encode(prompt)
        limit, notes = self._limit(len(input_ids) + len(begun), config.max_new_tokens)
        seed = secrets.randbelow(2**31) if config.seed is None else config.seed
        context = first_context(self.tokenizer, self.training_text, prompt, input_ids, begun, config)
        notes += without_effect(context, self.base is not None)
        return Task(context, limit, seed, notes, observer, cancelled)

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

    def _generate(self, task: Task, ingredients: Sequence[str]) -> list[Generated]:
        """Generate the texts of a task, ranked where there are more of them than are kept."""
        config = task.context.config
        require_memory(self.decoder, config, len(task.before) + task.limit)
        try:
            written = self._search(task) if config.num_beams > 1 else self._sample(task, ingredients)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise too_large(config) from error
        if config.best_of > 1:
            written.sort(key=lambda one: -one.score.total if one.score else 0.0)
        return written[: config.num_return_sequences]

    def _row(self, task: Task, number: int) -> Row:
        context = task.context
        return Row(number, np.random.default_rng([task.seed, number]), *self._begun(context.prompt, context.written))

    def _sample(self, task: Task, ingredients: Sequence[str]) -> list[Generated]:
        config, end_ids = task.context.config, self.tokenizer.end_ids
        rows = [self._row(task, number) for number in range(max(config.num_return_sequences, config.best_of))]
        seconds: list[float] = []
        if loop := device_loop(self.decoder, config):
            drawn = draw_on_device(*loop, task, rows, end_ids, seconds, self._clock)
        else:
            drawn = draw_on_host(self.decoder, self._second_passes(task.context), task, rows, seconds, self._clock)
        for count, choices in enumerate(drawn, 1):
            for row, (token_id, probability) in zip(rows, choices, strict=True):
                if row.finish_reason is None:
                    reason: FinishReason | None = "length" if count == task.limit else None
                    reason = "stop" if token_id in end_ids else reason
                    task.observer(row.add(token_id, probability, reason))
            if all(row.finish_reason for row in rows) or task.cancelled():
                break
        speed = len(rows) / max(statistics.median(seconds), 1e-9) if seconds else 0.0
        return [self._sampled(task, row, speed, ingredients) for row in rows]

    def _second_passes(self, context: Context) -> dict[str, tuple[AnyDecoder, list[int]]]:
        """Return the decoders of second passes and what they begin with, by the field of the context they fill."""
        passes = {}
        if context.config.guidance > 1:
            alone = [*unconditional_prompt(self.tokenizer, context.prompt), *context.written]
            passes["unconditional"] = self.decoder.fork(), alone
        if context.config.contrast and self.base is not None:
            base = self.base()
            base.vocab_size = self.decoder.vocab_size
            passes["base"] = base, [*context.prompt, *context.written]
        return passes

    def _sampled(self, task: Task, row: Row, speed: float, ingredients: Sequence[str]) -> Generated:
        """Return the text of a row, with its score where texts are ranked."""
        new = row.written[len(task.context.written) :]
        result = self._result(task, new, row.finish_reason or "cancelled", speed, row.number)
        if task.context.config.best_of == 1:
            return result
        mean = row.log_probability / max(len(new), 1)
        listed = ingredients or result.recipe.ingredients
        return replace(result, score=text_score(result.recipe, listed, mean, self.training_text))

    def _search(self, task: Task) -> list[Generated]:
        context = task.context

        def context_of(token_ids: Sequence[int]) -> Context:
            written = [*context.written, *token_ids]
            remaining = task.limit - len(token_ids)
            return replace(context, written=written, text=self.tokenizer.text(written), remaining=remaining)

        began = self._clock()
        beams = beam_search(self.decoder, task.before, task.limit, context_of, self.tokenizer.end_ids, task.cancelled)[
            : context.config.num_return_sequences
        ]
        elapsed = max(self._clock() - began, 1e-9)
        stopped = task.cancelled()
        results = []
        for number, beam in enumerate(beams):
            ending = [self.tokenizer.eos_id] if beam.ended else []
            reason: FinishReason = "stop" if beam.ended else "cancelled" if stopped else "length"
            tokens = [*beam.token_ids, *ending]
            stream, *_ = self._begun(context.prompt, context.written)
            for count, token_id in enumerate(tokens, 1):
                text = stream.push(token_id) + (stream.flush() if count == len(tokens) else "")
                task.observer(Piece(number, text, token_id, None))
            results.append(self._result(task, tokens, reason, len(tokens) / elapsed, number))
        return results

    def _begun(self, prompt: Sequence[int], written: Sequence[int]) -> tuple[StreamDecoder, list[int], str]:
        """Return a stream decoder after the prompt and the text so far, which may end inside a character, and both."""
        stream = StreamDecoder(self.tokenizer)
        for token_id in prompt:
            stream.push(token_id)
        stream.flush()
        return stream, list(written), "".join(map(stream.push, written))

    def _result(
        self, task: Task, written: Sequence[int], reason: FinishReason, speed: float, sequence: int = 0
    ) -> Generated:
        every = [*task.before, *written]
        return Generated(
            text=self.tokenizer.text(every),
            recipe=self.tokenizer.parse(every),
            finish_reason=reason,
            tokens=len(written),
            tokens_per_second=speed,
            seed=task.seed,
            notes=task.notes,
            sequence=sequence,
        )
