"""Gradient checkpointing: only the input of each block is kept; the backward pass recomputes the rest.

"Training Deep Nets with Sublinear Memory Cost" (Chen et al., 2016), by ``keras.remat``. That differentiates functions
of tensors, while a layer's ``call`` reads variables. So ``call`` is turned into a function here: trainable weights
become arguments, and frozen ones constants. The seeds of dropout are drawn before, so that the recomputation drops the
same values, and the same as without gradient checkpointing.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.model.fused_ops import with_dependency
from recipe_tui.core.model.keras_internals import layers_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any


def gradient_checkpointed(call: Callable[..., tuple[Tensor, Any]]) -> Callable[..., tuple[Tensor, Any]]:
    """Decorate the ``call`` of a layer so that it is recomputed where the layer's ``gradient_checkpointing`` is set.

    The layer must not autocast, or the function would get rounded weights. Its second result is None then.
    """

    @wraps(call)
    def checkpointed(layer: Any, x: Tensor, *others: Any, training: bool = False, **named: Any) -> tuple[Tensor, Any]:
        if training and layer.gradient_checkpointing:
            return _recomputed(partial(call, layer), layer, x, *others, **named), None
        return call(layer, x, *others, training=training, **named)

    return checkpointed


def enable_gradient_checkpointing(model: LanguageModel) -> None:
    """Keep only the input of each block in training."""
    for block in model.blocks:
        block.gradient_checkpointing = True


def _recomputed(call: Callable[..., Any], layer: Any, x: Tensor, *arguments: Any, **named: Any) -> Tensor:
    """Return ``call(x, *arguments)[0]`` by a function of tensors that ``keras.remat`` can differentiate."""
    trainable = layer.trainable_variables
    seeds = [(dropout.seed_generator.state, dropout.seed_generator.next()) for dropout in _dropouts(layer)]
    drawn_from = {id(state) for state, _ in seeds}
    fixed = [
        (variable, ops.convert_to_tensor(variable))
        for variable in layer.variables
        if not variable.trainable and id(variable) not in drawn_from
    ]

    def run(x: Tensor, *values: Tensor) -> Tensor:
        # Without the dependency TensorFlow finds that both passes draw the same masks, and keeps them.
        drawn = with_dependency(x, *(seed for _, seed in seeds))
        states = zip((state for state, _ in seeds), drawn, strict=True)
        with keras.StatelessScope([*fixed, *states, *zip(trainable, values, strict=True)]):
            return call(x, *arguments, training=True, **named)[0]

    return keras.remat(run)(x, *map(ops.convert_to_tensor, trainable))


def _dropouts(layer: keras.layers.Layer) -> list[Any]:
    """Return the dropout layers that draw random numbers; one of rate 0 has no seeds."""
    return [one for one in layers_of(layer, keras.layers.Dropout) if getattr(one, "seed_generator", None) is not None]
