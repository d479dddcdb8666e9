"""The formats that the weights of a model can be kept in while it generates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.config import Quantization
    from recipe_tui.tui.generate.generation_session import GenerationRequest
    from recipe_tui.workers.protocol import Loaded


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """A way to store weights: the precision of computation, and the quantization of the projections."""

    name: str
    meaning: str
    precision: str = "float32"
    quantization: Quantization = "none"


WEIGHT_FORMATS = (
    WeightFormat("float32", "4 bytes a weight: exactly as it was trained"),
    WeightFormat(
        "bfloat16", "2 bytes a weight: faster where the processor supports it, nearly the same texts", "bfloat16"
    ),
    WeightFormat(
        "int8", "1 byte a weight of the layers: a quarter of the memory, slightly other texts", "float32", "int8"
    ),
    WeightFormat(
        "int4", "half a byte a weight of the layers: an eighth, at a cost that small models feel", "float32", "int4"
    ),
    WeightFormat("f16", "2 bytes a weight, decoded by llama.cpp: the fastest without loss, on a processor", "f16"),
    WeightFormat("q8_0", "1 byte a weight, decoded by llama.cpp: the fastest, slightly other texts", "q8_0"),
)


def weight_format_named(name: str) -> WeightFormat:
    """Return the weights of a name; float32 where there are none."""
    return next((one for one in WEIGHT_FORMATS if one.name == name), WEIGHT_FORMATS[0])


def weight_format_of(asked: GenerationRequest | Loaded) -> WeightFormat:
    """Return the weights that a text was asked for with, or a model is loaded with; float32 where they have no name."""
    wanted = (asked.precision, asked.quantization)
    return next((one for one in WEIGHT_FORMATS if (one.precision, one.quantization) == wanted), WEIGHT_FORMATS[0])
