"""What quantization does to a model, measured on held-out blocks."""

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
from recipe_tui.core.model.weights import needed_memory, weights_size
from recipe_tui.core.runs.events import Quantized
from recipe_tui.core.training.device_memory import has_gpu
from recipe_tui.core.training.evaluate import HeldOut, evaluate, for_evaluation, validation_batches
from recipe_tui.core.training.initial_model import prepare_model
from recipe_tui.core.training.setup import resumed_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.training.setup import Setup
    from recipe_tui.core.training.step import FineTuning

COMPARED_BLOCKS = 16
"""Held-out blocks by which floats and integers are compared: enough to tell, and few enough to wait for."""


def quality_of_floats(setup: Setup, batches: int) -> Quantized:
    """Measure the model of a training before its weights become integers.

    On a processor that is done by a process of its own: TensorFlow never gives back to the system what it once took,
    and the integers are to take less.

    Args:
        setup: The training.
        batches: How many batches of held-out blocks to measure it on, at most.

    Returns:
        What is known before; without room for the floats, their size alone.

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
    """Load the model of a training as floats, measure it, and let go of it."""
    config = setup.config.model.model_copy(update={"quantization": "none"})
    training = setup.config.training
    model = prepare_model(config, setup.model_folder, setup.store, setup.tokenizer, training.precision)
    found = evaluate(
        for_evaluation(model, training.batch_size),
        list(validation_batches(setup.store, training.batch_size, batches)),
    )
    del model
    gc.collect()  # layers know each other, so nothing else frees them
    return found


def floats_measured_apart(run: Path, batches: int) -> HeldOut | None:
    """Have a process of its own do that for a run; None where the system ended it, which it does for want of memory.

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
    """Measure the same of the integers that a training begins with."""
    now = replace(before, time=time.time(), weights=weights_size(training.model))
    if not batches:
        return now
    found = evaluate(training, batches)
    return replace(now, perplexity=found.perplexity, tokens_per_second=found.tokens_per_second)


def main() -> None:
    """Measure the floats of a run, and print what was found."""
    run, batches = Path(sys.argv[1]), int(sys.argv[2])
    setup = resumed_run(Config(output=run.parent, run=run.name))
    sys.stdout.write(json.dumps(asdict(floats_measured(setup, batches))) + "\n")


if __name__ == "__main__":
    main()
