"""Opening a model for decoding, by Keras or by llama.cpp: the precision decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from recipe_tui.core.config import GgufType, ModelConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.llama_cpp import LlamaCppModel, library
from recipe_tui.core.generation.llama_cpp_decoder import LlamaCppDecoder
from recipe_tui.core.generation.llama_cpp_files import converted
from recipe_tui.core.lora.open import load_base, load_model, read_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization

AnyDecoder = Decoder | LlamaCppDecoder

FLOATS_TO_CACHE = 2
"""llama.cpp's cache holds 16 bits where Keras' holds 32."""

LLAMA_CPP = get_args(GgufType)
"""Precisions in which llama.cpp decodes."""


def open_decoder(
    folder: Path,
    precision: str = "float32",
    quantization: Quantization = "none",
    *,
    config: PreTrainedConfig | None = None,
    without_adapter: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> AnyDecoder:
    """Open a model for decoding.

    Args:
        folder: The model's or the adapter's.
        precision: A Keras dtype policy, or one of `LLAMA_CPP`.
        quantization: Type of the projections' kernels, of Keras' alone.
        config: Replaces the folder's own configuration, for Keras.
        without_adapter: Whether an adapter's base is opened without the adapter.
        progress: Called with what is done, in a few words, while the model is converted for llama.cpp.

    Raises:
        UsageError: llama.cpp is not installed, or a precision of it is combined with a quantization.
        CheckpointError, TokenizerError, NetworkError: The model is missing or damaged, or llama.cpp has none of its
            kind.
    """
    if precision not in LLAMA_CPP:
        if without_adapter:
            return Decoder(load_base(folder, precision, quantization))
        return Decoder(load_model(folder, precision, config, quantization))
    if quantization != "none":
        raise UsageError(f"{precision} is a quantization itself", f"leave out {quantization}")
    library()  # an error here comes before the model is converted
    path = converted(folder, cast("GgufType", precision), without_adapter, progress)
    shape = shape_of(read_config(folder).to_dict(), ModelConfig())
    return LlamaCppModel(path).decoder(shape.position_cache // FLOATS_TO_CACHE)
