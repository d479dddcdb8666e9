"""Checkpoints in the Hugging Face layout: ``config.json`` and ``model.safetensors``, one to one with our models."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from safetensors import SafetensorError, safe_open

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_tensors, writing
from recipe_tui.core.errors import CheckpointError, TokenizerError
from recipe_tui.core.families.table import family_of, find_family
from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.projection import projections_of
from recipe_tui.core.registry.locate import is_adapter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.model.decoder import LanguageModel

BITS = {"int8": 8, "int4": 4}
"""Of an integer weight, by how a model is quantized."""

IN_A_LAYER = re.compile(r"\.\d+\.")
"""What the names of weights have that belong to one layer of several; those with two axes are projections."""

TIED_HEAD = "lm_head.weight"
"""Some exporters write it though the head is the embedding."""


def read_config(folder: Path) -> PreTrainedConfig:
    """Read a model folder's ``config.json``.

    Raises:
        CheckpointError: It is missing, malformed, or of a family that is none of ours.
    """
    path = folder / paths.MODEL_CONFIG
    if is_adapter(folder) and not path.is_file():
        from recipe_tui.core.lora.open import adapted_config  # which reads the base's by this function

        return adapted_config(folder)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error
    try:
        return find_family(values.get("model_type") if isinstance(values, dict) else None).configure(values)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error.message}", error.hint) from error


def check_tokenizer(config: PreTrainedConfig, vocab_size: int, eos_id: int) -> None:
    """Check that a tokenizer is the one a checkpoint was trained with, as far as sizes and the end token tell.

    Args:
        config: The checkpoint's configuration.
        vocab_size: Rows the tokenizer needs, those that are to be added not counted.
        eos_id: The token it ends texts with.

    Raises:
        TokenizerError: It is not.
    """
    hint = "give the tokenizer that came with the checkpoint"
    if vocab_size > config.vocab_size:
        raise TokenizerError(
            f"the tokenizer has {vocab_size:,} tokens and the checkpoint's embedding {config.vocab_size:,} rows", hint
        )
    ends = config.eos_token_id
    if ends is not None and eos_id not in (ends if isinstance(ends, list) else [ends]):
        raise TokenizerError(f"the tokenizer ends texts with token {eos_id}, the checkpoint with {ends}", hint)


def new_model(
    config: PreTrainedConfig, precision: str = "float32", quantization: Quantization = "none"
) -> LanguageModel:
    """Make a model with random weights.

    Args:
        config: Its shape.
        precision: A Keras dtype policy, such as ``float32`` or ``mixed_bfloat16``.
        quantization: What the projections are kept as; of integers none is random, all are 0.
    """
    with _dtype_policy(precision):
        model = family_of(config).model(config)
        if quantization != "none":
            for layer in projections_of(model):
                layer.hold_integers(BITS[quantization])
        model(np.zeros((1, 1), "int32"))
    return model


def load_model(
    folder: Path,
    precision: str = "float32",
    config: PreTrainedConfig | None = None,
    quantization: Quantization = "none",
) -> LanguageModel:
    """Load a model from a Hugging Face folder.

    Args:
        folder: Holds ``config.json`` and ``model.safetensors``, or the index of several; or an adapter, which is
            merged into the model that it belongs to.
        precision: A Keras dtype policy.
        config: Takes the place of the folder's own, with other dropout rates for example. If its ``vocab_size`` is
            larger than the checkpoint's, the new rows of embedding and head are the mean of the old ones, so that the
            model's predictions hardly change (Hewitt, "Initializing New Word Embeddings", 2021).
        quantization: What the projections are kept as. Of integers, floats take room one projection at a time. An
            adapter is not merged into them but works beside them.

    Raises:
        CheckpointError: The folder is no checkpoint, or its weights are damaged, do not fit its configuration, or
            take more memory than is free.
    """
    if is_adapter(folder):
        from recipe_tui.core.lora.open import load_adapted  # which loads the model below it by this function

        return load_adapted(folder, precision, config, quantization)
    config = config or read_config(folder)
    check_memory(folder, precision, quantization)
    model = new_model(config, precision, quantization)
    family = family_of(config)
    tables = (model.input_tokens.embeddings, model.output_tokens.embeddings)
    waiting = dict(family.named_weights(model))
    kernels = {id(layer.stored_kernel): layer for layer in projections_of(model)}
    for name, tensor in tensors(folder):
        if family.ignored_weights.fullmatch(name) or (name == TIED_HEAD and config.tie_word_embeddings):
            continue
        variable = waiting.pop(family.qualified(name), None)
        if variable is None:
            raise CheckpointError(f"{folder}: unexpected weight '{name}'", f"give a {family.title} checkpoint")
        tensor = family.transposed(variable, tensor)
        if any(variable is table for table in tables):
            tensor = grown(tensor, config.vocab_size)
        layer = kernels.get(id(variable))
        shape = tuple(variable.shape) if layer is None else (layer.inputs, layer.units)
        if tensor.shape != shape:
            raise CheckpointError(
                f"{folder}: weight '{name}' is {tensor.shape}, its configuration says {shape}",
                "fetch the checkpoint again",
            )
        if layer is None:
            variable.assign(tensor)
        else:
            layer.put_kernel(tensor)
    if waiting:
        raise CheckpointError(
            f"{folder}: {len(waiting)} weights are missing, '{next(iter(waiting))}' first", "fetch the checkpoint again"
        )
    return model


def save_model(model: LanguageModel, folder: Path) -> None:
    """Write a model's configuration and float32 weights so that `transformers` opens them.

    Raises:
        CheckpointError: It learns by an adapter, or its weights are integers, and so they are not what it computes.
        OutputError: The folder cannot be written to.
    """
    if any(variable.dtype == "int8" or variable.name == "lora_kernel_a" for variable in model.weights):
        raise CheckpointError("a model with an adapter or of integers cannot be saved", "merge the adapter into floats")
    config = model.config
    config.architectures = [family_of(config).architecture]
    config.dtype = "float32"
    weights = dict(stored_weights(model))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        config.save_pretrained(str(folder))
        generation = {"bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id}
        (folder / paths.GENERATION_CONFIG).write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")
    write_tensors(folder / paths.MODEL_WEIGHTS, weights, metadata={"format": "pt"})


def named_weights(model: LanguageModel) -> Iterator[tuple[str, keras.Variable]]:
    """Yield every weight with its Hugging Face name, such as ``transformer.h.0.attn.c_attn.weight``."""
    yield from family_of(model.config).named_weights(model)


def stored_weights(model: LanguageModel) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield every weight as a checkpoint keeps it: its Hugging Face name, and its value in float32."""
    family = family_of(model.config)
    rows = {id(table.embeddings): table for table in (model.input_tokens, model.output_tokens)}
    for name, variable in family.named_weights(model):
        value = np.asarray(keras.ops.convert_to_numpy(variable), "float32")
        if id(variable) in rows:
            value = rows[id(variable)].with_learned(value)
        yield name, np.ascontiguousarray(family.transposed(variable, value))


def grown(embeddings: np.ndarray[Any, Any], vocab_size: int) -> np.ndarray[Any, Any]:
    """Append rows at the mean of [vocabulary, width] embeddings until there are ``vocab_size``."""
    missing = vocab_size - len(embeddings)
    if missing <= 0:
        return embeddings
    mean = embeddings.mean(axis=0, dtype="float64").astype(embeddings.dtype)
    return np.concatenate([embeddings, np.repeat(mean[None], missing, axis=0)])


def check_memory(folder: Path, precision: str, quantization: Quantization = "none") -> None:
    """Check that there is room for a checkpoint's weights, before any of it is taken.

    Raises:
        CheckpointError: There is not.
    """
    needed, memory = needed_memory(folder, precision, quantization), available_memory()
    if needed > memory.free:
        free = f"{memory.free / 1e9:.2f} GB of {memory.what} are free"
        raise CheckpointError(
            f"{folder}: the model takes {needed / 1e9:.2f} GB, and {free}",
            "close other programs, or choose a smaller model or fewer bits",
        )


def needed_memory(folder: Path, precision: str, quantization: Quantization = "none") -> int:
    """Return the bytes that a checkpoint's weights will take in memory.

    Raises:
        CheckpointError: They are missing or damaged.
    """
    value = 2 if precision in ("bfloat16", "float16") else 4
    needed = 0.0
    for path in weight_files(folder):
        with _reading(path), safe_open(path, framework="np") as file:
            for name in file.keys():  # noqa: SIM118
                shape = file.get_slice(name).get_shape()
                kernel = len(shape) == 2 and IN_A_LAYER.search(name) is not None
                needed += math.prod(shape) * (BITS[quantization] / 8 if kernel and quantization != "none" else value)
    return int(needed)


def weights_size(model: LanguageModel) -> int:
    """Return the bytes that a model's weights take in memory."""
    return sum(math.prod(one.shape) * np.dtype(one.dtype).itemsize for one in model.weights)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong in reading weights into an error about their file."""
    try:
        yield
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: damaged or truncated weights ({error})", "fetch or save the checkpoint again"
        ) from error


def tensors(folder: Path) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield the weights of a checkpoint by name, in float32.

    Raises:
        CheckpointError: They are missing or damaged.
    """
    for path in weight_files(folder):
        with _reading(path), safe_open(path, framework="np") as file:
            for name in file.keys():  # noqa: SIM118  (no mapping, only keys())
                yield name, np.asarray(file.get_tensor(name), "float32")


def weight_files(folder: Path) -> Iterable[Path]:
    """Return the files of a checkpoint's weights.

    Raises:
        CheckpointError: They are missing.
    """
    single, index = folder / paths.MODEL_WEIGHTS, folder / paths.MODEL_WEIGHTS_INDEX
    if single.is_file():
        return [single]
    if not index.is_file():
        raise CheckpointError(
            f"{folder}: no weights (no {single.name})",
            "give a folder with weights, or start from random ones with --set model.initialize=random",
        )
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{index}: cannot be read ({error})", "fetch the checkpoint again") from error
    files = [folder / name for name in sorted(set(names))]
    for path in files:
        if not path.is_file():
            raise CheckpointError(f"{path}: missing, though the index names it", "fetch the checkpoint again")
    return files


@contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Make layers that are constructed inside the block compute in a precision."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
