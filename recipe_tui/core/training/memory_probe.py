"""The memory probe: measures what a step takes before the first one, and finds the largest batch that fits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.machine import available_memory
from recipe_tui.core.planning.batch import batch_choices
from recipe_tui.core.planning.memory import plan_memory
from recipe_tui.core.planning.out_of_memory import is_out_of_memory, out_of_memory
from recipe_tui.core.runs.events import MemoryPlanned, MemoryProbed
from recipe_tui.core.training.data import batch_of
from recipe_tui.core.training.device_memory import measured_peak, resident_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config, TrainingConfig
    from recipe_tui.core.machine import Available
    from recipe_tui.core.planning.memory import MemoryPlan
    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.training.setup import Setup
    from recipe_tui.core.training.step import FineTuning

MARGIN = 0.9
"""Share of the memory that an automatic batch may take: steps differ a little, and other programs run too."""

SMALL = 0.4
"""Share of a GPU's free memory below which a planned batch surely fits."""

PROBED_BATCHES = 2
"""Most batches of a step that are probed: the second one already adds to the gradients of the first."""


def probe(training: FineTuning, setup: Setup, log: Callable[[Event], None], step: int) -> TrainingConfig:
    """Compute gradients of real blocks before the first step, and measure the memory.

    No weight and no other state changes. A batch whose planned main memory exceeds what is free is not tried, because
    the system would kill the process.

    Args:
        training: Ready for its next step; its batch size becomes the one that is returned.
        setup: What is trained; with ``batch_tokens = "auto"``, the largest batch that fits is searched from small to
            large, while the blocks of a step stay.
        log: Receives the plan and the measurement.
        step: Steps already done.

    Returns:
        The settings to train with.

    Raises:
        TrainingError: There is too little memory; it names what to change.
    """
    config, shape, block_size = setup.config, setup.shape, setup.store.block_size
    blocks = setup.store.blocks("train")

    def batch(count: int) -> dict[str, Any]:
        return batch_of(blocks, np.arange(count) % len(blocks), setup.store.isolated)

    memory, taken = available_memory(), resident_memory()
    is_auto = config.training.batch_tokens == "auto"
    choices = batch_choices(config.training, block_size) if is_auto else [config.training]
    if memory.on_gpu:
        choices = _worth_compiling(choices, config, setup, memory)
    found: MemoryProbed | None = None
    fitting, unplanned = choices[0], 0
    for choice in choices:
        tried = config.model_copy(update={"training": choice})
        plan = plan_memory(shape, tried, block_size, memory.on_gpu)
        if choice is choices[0]:
            log(_planned(plan, memory, step))
        share = MARGIN if is_auto else 1
        room = memory.on_gpu or plan.step + unplanned <= memory.free * share  # a GPU raises an error by itself
        why = "" if room else "a step takes more memory than is free"
        if not why:
            try:
                measured = _measure(training, choice, batch)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                why = "out of memory in the probing step"
        if not why and is_auto and choice is not choices[0] and measured > MARGIN * memory.total:
            why = "hardly any memory is left"
        if why and found is None:
            raise out_of_memory(why, tried, shape, block_size, memory.on_gpu, setup.run)
        if why:
            break
        fitting, unplanned = choice, max(0, measured - taken - plan.step)
        batches = choice.gradient_accumulation_steps
        found = MemoryProbed(time.time(), step, choice.batch_size, batches, measured, plan.total)
    if found is not None:
        log(found)
    training.batch_size = fitting.batch_size
    return fitting


def _worth_compiling(
    choices: list[TrainingConfig], config: Config, setup: Setup, memory: Available
) -> list[TrainingConfig]:
    """Leave out the batches that surely fit when a larger one does so too: a GPU compiles each for 10 seconds."""

    def is_small(choice: TrainingConfig) -> bool:
        tried = config.model_copy(update={"training": choice})
        return plan_memory(setup.shape, tried, setup.store.block_size, on_gpu=True).total < SMALL * memory.free

    small = [choice for choice in choices if is_small(choice)]
    return choices[max(len(small) - 1, 0) :]


def _measure(training: FineTuning, choice: TrainingConfig, batch: Callable[[int], dict[str, Any]]) -> int:
    training.batch_size = choice.batch_size
    batches = min(choice.gradient_accumulation_steps, PROBED_BATCHES)
    with measured_peak() as peak:
        training.probe(batch(choice.batch_size * batches))
    return peak.bytes


def _planned(plan: MemoryPlan, memory: Available, step: int) -> MemoryPlanned:
    return MemoryPlanned(
        time=time.time(),
        step=step,
        total=plan.total,
        weights=plan.weights,
        gradients=plan.gradients,
        optimizer=plan.optimizer,
        activations=plan.activations,
        logits=plan.logits,
        what=memory.what,
        free=memory.free,
    )
