"""Writing GGUF files as llama.cpp's converter does, for llama.cpp and Ollama."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.atomic_io import require_space, whole_file
from recipe_tui.core.errors import CheckpointError, OutputError
from recipe_tui.core.families.table import family_of
from recipe_tui.core.gguf.vocabulary import add_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from transformers import PreTrainedConfig

    from recipe_tui.core.config import GgufType
    from recipe_tui.core.families.family import Family
    from recipe_tui.core.text.tokenizer import Tokenizer

    Weights = Iterable[tuple[str, NDArray[np.float32]]]

HINT = "export the Hugging Face folder instead"

ALWAYS_FLOATS = ("_norm.weight", "position_embd.weight")
"""Suffixes of the tensors that llama.cpp reads in 32 bits only, besides everything of one dimension."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor of the file.

    Attributes:
        shape: Its sizes, rows first.
        type: A `gguf.GGMLQuantizationType`.
        size: Bytes.
    """

    shape: tuple[int, ...]
    type: Any
    size: int


def write_gguf(
    path: Path,
    kind: GgufType,
    config: PreTrainedConfig,
    tokenizer: Tokenizer,
    weights: Callable[[], Weights],
    name: str,
    licence: str = "",
) -> None:
    """Write a model to a GGUF file, which appears whole or not at all.

    Args:
        path: The file; it must not exist.
        kind: Type of the weights: 16 bits each, or 8 and a scale for 32 of them. Vectors, norms and positions are
            stored in 32 bits, and rows whose length is no multiple of 32, which 8 bits need, in 16.
        config: Its configuration.
        tokenizer: Its tokenizer.
        weights: Yields its weights by Hugging Face's names, in float32. Called twice; only one is in memory at a time.
        name: The model's name.
        licence: Its licence; empty where it is not known.

    Raises:
        CheckpointError: llama.cpp cannot compute such a model.
        TokenizerError: llama.cpp has no tokenizer of this kind.
        OutputError: The file exists, or the disk is too full, or the folder cannot be written to.
    """
    from gguf import size_label

    if path.exists():
        raise OutputError(f"{path}: exists already", "choose another place, or move it away")
    family = family_of(config)
    values = config.to_dict()
    if reason := family.gguf.unsupported(values):
        raise CheckpointError(f"llama.cpp has no {family.title} with {reason}", HINT)
    tensors = _plan(family, kind, values, weights())
    writer = _writer(family, kind, values, tokenizer, name, licence)
    for one, tensor in tensors.items():
        writer.add_tensor_info(one, tensor.shape, np.dtype(np.float32), tensor.size, raw_dtype=tensor.type)
    writer.add_size_label(size_label(*writer.get_total_parameter_count()))
    with whole_file(path) as file:
        require_space(path.parent, sum(tensor.size for tensor in tensors.values()))
        try:
            writer.write_header_to_file(file)
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            for one, array in _converted(family, values, weights()):
                writer.write_tensor_data(_quantized(array, tensors[one].type))
        finally:
            writer.close()


def _plan(family: Family, kind: GgufType, config: Mapping[str, Any], weights: Weights) -> dict[str, _Tensor]:
    """Return the size and type of each tensor of the file."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    tensors = {}
    for name, array in _converted(family, config, weights):
        wanted = GGMLQuantizationType[kind.upper()]
        per_block, _ = GGML_QUANT_SIZES[wanted]
        if array.ndim == 1 or name.endswith(ALWAYS_FLOATS):
            wanted = GGMLQuantizationType.F32
        elif array.shape[-1] % per_block:
            wanted = GGMLQuantizationType.F16
        per_block, block_bytes = GGML_QUANT_SIZES[wanted]
        tensors[name] = _Tensor(array.shape, wanted, math.prod(array.shape) // per_block * block_bytes)
    return tensors


def _converted(family: Family, config: Mapping[str, Any], weights: Weights) -> Weights:
    """Yield all tensors of the file by llama.cpp's names, still in 32 bits."""
    yield from family.gguf.extra_tensors(config).items()
    for name, array in weights:
        theirs = family.gguf.gguf_name(name)
        if theirs is None:
            raise CheckpointError(f"llama.cpp has no tensor for '{name}' of a {family.title}", HINT)
        yield theirs, family.gguf.to_gguf(theirs, array, config)


def _writer(
    family: Family,
    kind: GgufType,
    config: Mapping[str, Any],
    tokenizer: Tokenizer,
    name: str,
    licence: str,
) -> Any:
    """Return a writer with all metadata."""
    from gguf import GGML_QUANT_VERSION, GGUFType, GGUFWriter, LlamaFileType

    writer = GGUFWriter(None, family.model_type)
    writer.add_type(GGUFType.MODEL)
    writer.add_name(name)
    if licence:
        writer.add_license(licence)
    writer.add_file_type(LlamaFileType[f"MOSTLY_{kind.upper()}"])
    writer.add_quantization_version(GGML_QUANT_VERSION)
    family.gguf.add_metadata(writer, config)
    add_tokenizer(writer, tokenizer, config["vocab_size"])
    return writer


def _quantized(array: NDArray[np.float32], type_: Any) -> NDArray[Any]:
    from gguf.quants import quantize

    values: NDArray[Any] = np.ascontiguousarray(quantize(np.ascontiguousarray(array), type_))
    return values
