"""How a family's weights and configuration are stored in GGUF files. Needs no backend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Conversion = Callable[[str, Array, Mapping[str, Any]], Array]

EMBEDDING = "token_embd.weight"
HEAD = "output.weight"

NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


class Metadata(Protocol):
    """What a family reads of a GGUF file; see `recipe_tui.core.gguf.reading.GgufFile`."""

    path: Path

    def metadata(self, key: str, default: Any = ...) -> Any:
        """Return a value of the metadata."""

    def has(self, name: str) -> bool:
        """Return whether there is a tensor of a name."""

    def rows(self, name: str) -> int:
        """Return the number of rows of a tensor."""

    def floats(self, name: str) -> Array:
        """Return the values of a tensor."""


def _unchanged(_: str, values: Array, __: Mapping[str, Any]) -> Array:
    return values


@dataclass(frozen=True, slots=True)
class GgufLayout:
    """How llama.cpp stores a family.

    Attributes:
        names: llama.cpp's names of weights, and Hugging Face's; in those of layers, * stands for the layer's number.
        read_config: Returns the values of ``config.json``, given a file.
        add_metadata: Adds the metadata of a configuration to a `gguf.GGUFWriter`.
        ignored: Tensors that its files may hold besides the weights, and that contain nothing new.
        unsupported: Returns what of a configuration llama.cpp cannot compute; empty when there is nothing.
        to_gguf: Converts a weight from Hugging Face's layout, given llama.cpp's name, the value and the configuration.
        from_gguf: The inverse of ``to_gguf``.
        extra_tensors: Returns tensors that llama.cpp needs besides the weights.
    """

    names: Mapping[str, str]
    read_config: Callable[[Metadata], dict[str, Any]]
    add_metadata: Callable[[Any, Mapping[str, Any]], None]
    ignored: frozenset[str] = frozenset()
    unsupported: Callable[[Mapping[str, Any]], str] = lambda _: ""
    to_gguf: Conversion = _unchanged
    from_gguf: Conversion = _unchanged
    extra_tensors: Callable[[Mapping[str, Any]], Mapping[str, Array]] = lambda _: {}

    def hugging_face_name(self, name: str) -> str | None:
        """Return Hugging Face's name of a tensor, or None when the family has none of that name."""
        return _renamed(name, self.names)

    def gguf_name(self, name: str) -> str | None:
        """Return llama.cpp's name of a weight, or None when it has none."""
        return _renamed(name, {theirs: ours for ours, theirs in self.names.items()})


def exact(value: Any) -> float:
    """Return the shortest decimal number that has this float32 value: 1e-05 instead of 9.999999747378752e-06."""
    return float(np.format_float_positional(np.float32(value)))


def token_ids(file: Metadata) -> dict[str, int | None]:
    """Return the ids of the begin, end and padding tokens, as ``config.json`` names them."""
    keys = {"bos": "bos", "eos": "eos", "pad": "padding"}
    return {f"{name}_token_id": file.metadata(f"tokenizer.ggml.{key}_token_id", None) for name, key in keys.items()}


def _renamed(name: str, names: Mapping[str, str]) -> str | None:
    number = NUMBER.search(name)
    found = names.get(NUMBER.sub("*", name, count=1))
    return found.replace("*", number.group()) if found and number else found
