"""The probing step: what memory a step takes, seen before the first one, and the largest batch there is room for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from recipe_tui.core.machine import available_memory
from recipe_tui.core.planning.batch import batch_choices
from recipe_tui.core.planning.memory import plan_memory
from recipe_tui.core.planning.out_of_memory import is_out_of_memory, out_of_memory
from recipe_tui.core.runs.events import MemoryPlanned, MemoryProbed
from recipe_tui.core.training.device_memory import measured_peak, resident_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config, TrainingConfig
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.machine import Available
    from recipe_tui.core.planning.memory import MemoryPlan
    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.training.step import FineTuning

MARGIN = 0.9
"""Share of the memory that a batch may take which is found by itself: steps differ a little, and others compute too."""

PROBED_BATCHES = 2
"""Batches of a step that are probed at most: the second one adds to the gradients of the first, as all others do."""


def probe(
    training: FineTuning,
    config: Config,
    shape: Shape,
    batch: Callable[[int], dict[str, Any]],
    log: Callable[[Event], None],
    step: int,
) -> TrainingConfig:
    """Work out gradients of real blocks before the first step, and see what memory that takes.

    Nothing that is trained changes by it. A batch that is planned to take more main memory than is free is not tried:
    a system that has none left ends processes as it likes.

    Args:
        training: Ready for its next step; its batch size becomes the one that is returned.
        config: What is trained; with ``batch_tokens = "auto"``, the largest batch that fits is looked for, from small
            to large, while a step keeps its blocks.
        shape: The model's.
        batch: Returns as many blocks as it is asked for.
        log: Told what is planned, and what came out.
        step: Steps already done.

    Returns:
        The settings to train with.

    Raises:
        TrainingError: There is too little memory; it names what to change.
    """
    memory, taken = available_memory(), resident_memory()
    block_size = batch(1)["input_ids"].shape[-1]
    is_auto = config.training.batch_tokens == "auto"
    choices = batch_choices(config.training, block_size) if is_auto else [config.training]
    found: MemoryProbed | None = None
    fitting, unplanned = choices[0], 0
    for choice in choices:
        tried = config.model_copy(update={"training": choice})
        plan = plan_memory(shape, tried, block_size, memory.on_gpu)
        if choice is choices[0]:
            log(_planned(plan, memory, step))
        room = memory.on_gpu or plan.step + unplanned <= memory.free * (
            MARGIN if is_auto else 1
        )  # a GPU says by itself
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
            raise out_of_memory(why, tried, shape, block_size, memory.on_gpu)
        if why:
            break
        fitting, unplanned = choice, max(0, measured - taken - plan.step)
        batches = choice.gradient_accumulation_steps
        found = MemoryProbed(time.time(), step, choice.batch_size, batches, measured, plan.total)
    if found is not None:
        log(found)
    training.batch_size = fitting.batch_size
    return fitting


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
