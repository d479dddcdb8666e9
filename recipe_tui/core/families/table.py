"""The table of families, and how one is found by ``model_type``. Needs no backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.gpt2 import GPT2
from recipe_tui.core.families.llama import LLAMA
from recipe_tui.core.families.qwen import QWEN2, QWEN3

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.family import Family
    from recipe_tui.core.families.shape import Shape

FAMILIES = {one.model_type: one for one in (GPT2, LLAMA, QWEN2, QWEN3)}
"""The families by ``model_type``."""

LARGEST_CONFIG = 1 << 20
"""Bytes that a ``config.json`` may have."""


def find_family(model_type: Any) -> Family:
    """Return the family of a ``model_type``.

    Raises:
        CheckpointError: There is none.
    """
    family = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if family is None:
        known = " or ".join(FAMILIES)
        raise CheckpointError(
            f"model_type is {model_type!r}, which is not supported", f"give a checkpoint whose model_type is {known}"
        )
    return family


def family_of(config: PreTrainedConfig) -> Family:
    """Return the family of a configuration.

    Raises:
        CheckpointError: It is not supported.
    """
    return find_family(config.model_type)


def read_shape(folder: Path, model: ModelConfig, vocab_size: int | None = None) -> Shape:
    """Return the shape of a model that is trained from a checkpoint.

    Args:
        folder: The checkpoint; holds ``config.json``.
        model: Overrides of the shape.
        vocab_size: Rows that the tokenizer needs, where that is known.

    Raises:
        CheckpointError: ``config.json`` is missing or malformed, or its family is not supported.
    """
    path = folder / paths.MODEL_CONFIG
    try:
        with path.open("rb") as file:
            values = from_json(file.read(LARGEST_CONFIG))  # the rest of a larger one is missed, which is an error
        return shape_of(values, model, vocab_size)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error.message}", error.hint) from error
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error


def shape_of(values: Mapping[str, Any], model: ModelConfig, vocab_size: int | None = None) -> Shape:
    """Return the shape that the values of ``config.json`` describe; see `read_shape`."""
    family = find_family(values.get("model_type"))
    rows = int(values["vocab_size"])
    if vocab_size is not None:
        rows = vocab_size if model.initialize == "random" else max(rows, vocab_size)
    shape = family.shape(family, family.override(values, model) | {"vocab_size": rows})
    if shape.impossible:
        raise CheckpointError(f"an impossible configuration ({shape.impossible})", "fetch the checkpoint again")
    return shape
