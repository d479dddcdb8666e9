"""Checkpoints in the Hugging Face layout: ``config.json`` and ``model.safetensors``, one to one with our models."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from safetensors import SafetensorError

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_tensors, writing
from recipe_tui.core.errors import CheckpointError, TokenizerError
from recipe_tui.core.families.table import family_of, find_family
from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.projection import projections_of
from recipe_tui.core.registry.tensors import is_finite, open_tensors
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.model.decoder import LanguageModel

BITS = {"int8": 8, "int4": 4}
"""Bits of an integer kernel, by quantization."""

IN_A_LAYER = re.compile(r"\.\d+\.")
"""In the names of weights that belong to a layer; those with two axes are projections."""

TIED_HEAD = "lm_head.weight"
"""Some exporters write the head although it is tied to the embedding."""

GROWTH = 1 << 24
"""Parameters that a configuration may describe beyond the stored ones, for new rows of the embedding."""

LARGEST_INDEX = 16 << 20
"""Maximum bytes of an index of weights; the largest published ones have half of it."""


def read_config(folder: Path) -> PreTrainedConfig:
    """Read a model folder's ``config.json``.

    Raises:
        CheckpointError: It is missing, malformed, or of an unsupported family.
    """
    path = folder / paths.MODEL_CONFIG
    try:
        values = read_json(path)
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error
    try:
        return find_family(values.get("model_type") if isinstance(values, dict) else None).configure(values)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error.message}", error.hint) from error


def check_tokenizer(config: PreTrainedConfig, vocab_size: int, special_ids: Collection[int]) -> None:
    """Check that a tokenizer matches a checkpoint in vocabulary size and end tokens.

    Args:
        config: The checkpoint's configuration.
        vocab_size: Embedding rows that the tokenizer needs, without those that are to be added.
        special_ids: The tokenizer's special tokens.

    Raises:
        TokenizerError: It does not match.
    """
    hint = "give the tokenizer that came with the checkpoint"
    if vocab_size > config.vocab_size:
        raise TokenizerError(
            f"the tokenizer has {vocab_size:,} tokens and the checkpoint's embedding {config.vocab_size:,} rows", hint
        )
    ends = config.eos_token_id
    if ends is not None and not {*_as_list(ends)} & {*special_ids}:
        raise TokenizerError(f"the checkpoint ends texts with token {ends}, which the tokenizer has no name for", hint)


def new_model(
    config: PreTrainedConfig, precision: str = "float32", quantization: Quantization = "none"
) -> LanguageModel:
    """Build a model with random weights.

    Args:
        config: The model's configuration.
        precision: A Keras dtype policy, such as ``float32`` or ``mixed_bfloat16``.
        quantization: Type of the projections' kernels; integer ones are initialized to 0.
    """
    with _dtype_policy(precision):
        model = family_of(config).model(config)
        if quantization != "none":
            for layer in projections_of(model):
                layer.hold_integers(BITS[quantization])
        model.build((None, None))
    return model


def load_model(
    folder: Path,
    precision: str = "float32",
    config: PreTrainedConfig | None = None,
    quantization: Quantization = "none",
) -> LanguageModel:
    """Load a model from a Hugging Face folder; see `lora.open.load_model` for one that may hold an adapter.

    Args:
        folder: Holds ``config.json`` and ``model.safetensors``, or the index of several.
        precision: A Keras dtype policy.
        config: Replaces the folder's own, for example with other dropout rates. If its ``vocab_size`` is larger than
            the checkpoint's, the new rows of embedding and head are the mean of the others, so that the model's
            predictions hardly change (Hewitt, "Initializing New Word Embeddings", 2021).
        quantization: Type of the projections' kernels. Each is quantized as it is read: only one is in memory as
            floats at a time.

    Raises:
        CheckpointError: The folder holds no checkpoint, or its weights are damaged, do not match its configuration, or
            need more memory than is free.
    """
    own = read_config(folder)
    rows = own.vocab_size
    config = config or own
    _check_described(folder, config)
    check_memory(folder, precision, quantization)
    if config.tie_word_embeddings and any(name == TIED_HEAD for name, _ in _stored_shapes(folder)):
        _check_tied_head(folder, config)
    model = new_model(config, precision, quantization)
    model.generation_config = read_generation_config(folder)
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
        if not is_finite(tensor):
            raise CheckpointError(f"{folder}: weight '{name}' holds NaN or infinity", "give another checkpoint")
        tensor = family.transposed(variable, tensor)
        if any(variable is table for table in tables) and len(tensor) == rows:
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


def _check_described(folder: Path, config: PreTrainedConfig) -> None:
    """Check that the weights can be those of a configuration, before memory for them is allocated.

    Raises:
        CheckpointError: The configuration describes a far larger model.
    """
    family = family_of(config)
    shape = family.shape(family, config.to_dict())
    sizes = [math.prod(size) for _, size in _stored_shapes(folder)]
    if shape.n_layer > len(sizes) or shape.parameters > 2 * sum(sizes) + GROWTH:
        raise CheckpointError(
            f"{folder}: its configuration describes {shape.parameters:,} parameters in {shape.n_layer:,} layers, "
            f"its weights hold {sum(sizes):,} in {len(sizes):,} tensors",
            "fetch the checkpoint again",
        )


def _check_tied_head(folder: Path, config: PreTrainedConfig) -> None:
    """Check that a head that is stored although it is tied to the embedding equals it.

    Raises:
        CheckpointError: It differs, so that the model would be another one without it.
    """
    family = family_of(config)
    tables: dict[str, np.ndarray[Any, Any]] = {}
    for path in weight_files(folder):
        with _reading(path), open_tensors(path) as file:
            for name in file.keys():  # noqa: SIM118
                if family.qualified(name) in (TIED_HEAD, family.embedding):
                    tables[family.qualified(name)] = file.get_tensor(name)
        if TIED_HEAD in tables and family.embedding in tables:
            break
    head, embedding = tables.get(TIED_HEAD), tables.get(family.embedding)
    if head is not None and (embedding is None or not np.array_equal(head, embedding)):
        raise CheckpointError(
            f"{folder}: {TIED_HEAD} differs from the embedding, though tie_word_embeddings says that they are one",
            "save the model with tie_word_embeddings = false, if its family has that",
        )


def save_model(model: LanguageModel, folder: Path) -> None:
    """Write a model's configuration and float32 weights so that `transformers` opens them.

    Raises:
        CheckpointError: It has an adapter or integer kernels, so the float weights are not those that it computes with.
        OutputError: The folder cannot be written to.
    """
    if any(variable.dtype == "int8" or variable.name == "lora_kernel_a" for variable in model.weights):
        raise CheckpointError("a model with an adapter or of integers cannot be saved", "merge the adapter into floats")
    config = model.config
    config.architectures = [family_of(config).architecture]
    config.dtype = "float32"
    weights = dict(stored_weights(model))
    with writing(folder):
        folder.mkdir(exist_ok=True)  # but not the folders above it, which may have been removed meanwhile
        config.save_pretrained(str(folder))
        (folder / paths.GENERATION_CONFIG).write_text(generation_config(model), encoding="utf-8")
    write_tensors(folder / paths.MODEL_WEIGHTS, weights, metadata={"format": "pt"})


def read_generation_config(folder: Path) -> dict[str, Any]:
    """Return a model folder's ``generation_config.json``; empty if there is none, or it is damaged."""
    try:
        values = read_json(folder / paths.GENERATION_CONFIG)
    except (OSError, ValueError):  # it only holds defaults of other programs
        return {}
    return values if isinstance(values, dict) else {}


def generation_config(model: LanguageModel) -> str:
    """Return ``generation_config.json`` of a model: that of the folder it was loaded from, with all ends of texts."""
    config, values = model.config, dict(model.generation_config)
    values.setdefault("bos_token_id", config.bos_token_id)
    every = list(dict.fromkeys([*_as_list(values.get("eos_token_id")), *_as_list(config.eos_token_id)]))
    values["eos_token_id"] = every if len(every) > 1 else next(iter(every), None)
    return json.dumps(values, indent=2) + "\n"


def add_end(config: PreTrainedConfig, eos_id: int) -> None:
    """Add a token to those by which a configuration says that texts end."""
    ends = _as_list(config.eos_token_id)
    if eos_id not in ends:
        config.eos_token_id = [*ends, eos_id] if ends else eos_id


def _as_list(ends: Any) -> list[int]:
    return [one for one in (ends if isinstance(ends, list) else [ends]) if type(one) is int]


def named_weights(model: LanguageModel) -> Iterator[tuple[str, keras.Variable]]:
    """Yield every weight with its Hugging Face name, such as ``transformer.h.0.attn.c_attn.weight``."""
    yield from family_of(model.config).named_weights(model)


def stored_weights(model: LanguageModel) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield every weight in the layout of a checkpoint: its Hugging Face name, and its value in float32."""
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
    """Check that a checkpoint's weights fit into the free memory, before any is allocated.

    Raises:
        CheckpointError: They do not.
    """
    needed, memory = needed_memory(folder, precision, quantization), available_memory()
    if needed > memory.free:
        free = f"{memory.free / 1e9:.2f} GB of {memory.what} are free"
        raise CheckpointError(
            f"{folder}: the model takes {needed / 1e9:.2f} GB, and {free}",
            "close other programs, or choose a smaller model or fewer bits",
        )


def needed_memory(folder: Path, precision: str, quantization: Quantization = "none") -> int:
    """Return the bytes that a checkpoint's weights need in memory.

    Raises:
        CheckpointError: They are missing or damaged.
    """
    value = 2 if precision in ("bfloat16", "float16") else 4
    needed = 0.0
    for name, shape in _stored_shapes(folder):
        kernel = len(shape) == 2 and IN_A_LAYER.search(name) is not None
        needed += math.prod(shape) * (BITS[quantization] / 8 if kernel and quantization != "none" else value)
    return int(needed)


def _stored_shapes(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Yield the name and shape of each weight of a checkpoint, of which the headers alone are read."""
    for path in weight_files(folder):
        with _reading(path), open_tensors(path) as file:
            for name in file.keys():  # noqa: SIM118
                yield name, file.get_slice(name).get_shape()


def weights_size(model: LanguageModel) -> int:
    """Return the bytes that a model's weights take in memory."""
    return sum(math.prod(one.shape) * np.dtype(one.dtype).itemsize for one in model.weights)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Convert errors in reading weights to a `CheckpointError` that names the file."""
    try:
        yield
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: damaged or truncated weights ({error})", "fetch or save the checkpoint again"
        ) from error


def tensors(folder: Path) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield the weights of a checkpoint by name, in float32.

    Raises:
        CheckpointError: They are missing or damaged.
    """
    for path in weight_files(folder):
        with _reading(path), open_tensors(path) as file:
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
        names = read_json(index, LARGEST_INDEX)["weight_map"].values()
        files = [folder / name for name in sorted(set(names))]
        if not files:
            raise ValueError("it names no file")
        if outside := [path.name for path in files if not _is_weights_name(path, folder)]:
            raise ValueError(f"'{outside[0]}' is no file of weights in its folder")
        missing = [path for path in files if not path.is_file()]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(f"{index}: cannot be read ({error})", "fetch the checkpoint again") from error
    if missing:
        raise CheckpointError(f"{missing[0]}: missing, though the index names it", "fetch the checkpoint again")
    return files


def _is_weights_name(path: Path, folder: Path) -> bool:
    return path.parent == folder and path.name.endswith(".safetensors") and "\0" not in path.name


@contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Set the dtype policy of layers that are constructed inside the block."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
