"""Checkpoints in the Hugging Face layout: ``config.json`` and ``model.safetensors``, one to one with `GPT2`."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from safetensors import SafetensorError, safe_open

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError, TokenizerError
from recipe_tui.core.model.gpt2 import GPT2
from recipe_tui.core.writing import write_tensors, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from transformers import GPT2Config

ARCHITECTURE = "GPT2LMHeadModel"
PREFIX = "transformer."

# Keras' name of a weight -> Hugging Face's.
LEAVES = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "embeddings": "weight"}

# What other exporters write besides: the tied head, and the causal mask that older versions kept as a buffer.
NOT_WEIGHTS = re.compile(r"lm_head\.weight|(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)")

# Variants of GPT-2 that transformers knows and no published checkpoint of the family uses.
SUPPORTED = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "tie_word_embeddings": True,
    "add_cross_attention": False,
}


def read_config(folder: Path) -> GPT2Config:
    """Read a model folder's ``config.json``.

    Raises:
        CheckpointError: It is missing, malformed, or of an architecture other than GPT-2.
    """
    from transformers import GPT2Config

    path = folder / paths.MODEL_CONFIG
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error
    if not isinstance(values, dict) or values.get("model_type") != "gpt2":
        kind = values.get("model_type") if isinstance(values, dict) else None
        raise CheckpointError(f"{path}: model_type is {kind!r}, not 'gpt2'", "give a GPT-2 checkpoint")
    config = GPT2Config(**values)
    for name, supported in SUPPORTED.items():
        if getattr(config, name) != supported:
            raise CheckpointError(f"{path}: {name} = {getattr(config, name)} is not supported", "give a plain GPT-2")
    return config


def check_tokenizer(config: GPT2Config, vocab_size: int, eos_id: int) -> None:
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
    if config.eos_token_id is not None and config.eos_token_id != eos_id:
        raise TokenizerError(
            f"the tokenizer ends texts with token {eos_id}, the checkpoint with {config.eos_token_id}", hint
        )


def new_model(config: GPT2Config, precision: str = "float32") -> GPT2:
    """Make a model with random weights.

    Args:
        config: Its shape.
        precision: A Keras dtype policy, such as ``float32`` or ``mixed_bfloat16``.
    """
    with _dtype_policy(precision):
        model = GPT2(config)
        model(np.zeros((1, 1), "int32"))
    return model


def load_model(folder: Path, precision: str = "float32", config: GPT2Config | None = None) -> GPT2:
    """Load a model from a Hugging Face folder.

    Args:
        folder: Holds ``config.json`` and ``model.safetensors``, or the index of several.
        precision: A Keras dtype policy.
        config: Takes the place of the folder's own, with other dropout rates for example. If its ``vocab_size`` is
            larger than the checkpoint's, the new rows of the embedding are the mean of the old ones, so that the
            model's predictions hardly change (Hewitt, "Initializing New Word Embeddings", 2021).

    Raises:
        CheckpointError: The folder is no checkpoint, or its weights are damaged or do not fit its configuration.
    """
    config = config or read_config(folder)
    model = new_model(config, precision)
    waiting = dict(named_weights(model))
    for name, tensor in _tensors(folder):
        if NOT_WEIGHTS.fullmatch(name):
            continue
        variable = waiting.pop(PREFIX + name.removeprefix(PREFIX), None)
        if variable is None:
            raise CheckpointError(f"{folder}: unexpected weight '{name}'", "give a GPT-2 checkpoint")
        if variable is model.wte.embeddings:
            tensor = grown(tensor, config.vocab_size)
        if tensor.shape != tuple(variable.shape):
            raise CheckpointError(
                f"{folder}: weight '{name}' is {tensor.shape}, its configuration says {tuple(variable.shape)}",
                "fetch the checkpoint again",
            )
        variable.assign(tensor)
    if waiting:
        raise CheckpointError(
            f"{folder}: {len(waiting)} weights are missing, '{next(iter(waiting))}' first", "fetch the checkpoint again"
        )
    return model


def save_model(model: GPT2, folder: Path) -> None:
    """Write a model's configuration and float32 weights so that `transformers` opens them.

    Raises:
        OutputError: The folder cannot be written to.
    """
    config = model.config
    config.architectures = [ARCHITECTURE]
    config.dtype = "float32"
    weights = {name: np.asarray(keras.ops.convert_to_numpy(value), "float32") for name, value in named_weights(model)}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        config.save_pretrained(str(folder))
        generation = {"bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id}
        (folder / paths.GENERATION_CONFIG).write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")
    write_tensors(folder / paths.MODEL_WEIGHTS, weights, metadata={"format": "pt"})


def named_weights(model: GPT2) -> Iterator[tuple[str, keras.Variable]]:
    """Yield every weight with its Hugging Face name, such as ``transformer.h.0.attn.c_attn.weight``."""
    for variable in model.weights:
        *layers, leaf = variable.path.split("/")
        if leaf in LEAVES:
            yield ".".join([*layers, LEAVES[leaf]]).replace(".h_", ".h."), variable


def grown(embeddings: np.ndarray[Any, Any], vocab_size: int) -> np.ndarray[Any, Any]:
    """Append rows at the mean of [vocabulary, n_embd] embeddings until there are ``vocab_size``."""
    missing = vocab_size - len(embeddings)
    if missing <= 0:
        return embeddings
    mean = embeddings.mean(axis=0, dtype="float64").astype(embeddings.dtype)
    return np.concatenate([embeddings, np.repeat(mean[None], missing, axis=0)])


def _tensors(folder: Path) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for path in _weight_files(folder):
        try:
            with safe_open(path, framework="np") as file:
                for name in file.keys():  # noqa: SIM118  (no mapping, only keys())
                    yield name, np.asarray(file.get_tensor(name), "float32")
        except (SafetensorError, OSError) as error:
            raise CheckpointError(
                f"{path}: damaged or truncated weights ({error})", "fetch or save the checkpoint again"
            ) from error


def _weight_files(folder: Path) -> Iterable[Path]:
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
