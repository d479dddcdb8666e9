"""Opening a model for decoding, by Keras or by llama.cpp: the precision decides."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast, get_args

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import writing
from recipe_tui.core.config import GgufType, ModelConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.llama_cpp import LlamaCppModel, library
from recipe_tui.core.generation.llama_cpp_decoder import LlamaCppDecoder
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.lora.base import cached_weights_hash, locate_base
from recipe_tui.core.lora.open import load_base, load_model, read_config
from recipe_tui.core.lora.peft import ADAPTER_FILES, read_adapter
from recipe_tui.core.model.weights import stored_weights
from recipe_tui.core.registry.locate import is_adapter
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
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
) -> AnyDecoder:
    """Open a model for decoding.

    Args:
        folder: The model's or the adapter's.
        precision: A Keras dtype policy, or one of `LLAMA_CPP`.
        quantization: Type of the projections' kernels, of Keras' alone.
        config: Replaces the folder's own configuration, for Keras.
        without_adapter: Whether an adapter's base is opened without the adapter.

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
    path = _converted(folder, cast("GgufType", precision), without_adapter)
    shape = shape_of(read_config(folder).to_dict(), ModelConfig())
    return LlamaCppModel(path).decoder(shape.position_cache // FLOATS_TO_CACHE)


def _converted(folder: Path, kind: GgufType, without_adapter: bool) -> Path:
    """Return the GGUF file of a model, in the user's cache folder; it is written once."""
    path = paths.llama_cpp_cache() / f"{_content_hash(folder, without_adapter)}-{kind}{paths.GGUF_SUFFIX}"
    if not path.is_file():
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        model = (load_base if without_adapter else load_model)(folder)
        write_gguf(path, kind, model.config, load_tokenizer(folder), lambda: stored_weights(model), folder.name)
    return path


def _content_hash(folder: Path, without_adapter: bool) -> str:
    """Return a hash of all that a GGUF file is written from."""
    parts = [read_config(folder).to_json_string(use_diff=False)]
    base = locate_base(read_adapter(folder), folder, cached_weights_hash) if is_adapter(folder) else folder
    parts.append(cached_weights_hash(base))
    if is_adapter(folder) and not without_adapter:
        parts += [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ADAPTER_FILES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
