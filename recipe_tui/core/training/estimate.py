"""What a training will take: memory by arithmetic, time by what earlier runs took. Imports no backend.

The arithmetic was held against GPT-2 with 124 million parameters and 2 blocks of 512 tokens: 3.86 GB were measured.
"""

from __future__ import annotations

import json
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

KEPT_PER_LAYER = 17
"""Values a layer keeps of each token for the backward pass, in widths: both normalisations, queries, keys and values,
the attention, two sums, and the MLP's inside twice."""

CHUNK_LOGITS = 1 << 24
"""Logits computed at once; as in `recipe_tui.core.model.loss`."""

CORE_SPEED = 50e9
"""Floating-point operations a second of one processor core in training; a rough figure."""

TAIL = 64 * 1024
"""Bytes at the end of an event log in which a run's latest speed is looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a GPT-2.

    Attributes:
        n_layer: Layers.
        n_embd: Width.
        n_head: Heads.
        n_inner: Width inside the MLP.
        n_positions: Tokens of context.
        vocab_size: Rows of the embedding.
    """

    n_layer: int
    n_embd: int
    n_head: int
    n_inner: int
    n_positions: int
    vocab_size: int

    @classmethod
    def of(cls, folder: Path, model: ModelConfig, vocab_size: int | None = None) -> Shape:
        """Return the shape that a training with a model folder has.

        Args:
            folder: Holds ``config.json``.
            model: Overrides of the shape.
            vocab_size: Rows that the tokenizer needs, where that is known.

        Raises:
            CheckpointError: ``config.json`` is missing, malformed or not a GPT-2's.
        """
        path = folder / paths.MODEL_CONFIG
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if values.get("model_type") != "gpt2":
                raise CheckpointError(f"{path}: model_type is {values.get('model_type')!r}", "give a GPT-2 checkpoint")
            width = model.n_embd or int(values["n_embd"])
            rows = int(values["vocab_size"])
            if vocab_size is not None:
                rows = vocab_size if model.initialize == "random" else max(rows, vocab_size)
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

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        width, inner = self.n_embd, self.n_inner
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
    inner = 2 * (shape.n_inner - 4 * shape.n_embd)
    kept = shape.n_layer * places * (KEPT_PER_LAYER * shape.n_embd + inner)
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
class Available:
    """Memory that is there, in bytes.

    Attributes:
        what: ``main memory``, or the name of a GPU.
        free: Not in use.
        total: In all.
        on_gpu: Whether it is a GPU's.
    """

    what: str
    free: int
    total: int
    on_gpu: bool = False


def available_memory() -> Available:
    """Return the memory that a training would use: a GPU's where the backend that is installed can use one."""
    return (_gpu_memory() if _backend_uses_gpus() else None) or _main_memory()


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


def _backend_uses_gpus() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    def installed(name: str) -> bool:
        try:
            version(name)
        except PackageNotFoundError:
            return False
        return True

    if os.environ.get("KERAS_BACKEND") == "jax" or not (installed("tensorflow") or installed("tensorflow-cpu")):
        return installed("jax-cuda12-plugin") or installed("jax-cuda13-plugin")
    return installed("tensorflow")


def _gpu_memory() -> Available | None:
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        name, memory = pynvml.nvmlDeviceGetName(handle), pynvml.nvmlDeviceGetMemoryInfo(handle)
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None
    return Available(str(name), int(memory.free), int(memory.total), on_gpu=True)


def _main_memory(limit: Path | None = None) -> Available:
    """Return the main memory, and the limit that a container sets to it."""
    from pathlib import Path

    import psutil

    limit = limit or Path("/sys/fs/cgroup/memory.max")
    memory = psutil.virtual_memory()
    free, total = int(memory.available), int(memory.total)
    if limit.is_file() and (text := limit.read_text().strip()).isdigit() and int(text) < total:
        total = int(text)
        free = min(free, total - int(limit.with_name("memory.current").read_text()))
    return Available("main memory", free, total)
