"""What tells a family's GGUF files from another's: names, metadata, and how weights are laid out. Needs no backend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from recipe_tui.core.gguf.reading import GgufFile

    Array = NDArray[np.float32]
    Laying = Callable[[str, Array, Mapping[str, Any]], Array]

EMBEDDING = "token_embd.weight"
HEAD = "output.weight"

NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


def _as_it_is(_: str, values: Array, __: Mapping[str, Any]) -> Array:
    return values


@dataclass(frozen=True, slots=True)
class Architecture:
    """A family as llama.cpp knows it.

    Attributes:
        name: Value of ``general.architecture``, and the beginning of the keys of its metadata.
        title: What people call it.
        names: llama.cpp's names of weights, and Hugging Face's; in those of layers, * stands for the layer's number.
        not_weights: Other tensors that its files may hold, which say nothing that is not known besides.
        configuration: Makes ``config.json`` of a file's metadata.
        describe: Adds the metadata of a configuration to a writer.
        problem: Says what of a configuration llama.cpp cannot compute; empty when nothing is.
        laid_out: Turns a weight from Hugging Face's layout to llama.cpp's: by llama.cpp's name, value, configuration.
        put_back: Turns it back.
        besides: Tensors that llama.cpp wants besides the weights.
    """

    name: str
    title: str
    names: Mapping[str, str]
    configuration: Callable[[GgufFile], dict[str, Any]]
    describe: Callable[[Any, Mapping[str, Any]], None]
    not_weights: frozenset[str] = frozenset()
    problem: Callable[[Mapping[str, Any]], str] = lambda _: ""
    laid_out: Laying = _as_it_is
    put_back: Laying = _as_it_is
    besides: Callable[[Mapping[str, Any]], Mapping[str, Array]] = lambda _: {}

    def hugging_face_name(self, name: str) -> str | None:
        """Return Hugging Face's name of a tensor, or None when the family has none of that name."""
        return _renamed(name, self.names)

    def gguf_name(self, name: str) -> str | None:
        """Return llama.cpp's name of a weight, or None when it has no place for it."""
        return _renamed(name, {theirs: ours for ours, theirs in self.names.items()})


def exact(value: Any) -> float:
    """Return a number that a file keeps in 32 bits as people write it: 1e-05 and no 9.999999747378752e-06."""
    return float(np.format_float_positional(np.float32(value)))


def token_ids(file: GgufFile) -> dict[str, int | None]:
    """Return the tokens that begin, end and fill up texts, as ``config.json`` names them."""
    keys = {"bos": "bos", "eos": "eos", "pad": "padding"}
    return {f"{name}_token_id": file.metadata(f"tokenizer.ggml.{key}_token_id", None) for name, key in keys.items()}


def _renamed(name: str, names: Mapping[str, str]) -> str | None:
    number = NUMBER.search(name)
    found = names.get(NUMBER.sub("*", name, count=1))
    return found.replace("*", number.group()) if found and number else found
