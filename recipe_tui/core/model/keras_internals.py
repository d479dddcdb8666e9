"""What is used of Keras' private attributes, as of Keras 3.15.1; nothing outside this module may name them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

Layer = TypeVar("Layer", bound="keras.layers.Layer")


def layers_of(layer: keras.layers.Layer, kind: type[Layer]) -> list[Layer]:
    """Return all layers of a kind inside a layer, at any depth; it may be one itself."""
    return [one for one in layer._flatten_layers() if isinstance(one, kind)]


def stored_kernel(dense: keras.layers.Dense) -> keras.Variable:
    """Return the variable of a kernel as it is stored; ``Dense.kernel`` is what a LoRA or integers make of it."""
    return dense._kernel


@contextmanager
def unlocked(layer: keras.layers.Layer) -> Iterator[Any]:
    """Allow variables and layers to be added to a layer that is built, as Keras' ``enable_lora`` does."""
    layer._tracker.unlock()
    try:
        yield
    finally:
        layer._tracker.lock()
