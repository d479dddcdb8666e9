"""What quantization does to a model, measured on held-out blocks."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.checkpoint import needed_memory, weights_size
from recipe_tui.core.training.evaluate import evaluate, for_evaluation
from recipe_tui.core.training.events import Quantized
from recipe_tui.core.training.prepare import prepare_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.training.setup import Setup
    from recipe_tui.core.training.step import FineTuning

COMPARED_BLOCKS = 16
"""Held-out blocks by which floats and integers are compared: enough to tell, and few enough to wait for."""


def quality_of_floats(setup: Setup, batches: Sequence[dict[str, Any]]) -> Quantized:
    """Measure the model of a training before its weights become integers; it is let go of again.

    Args:
        setup: The training.
        batches: Held-out blocks.

    Returns:
        What is known before; without room for the floats, their size alone.
    """
    config = setup.config.model.model_copy(update={"quantization": "none"})
    size = needed_memory(setup.model_folder, "float32")
    known = Quantized(time.time(), 0, setup.config.model.quantization, weights_before=size, weights=0)
    if not batches or size > available_memory().free:
        return known
    precision = setup.config.training.precision
    model = prepare_model(config, setup.model_folder, setup.store, setup.tokenizer, precision)
    found = evaluate(for_evaluation(model, setup.config.training.batch_size), batches)
    del model
    gc.collect()  # layers know each other, so nothing else frees them
    return replace(known, perplexity_before=found.perplexity, tokens_per_second_before=found.tokens_per_second)


def quality_of_integers(training: FineTuning, before: Quantized, batches: Sequence[dict[str, Any]]) -> Quantized:
    """Measure the same of the integers that a training begins with."""
    now = replace(before, time=time.time(), weights=weights_size(training.model))
    if not batches:
        return now
    found = evaluate(training, batches)
    return replace(now, perplexity=found.perplexity, tokens_per_second=found.tokens_per_second)
