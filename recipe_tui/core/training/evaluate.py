"""Evaluation: the loss of a model on held-out blocks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.runs.perplexity import perplexity
from recipe_tui.core.training.data import batch_of
from recipe_tui.core.training.step import FineTuning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.model.decoder import LanguageModel


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The result of an evaluation.

    Attributes:
        loss: Negative log-likelihood, nats per target token.
        tokens: Target tokens.
        tokens_per_second: Token positions per second, the first batch (which compiles) left out; None of one batch.
    """

    loss: float
    tokens: int
    tokens_per_second: float | None

    @property
    def perplexity(self) -> float:
        """Exp of the loss."""
        return perplexity(self.loss)


def validation_batches(store: BlockStore, batch_size: int, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the same held-out blocks each time, in batches of one shape; padding of the last has no targets.

    Args:
        store: The blocks.
        batch_size: Blocks in a batch.
        limit: Most batches; None: all of them.
    """
    blocks = store.blocks("validation")
    count = -(-len(blocks) // batch_size)
    for number in range(min(count, limit or count)):
        wanted = np.arange(number * batch_size, (number + 1) * batch_size)
        batch = batch_of(blocks, np.minimum(wanted, len(blocks) - 1), store.isolated)
        batch["labels"][wanted >= len(blocks)] = IGNORED_LABEL
        yield batch


def evaluate(
    training: FineTuning,
    batches: Sequence[dict[str, Any]],
    clock: Callable[[], float] = time.perf_counter,
    check: Callable[[], None] = lambda: None,
) -> HeldOut:
    """Compute the loss of a model in training, or of one from `for_evaluation`, on held-out blocks.

    Args:
        training: The model.
        batches: See `validation_batches`.
        clock: Seconds of a monotonic clock.
        check: Called before each batch; raises to abandon the evaluation.
    """
    nll = tokens = 0.0
    times = [clock()]
    for batch in batches:
        check()
        result = training.validate_on(batch)
        nll += float(result["nll"])
        tokens += float(result["tokens"])
        times.append(clock())
    places = sum(batch["labels"].size for batch in batches[1:])
    speed = places / max(times[-1] - times[1], 1e-9) if places else None
    return HeldOut(nll / max(tokens, 1.0), int(tokens), speed)


def for_evaluation(model: LanguageModel, batch_size: int) -> FineTuning:
    """Compile a model that is not in training for `evaluate`."""
    training = FineTuning(model, batch_size)
    training.compile(jit_compile=keras.backend.backend() == "jax")
    return training
