"""Writing the texts of an experiment to a file of JSON lines; a start after a stop writes only those that are missing.

Each line has one text with every setting beside every score. Before the texts are written, a few tokens are, from which
the time that all of them take at most is estimated.
"""

from __future__ import annotations

import gc
import statistics
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import GenerationError, RecipeTuiError, UsageError
from recipe_tui.core.evaluation.laboratory.experiment import texts_of
from recipe_tui.core.evaluation.laboratory.ranking import TextReader
from recipe_tui.core.evaluation.laboratory.text_scores import TextScorer
from recipe_tui.core.generation.continuous_batching import MOST_ROWS
from recipe_tui.core.generation.memory import require_memory
from recipe_tui.core.generation.output import recipe_after
from recipe_tui.core.generation.prompt_batch import write_prompts
from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.machine import available_memory
from recipe_tui.core.measures.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from recipe_tui.core.evaluation.laboratory.experiment import Experiment, Variant
    from recipe_tui.core.generation.generator import Generator
    from recipe_tui.core.generation.output import Generated
    from recipe_tui.core.novelty.build import IndexProgress
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.core.text.prompt_file import PromptLine

MOST_MINUTES = 60
"""An experiment that may take longer is refused unless it is confirmed."""

WARM_UP_TOKENS = 12
"""Tokens of each text that are written before the others, so that steps are compiled and timed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an experiment takes at most.

    Attributes:
        texts: Number of texts that are missing.
        tokens: Largest number of their tokens, those of texts that are not kept included.
        minutes: The time that they take at most.
    """

    texts: int
    tokens: int
    minutes: float

    @property
    def needs_confirmation(self) -> bool:
        """Whether the texts are written only if that is confirmed."""
        return self.minutes > MOST_MINUTES

    def __str__(self) -> str:
        minutes = f"{self.minutes:,.0f} min" if self.minutes >= 1 else "a minute"
        return f"{self.texts:,} texts to write, at most {self.tokens:,} tokens in {minutes}"


@dataclass(frozen=True, slots=True)
class LaboratoryProgress:
    """How far an experiment is.

    Attributes:
        stage: What is being done, in a few words.
        done: Texts, or recipes of an index, that are done.
        total: All of them; 0 where it is not known.
        tokens: Tokens of a batch that are written meanwhile.
    """

    stage: str
    done: int = 0
    total: int = 0
    tokens: int = 0


def run_experiment(
    experiment: Experiment,
    path: Path,
    load: Callable[[Variant], Generator],
    observer: Callable[[LaboratoryProgress], None] = lambda _: None,
    estimated: Callable[[Estimate], None] = lambda _: None,
    confirmed: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Write the texts of an experiment that a file has not yet.

    Args:
        experiment: The experiment.
        path: The file.
        load: Loads the model of a variant.
        observer: Receives the progress; may raise to stop.
        estimated: Receives the estimate, once the first model is loaded.
        confirmed: Whether an experiment of more than `MOST_MINUTES` is written.
        clock: Seconds of a monotonic clock.

    Raises:
        UsageError: It takes too long and is not confirmed, or a library is not installed.
        OutputError: The file holds something else or cannot be written, or another process writes to it.
        CheckpointError, TokenizerError, NetworkError: A model cannot be loaded.
        GenerationError: A setting cannot be used with a model.
    """
    there = {(one.variant, one.prompt) for one in TextReader(experiment).read_file(path)}
    missing = {
        one.name: sum((one.name, number) not in there for number in range(len(experiment.prompts)))
        for one in experiment.variants
    }
    run = _Run(experiment, path, observer, clock)
    before: Variant | None = None
    generator: Generator | None = None
    for variant in experiment.variants:
        if not missing[variant.name]:
            run.done += len(experiment.prompts)
            continue
        if generator is None or before is None or before.model != variant.model:
            del generator
            gc.collect()  # layers refer to each other, so nothing else frees them
            observer(LaboratoryProgress(f"loading {variant.model.name}"))
            generator = load(variant)
            if experiment.store is not None:
                generator.training_text = TrainingText(experiment.store.path)
            _require_memory(generator, experiment)
        seconds = run.warm_up(generator, variant)
        if before is None:
            estimate = _estimate(experiment, missing, seconds, generator.decoder.context)
            estimated(estimate)
            if estimate.needs_confirmation and not confirmed:
                raise UsageError(
                    f"{estimate}: more than {MOST_MINUTES} minutes",
                    "confirm it (--yes), or give fewer prompts or values, or a lower max_new_tokens",
                )
        run.write(generator, variant)
        before = variant


class _Run:
    """What stays the same over all variants of an experiment; `done` counts the texts of earlier variants."""

    def __init__(
        self,
        experiment: Experiment,
        path: Path,
        observer: Callable[[LaboratoryProgress], None],
        clock: Callable[[], float],
    ) -> None:
        self._experiment = experiment
        self._path = path
        self._observer = observer
        self._clock = clock
        self._lines = experiment.prompt_lines()
        self._scorer = TextScorer.of(experiment.prompts, experiment.store, self._indexing)
        self.done = 0

    def warm_up(self, generator: Generator, variant: Variant) -> float:
        """Write a few tokens, so that later steps are compiled, and return the seconds of a step.

        Raises:
            GenerationError: A setting cannot be used with the model.
        """
        self._observer(LaboratoryProgress(f"{variant.name}: compiling and timing"))
        fitting: list[Prompt] = []
        for line in self._lines:
            with suppress(RecipeTuiError):
                generator.check(line.prompt)
                fitting.append(line.prompt)
            if len(fitting) == (1 if variant.config.is_serial else MOST_ROWS):
                break
        if not fitting:
            return 0.0
        times = [self._clock()]
        config = variant.config.model_copy(
            update={"max_new_tokens": min(WARM_UP_TOKENS, variant.config.max_new_tokens)}
        )
        rows = len(fitting)
        for _, written in generator.generate_batch(
            fitting, config, [0] * rows, check=lambda: times.append(self._clock())
        ):
            if config.is_serial:
                return texts_of(config) / max(written.tokens_per_second, 1e-9)
        began = times[1::rows]  # each step, if no text ends that early
        steps = [late - early for early, late in pairwise(began)]
        return statistics.median(steps) if steps else 0.0

    def write(self, generator: Generator, variant: Variant) -> None:
        """Write the texts of a variant that are missing."""
        latest = self._clock()

        def measure(line: PromptLine, generated: Generated) -> Mapping[str, Any]:
            nonlocal latest
            now = self._clock()
            given = generator.tokenizer.text(generator.encode(line.prompt))
            recipe = recipe_after(line.prompt, given, generated, generator.tokenizer.layout.name)
            scores = self._scorer.scores(line.line - 1, Written(recipe, generated.finish_reason == "stop"))
            more = {"variant": variant.name, "seconds": now - latest, "scores": asdict(scores)}
            latest = self._clock()  # without the time of scoring
            return more

        def progress(done: int, total: int, tokens: int) -> None:
            self._observer(LaboratoryProgress(variant.name, self.done + done, self._experiment.texts, tokens))

        settings = self._experiment.settings(variant)
        write_prompts(lambda: generator, self._lines, variant.config, settings, self._path, progress, measure)
        self.done += len(self._lines)

    def _indexing(self, progress: IndexProgress) -> None:
        self._observer(LaboratoryProgress("indexing the training text", progress.done, progress.total))


def _require_memory(generator: Generator, experiment: Experiment) -> None:
    """Check that the KV caches of the rows that are decoded side by side fit the memory.

    Raises:
        UsageError: They do not.
    """
    batch = min(MOST_ROWS, len(experiment.prompts))
    for one in experiment.variants:
        rows = texts_of(one.config) if one.config.is_serial else batch
        try:
            require_memory(generator.decoder, one.config, generator.decoder.context, available_memory, rows)
        except GenerationError as error:
            raise UsageError(f"{one.name}: {error.message}", error.hint) from error


def _estimate(experiment: Experiment, missing: Mapping[str, int], seconds: float, context: int) -> Estimate:
    """Estimate what the missing texts take at most, all steps as long as one of the first variant.

    No text is longer than the context, whatever ``max_new_tokens`` says.

    A step reads all weights, which takes most of its time whatever the number of rows; a second pass is a second step.
    """
    tokens = steps = 0
    for one in experiment.variants:
        config, texts = one.config, missing[one.name]
        longest = min(config.max_new_tokens, context)
        tokens += texts * texts_of(config) * longest
        batches = texts if config.is_serial else -(-texts // MOST_ROWS)
        steps += batches * longest * config.passes
    return Estimate(sum(missing.values()), tokens, steps * seconds / 60)
