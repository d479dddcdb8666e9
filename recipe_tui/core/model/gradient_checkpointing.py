"""Gradient checkpointing: of each layer its input alone is kept, and the rest worked out again in the backward pass.

"Training Deep Nets with Sublinear Memory Cost" (Chen et al., 2016), by ``keras.remat``. That differentiates functions
of tensors, so a layer is made one here: what learns is an argument, and what is frozen gets no gradient. Seeds are
drawn before it, so that dropout drops the same the second time, and the same as without gradient checkpointing.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.model.fused_ops import again

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.model.families import LanguageModel

Tensor = Any


def rematerializable(call: Callable[..., tuple[Tensor, Any]]) -> Callable[..., tuple[Tensor, Any]]:
    """Make the ``call`` of a layer one that is worked out again where the layer's ``gradient_checkpointing`` is set.

    The layer must not autocast, or the function would get rounded weights. Its second result is None then.
    """

    @wraps(call)
    def checkpointed(layer: Any, x: Tensor, *others: Any, training: bool = False, **named: Any) -> tuple[Tensor, Any]:
        if training and layer.gradient_checkpointing:
            return _again_in_backward(partial(call, layer), layer, x, *others, **named), None
        return call(layer, x, *others, training=training, **named)

    return checkpointed


def enable_gradient_checkpointing(model: LanguageModel) -> None:
    """Have a model keep only the input of each block in training."""
    for block in model.blocks:
        block.gradient_checkpointing = True


def _again_in_backward(call: Any, layer: Any, x: Tensor, *arguments: Any, **named: Any) -> Tensor:
    learned = layer.trainable_variables
    seeds = {id(one.state): (one.state, one.next()) for one in map(_seeds, layer._flatten_layers()) if one is not None}
    others = [one for one in layer.variables if not one.trainable and id(one) not in seeds]
    fixed = [(variable, ops.convert_to_tensor(variable)) for variable in others]

    def run(x: Tensor, *values: Tensor) -> Tensor:
        drawn = again(x, *(seed for _, seed in seeds.values()))  # or TensorFlow would keep what was dropped
        states = zip((state for state, _ in seeds.values()), drawn, strict=True)
        with keras.StatelessScope([*fixed, *states, *zip(learned, values, strict=True)]):
            return call(x, *arguments, training=True, **named)[0]

    return keras.remat(run)(x, *map(ops.convert_to_tensor, learned))


def _seeds(layer: keras.layers.Layer) -> keras.random.SeedGenerator | None:
    return getattr(layer, "seed_generator", None) if isinstance(layer, keras.layers.Dropout) else None
