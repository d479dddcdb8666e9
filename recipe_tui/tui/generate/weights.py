"""How the weights of a model are kept while it writes, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.config import Quantization
    from recipe_tui.tui.generate.writing import Asked
    from recipe_tui.workers.protocol import Loaded


@dataclass(frozen=True, slots=True)
class Weights:
    """A way to keep weights.

    Attributes:
        name: What it is called.
        meaning: What it is good for.
        precision: What the model computes in.
        quantization: What its projections are kept as.
    """

    name: str
    meaning: str
    precision: str = "float32"
    quantization: Quantization = "none"


WEIGHTS = (
    Weights("float32", "4 bytes a weight: exactly as it was trained"),
    Weights("bfloat16", "2 bytes a weight: faster where the processor knows it, nearly the same texts", "bfloat16"),
    Weights("int8", "1 byte a weight of the layers: a quarter of the memory, slightly other texts", "float32", "int8"),
    Weights(
        "int4", "half a byte a weight of the layers: an eighth, at a cost that small models feel", "float32", "int4"
    ),
)


def weights_called(name: str) -> Weights:
    """Return the weights of a name; float32 where there are none."""
    return next((one for one in WEIGHTS if one.name == name), WEIGHTS[0])


def weights_of(asked: Asked | Loaded) -> Weights:
    """Return the weights that a text was asked for with, or a model is loaded with; float32 where they have no name."""
    wanted = (asked.precision, asked.quantization)
    return next((one for one in WEIGHTS if (one.precision, one.quantization) == wanted), WEIGHTS[0])
