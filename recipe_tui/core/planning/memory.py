"""An estimate of the memory that a training takes.

``tests/benchmarks/memory.py`` compares it with measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.families.shape import CHUNK_LOGITS
from recipe_tui.core.planning.batch import with_batch_size

if TYPE_CHECKING:
    from recipe_tui.core.config import Config
    from recipe_tui.core.families.shape import Shape

LIBRARIES = 800_000_000
"""Bytes of a process that has loaded a backend and done nothing yet."""

KEPT_BY_FROZEN_LAYER = 6
"""`Family.kept_widths` where only adapters are trained: a frozen product needs no input for its weights' gradient."""

BYTES = {"none": 4.0, "int8": 1.0, "int4": 0.5 + 8 / 64}
"""Bytes of a weight in a projection, by ``model.quantization``; 4 bits have a scale and a zero for 64 of them."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Bytes that a training takes, by what takes them.

    Attributes:
        libraries: The backend itself.
        weights: The weights, and their copies where the arithmetic has fewer bits.
        gradients: One value for each weight that learns, and another while batches are summed.
        optimizer: What the optimizer keeps.
        activations: What the forward pass keeps for the backward pass.
        logits: Scores of the vocabulary, and the gradient of the head.
        update: Temporaries of updating the largest weight.
        summed: Those of the gradients that are there from the beginning of a step.
    """

    libraries: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    update: int = 0
    summed: int = 0

    @property
    def step(self) -> int:
        """What a step takes at its peak besides what is always there.

        While the head is differentiated all activations are there; when all gradients are, they are gone.
        """
        return max(self.activations + self.logits + self.summed, self.gradients + self.update)

    @property
    def total(self) -> int:
        """What is there at the peak."""
        return self.libraries + self.weights + self.optimizer + self.step


def plan_memory(shape: Shape, config: Config, block_size: int | None = None, on_gpu: bool = False) -> MemoryPlan:
    """Estimate the memory of a training.

    Args:
        shape: The model's.
        config: What is trained; of ``batch_tokens = "auto"`` one block at once.
        block_size: Tokens in a block; the configuration's when None.
        on_gpu: Whether it is a GPU's memory; there, automatic precision is bfloat16.

    Raises:
        UsageError: ``batch_tokens`` is less than a block.
    """
    block_size = block_size or config.data.block_size
    training = with_batch_size(config.training, block_size)
    batch_size = 1 if training.batch_tokens == "auto" else training.batch_size
    summed = training.gradient_accumulation_steps > 1 or (training.batch_tokens == "auto" and training.batch_size > 1)
    low = training.precision.startswith("mixed") or (training.precision == "auto" and on_gpu)
    value = 2 if low else 4
    learns = trainable_parameters(shape, config)
    table = shape.vocab_size * shape.n_embd
    head_learns = config.adapter.method == "none" and not (training.freeze_layers and shape.tied)
    largest = table if head_learns else min(learns, max(i * o for i, o in shape.projections.values()))
    kept = _optimizer_values(shape, config, learns)
    logits = min(CHUNK_LOGITS, batch_size * block_size * shape.vocab_size)
    return MemoryPlan(
        libraries=LIBRARIES,
        weights=_weights(shape, config, low),
        gradients=4 * learns * (2 if summed else 1),
        optimizer=4 * kept,
        activations=_activations(shape, config, batch_size, block_size, value),
        logits=2 * value * logits + 4 * table * (2 if head_learns else 1),
        update=4 * largest * (4 if kept > learns else 2),
        summed=4 * learns if summed else 0,
    )


def trainable_parameters(shape: Shape, config: Config) -> int:
    """Return how many parameters learn; rows of new tokens, which are few, are not among them."""
    if config.adapter.method == "lora":
        sizes = shape.adapted(config.adapter.target_modules).values()
        return shape.n_layer * config.adapter.rank * sum(inputs + outputs for inputs, outputs in sizes)
    frozen = min(config.training.freeze_layers, shape.n_layer)
    if not frozen:
        return shape.parameters
    return shape.parameters - shape.embedding_parameters - frozen * shape.layer_parameters


def _weights(shape: Shape, config: Config, low: bool) -> int:
    matrices = shape.n_layer * sum(inputs * outputs for inputs, outputs in shape.projections.values())
    each = BYTES[config.model.quantization]
    return int(4 * (shape.parameters - matrices) + matrices * each + (2 * shape.parameters if low else 0))


def _optimizer_values(shape: Shape, config: Config, learns: int) -> int:
    if config.training.optimizer == "muon" and config.adapter.method == "none":  # a matrix has its momentum alone
        matrices = shape.n_layer * sum(inputs * outputs for inputs, outputs in shape.projections.values())
        return 2 * learns - min(learns, matrices)
    if config.training.optimizer != "adafactor":
        return 2 * learns
    matrices = shape.n_layer * sum(inputs + 2 * outputs for inputs, outputs in shape.projections.values())
    return min(learns, shape.vocab_size + shape.n_positions + 4 * shape.n_embd * (1 + shape.n_layer) + matrices)


def _activations(shape: Shape, config: Config, batch_size: int, block_size: int, value: int) -> int:
    """Return the bytes that the forward pass keeps.

    Where the MLP has adapters, its insides are kept as if all of it learned. Of frozen layers it keeps as much as of
    others where new tokens may learn below them, and else nothing.
    """
    places = batch_size * block_size
    inside = shape.family.kept_inner_widths
    layer = places * (shape.family.kept_widths * shape.n_embd + inside * shape.n_inner)
    adapted = shape.adapted(config.adapter.target_modules).values()
    if config.adapter.method == "lora" and not any(shape.n_inner in sizes for sizes in adapted):
        layer = places * (KEPT_BY_FROZEN_LAYER * shape.n_embd + (inside - 1) * shape.n_inner)
    scores = 3 * batch_size * shape.n_head * block_size**2  # of one layer at a time
    layers = shape.n_layer
    if config.data.layout in ("plain", "chat"):
        layers -= min(config.training.freeze_layers, layers)
    if config.training.gradient_checkpointing:
        return value * (layers * places * shape.n_embd + layer) + 4 * scores
    return value * layers * layer + 4 * scores
