"""Out of memory: how the error is recognised, and the message that names what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import TrainingError
from recipe_tui.core.planning.batch import batch_choices
from recipe_tui.core.planning.memory import plan_memory
from recipe_tui.core.runs.checkpoints import complete_checkpoints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.config import Config
    from recipe_tui.core.families.shape import Shape

SHORTEST_BLOCK = 64
"""Tokens below which a shorter block is no advice: few recipes are as short."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error of Python, TensorFlow or JAX says that there is no memory left."""
    named = type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)
    return isinstance(error, MemoryError) or named


def out_of_memory(
    message: str, config: Config, shape: Shape, block_size: int, on_gpu: bool, run: Path | None = None
) -> TrainingError:
    """Return the error that says what happened and which settings to change; see `remedies`.

    Args:
        message: What happened.
        config: Of the run.
        shape: Of the model.
        block_size: Tokens of a block.
        on_gpu: Whether a GPU trains.
        run: The run folder. A run with a checkpoint is resumed, and ``--resume`` changes none of these settings.
    """
    batch = f"{config.training.batch_size} x {block_size} tokens at once"
    hint = remedies(config, shape, block_size, on_gpu)
    if run is not None and complete_checkpoints(run):
        hint = f"resume it when more memory is free, or start a new run with --model {run}: {hint}"
    return TrainingError(f"{message} ({batch})", hint)


def remedies(config: Config, shape: Shape, block_size: int, on_gpu: bool) -> str:
    """Return which settings would take less memory, the one that saves most first; those in use are left out."""
    now = plan_memory(shape, config, block_size, on_gpu).total
    saved = {
        text: now - plan_memory(shape, changed, block_size, on_gpu).total
        for text, changed in _changes(config, block_size)
    }
    helpful = [text for text in sorted(saved, key=saved.__getitem__, reverse=True) if saved[text] > 0]
    if config.data.source and block_size >= 2 * SHORTEST_BLOCK:
        helpful.append(f"data.block_size = {block_size // 2}")  # the last resort: recipes are split by it
    return "set " + ", or ".join(helpful) if helpful else "close other programs, or choose a smaller model"


def _changes(config: Config, block_size: int) -> Iterator[tuple[str, Config]]:
    training = config.training

    def changed(section: str, **values: Any) -> Config:
        return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})

    smaller = [one for one in batch_choices(training, block_size) if one.batch_size < training.batch_size]
    if smaller:
        size, batches = smaller[-1].batch_size, smaller[-1].gradient_accumulation_steps
        name = f"batch_size = {size}" if training.batch_tokens is None else f"batch_tokens = {size * block_size}"
        text = f"training.{name} and training.gradient_accumulation_steps = {batches}"
        yield text, config.model_copy(update={"training": smaller[-1]})
    if not training.gradient_checkpointing:
        yield "training.gradient_checkpointing = true", changed("training", gradient_checkpointing=True)
    if config.adapter.method == "none" and config.model.initialize == "pretrained":
        yield "adapter.method = lora", changed("adapter", method="lora")
    if config.adapter.method != "none" and config.model.quantization == "none":
        yield "model.quantization = int8", changed("model", quantization="int8")
    if training.optimizer != "adafactor":
        yield "training.optimizer = adafactor", changed("training", optimizer="adafactor")
