"""The effect of quantization on a model, measured on held-out blocks."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core.config import Config
from recipe_tui.core.errors import TrainingError
from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.model.weights import needed_memory, weights_size
from recipe_tui.core.runs.events import Quantized
from recipe_tui.core.training.evaluate import HeldOut, evaluate, for_evaluation, validation_batches
from recipe_tui.core.training.initial_model import initial_model
from recipe_tui.core.training.setup import resumed_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.training.setup import Setup
    from recipe_tui.core.training.step import FineTuning

COMPARED_BLOCKS = 16
"""Held-out blocks on which floats and integers are compared: enough to distinguish them, and quickly done."""


def quality_of_floats(setup: Setup, batches: int) -> Quantized:
    """Evaluate the model of a training before its weights are quantized.

    Without a GPU another process does it: TensorFlow does not return the memory of the floats to the system.

    Args:
        setup: The training.
        batches: Most validation batches.

    Returns:
        The event so far; where the memory has no room for the floats, with their size alone.

    Raises:
        TrainingError: The process failed.
    """
    size = needed_memory(setup.model_folder, "float32")
    known = Quantized(time.time(), 0, setup.config.model.quantization, weights_before=size, weights=0)
    if not len(setup.store.blocks("validation")) or size > available_memory().free:
        return known
    found = floats_measured(setup, batches) if has_gpu() else floats_measured_apart(setup.run, batches)
    if found is None:
        return known
    return replace(known, perplexity_before=found.perplexity, tokens_per_second_before=found.tokens_per_second)


def floats_measured(setup: Setup, batches: int) -> HeldOut:
    """Load the model of a training with float weights, evaluate it, and free it."""
    batch_size = setup.config.training.batch_size
    model = initial_model(setup, quantization="none")
    found = evaluate(for_evaluation(model, batch_size), list(validation_batches(setup.store, batch_size, batches)))
    del model
    gc.collect()  # layers refer to each other, so nothing else frees them
    return found


def floats_measured_apart(run: Path, batches: int) -> HeldOut | None:
    """Do the same in another process; None where the system killed it, which it does when memory runs out.

    Raises:
        TrainingError: It failed.
    """
    command = [sys.executable, "-m", "recipe_tui.core.training.quantization_eval", str(run), str(batches)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode < 0:
        return None
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()[-1:]), "it said nothing")
        raise TrainingError(
            f"the float weights cannot be measured ({said})", "report it, or train without quantization"
        )
    return HeldOut(**json.loads(done.stdout.splitlines()[-1]))


def quality_of_integers(training: FineTuning, before: Quantized, batches: Sequence[dict[str, Any]]) -> Quantized:
    """Evaluate the quantized weights that a training starts from."""
    now = replace(before, time=time.time(), weights=weights_size(training.model))
    if not batches:
        return now
    found = evaluate(training, batches)
    return replace(now, perplexity=found.perplexity, tokens_per_second=found.tokens_per_second)


def main() -> None:
    """Evaluate the float weights of a run, and print the result as JSON."""
    run, batches = Path(sys.argv[1]), int(sys.argv[2])
    setup = resumed_run(Config(output=run.parent, run=run.name))
    sys.stdout.write(json.dumps(asdict(floats_measured(setup, batches))) + "\n")


if __name__ == "__main__":
    main()
