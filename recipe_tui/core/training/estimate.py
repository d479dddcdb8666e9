"""What a training will take: memory by arithmetic, time by what earlier runs took. Imports no backend.

The arithmetic was held against GPT-2 with 124 million parameters and 2 blocks of 512 tokens: 3.86 GB were measured.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError, RunError
from recipe_tui.core.training.events import Started, Step, parse_event
from recipe_tui.core.training.process import Process
from recipe_tui.core.training.runs import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.config import ModelConfig, TrainingConfig

LIBRARIES = 750_000_000
"""Bytes of a process that has loaded a backend and done nothing yet."""

NAMES = {"gpt2": "GPT-2", "llama": "Llama"}
"""What people call the families of models, by the ``model_type`` of their configuration."""

KEPT_PER_LAYER = 9
"""Values a layer keeps of each token for the backward pass, in widths: both normalisations, queries, keys and values,
the attention and two sums; the MLP's inside comes to it."""

KEPT_INSIDE = {"gpt2": 2, "llama": 3}
"""How often the MLP's inside is kept: Llama's has two projections, and what one makes of the other."""

CHUNK_LOGITS = 1 << 24
"""Logits computed at once; as in `recipe_tui.core.model.loss`."""

CORE_SPEED = 50e9
"""Floating-point operations a second of one processor core in training; a rough figure."""

TAIL = 64 * 1024
"""Bytes at the end of an event log in which a run's latest speed is looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a model.

    Attributes:
        n_layer: Layers.
        n_embd: Width.
        n_head: Heads.
        n_inner: Width inside the MLP.
        n_positions: Tokens of context.
        vocab_size: Rows of the embedding.
        family: ``model_type`` of the configuration.
        key_width: Width of the keys, and of the values; None for that of the model.
        tied: Whether the head is the embedding.
    """

    n_layer: int
    n_embd: int
    n_head: int
    n_inner: int
    n_positions: int
    vocab_size: int
    family: str = "gpt2"
    key_width: int | None = None
    tied: bool = True

    @classmethod
    def of(cls, folder: Path, model: ModelConfig, vocab_size: int | None = None) -> Shape:
        """Return the shape that a training with a model folder has.

        Args:
            folder: Holds ``config.json``.
            model: Overrides of the shape.
            vocab_size: Rows that the tokenizer needs, where that is known.

        Raises:
            CheckpointError: ``config.json`` is missing, malformed or of a family that is none of ours.
        """
        path = folder / paths.MODEL_CONFIG
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            family = values.get("model_type")
            if family not in KEPT_INSIDE:
                known = " or ".join(KEPT_INSIDE)
                raise CheckpointError(f"{path}: model_type is {family!r}", f"give a checkpoint of {known}")
            rows = int(values["vocab_size"])
            if vocab_size is not None:
                rows = vocab_size if model.initialize == "random" else max(rows, vocab_size)
            if family == "llama":
                return cls._of_llama(values, model, rows)
            width = model.n_embd or int(values["n_embd"])
            return cls(
                n_layer=model.n_layer or int(values["n_layer"]),
                n_embd=width,
                n_head=model.n_head or int(values["n_head"]),
                n_inner=int(values.get("n_inner") or 4 * width),
                n_positions=int(values["n_positions"]),
                vocab_size=rows,
            )
        except FileNotFoundError:
            raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error

    @classmethod
    def _of_llama(cls, values: dict[str, Any], model: ModelConfig, rows: int) -> Shape:
        theirs, width = int(values["hidden_size"]), model.n_embd or int(values["hidden_size"])
        heads = model.n_head or int(values["num_attention_heads"])
        key_heads = math.gcd(int(values.get("num_key_value_heads") or heads), heads)
        return cls(
            n_layer=model.n_layer or int(values["num_hidden_layers"]),
            n_embd=width,
            n_head=heads,
            n_inner=int(values["intermediate_size"]) * width // theirs,
            n_positions=int(values["max_position_embeddings"]),
            vocab_size=rows,
            family="llama",
            key_width=width // heads * key_heads,
            tied=bool(values.get("tie_word_embeddings", False)),
        )

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        width, inner = self.n_embd, self.n_inner
        if self.family == "llama":
            attention = 2 * width * width + 2 * width * (self.key_width or width)
            layers = self.n_layer * (attention + 3 * width * inner + 2 * width)
            return self.vocab_size * width * (1 if self.tied else 2) + layers + width
        attention = width * 3 * width + 3 * width + width * width + width
        mlp = width * inner + inner + inner * width + width
        return (self.vocab_size + self.n_positions) * width + self.n_layer * (attention + mlp + 4 * width) + 2 * width


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a training takes at its peak, by what takes them.

    Attributes:
        libraries: The backend itself.
        weights: Float32 weights, and their copies where the arithmetic has fewer bits.
        gradients: One value a weight, and another while batches are summed.
        optimizer: Both running means of Adam.
        activations: What the forward pass keeps for the backward pass.
        logits: Scores of the vocabulary, and the gradient of the embedding.
    """

    libraries: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, field.name) for field in fields(self))


def estimate_memory(shape: Shape, config: TrainingConfig, block_size: int, on_gpu: bool = False) -> Memory:
    """Work out the memory of a training.

    Args:
        shape: The model's.
        config: Batch size and precision count.
        block_size: Tokens in a block.
        on_gpu: Whether it is a GPU's memory; there, automatic precision is bfloat16.
    """
    low = config.precision.startswith("mixed") or (config.precision == "auto" and on_gpu)
    value = 2 if low else 4
    places = config.batch_size * block_size
    weights = 4 * shape.parameters
    kept = shape.n_layer * places * (KEPT_PER_LAYER * shape.n_embd + KEPT_INSIDE[shape.family] * shape.n_inner)
    scores = 3 * config.batch_size * shape.n_head * block_size**2  # of one layer at a time
    chunk = min(CHUNK_LOGITS, places * shape.vocab_size)
    return Memory(
        libraries=LIBRARIES,
        weights=weights + (weights // 2 if low else 0),
        gradients=weights * (2 if config.gradient_accumulation_steps > 1 else 1),
        optimizer=2 * weights,
        activations=value * kept + 4 * scores,
        logits=3 * 4 * chunk + 4 * shape.vocab_size * shape.n_embd,
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a training is likely to be.

    Attributes:
        tokens_per_second: Places in blocks per second.
        basis: Where the figure comes from, in a few words.
    """

    tokens_per_second: float
    basis: str


def expected_speed(output: Path, parameters: int, on_gpu: bool) -> Speed | None:
    """Return the speed to expect: that of the latest run of the same size on this machine, else a rough guess.

    Args:
        output: Folder of the runs.
        parameters: Trainable parameters.
        on_gpu: Whether a GPU trains; of those nothing is guessed.

    Returns:
        None where nothing is known.
    """
    here = Process.current().host
    newest_first = sorted(output.glob(f"*/{paths.RUN_MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first:
        try:
            manifest = Manifest.read(path.parent)
        except RunError:
            continue
        if manifest.process is None or manifest.process.host != here:
            continue
        log = path.parent / paths.EVENTS
        started = next((event for event in _ends(log) if isinstance(event, Started)), None)
        if started is None or started.parameters != parameters:
            continue
        speeds = [event.tokens_per_second for event in _ends(log) if isinstance(event, Step)]
        if speeds and speeds[-1]:
            return Speed(speeds[-1], f"as in run {manifest.name}")
    if on_gpu:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Speed(cores * CORE_SPEED / (6 * parameters), f"a rough guess for {cores} cores")


def _ends(log: Path) -> Iterator[Started | Step]:
    """Yield the first event of a log and those near its end, however long it is."""
    if not log.is_file():
        return
    with log.open("rb") as file:
        lines = [file.readline()]
        size = file.seek(0, os.SEEK_END)
        file.seek(max(len(lines[0]), size - TAIL))
        lines += file.read().splitlines()
    for line in lines:
        event = parse_event(line)
        if isinstance(event, Started | Step):
            yield event
