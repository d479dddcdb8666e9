"""The base of the optimizers: clipping by the global norm, decay that spares biases and norms, in-place updates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import keras
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Tensor = Any
Slot = TypeVar("Slot")

DECAYED = ("kernel", "embeddings", "lora_kernel_a", "lora_kernel_b", "token_rows")
"""Leaf names of the weights that decay; biases and norms are left alone."""


class ClippingOptimizer(keras.optimizers.Optimizer, Generic[Slot]):
    """An optimizer that clips by the global norm of the gradients, and keeps the norm for the log.

    Keras' own keep a clipped copy of every gradient and several temporaries of every weight at once on TensorFlow,
    which for GPT-2 is half a gigabyte. Here the norm is computed first, and then XLA clips, decays and updates each
    variable in one pass, in place.

    Args:
        learning_rate: A number or a schedule.
        name: What the optimizer is called.
        decay: Share of the learning rate by which weights shrink in each step.
        clip_norm: Largest global norm of the gradients, or None.
    """

    def __init__(self, learning_rate: Any, name: str, decay: float = 0.0, clip_norm: float | None = None) -> None:
        super().__init__(learning_rate=learning_rate, name=name)
        self.decay = decay
        self.clip_norm = clip_norm

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Allocate the state of every variable."""
        if self.built:
            return
        super().build(variables)
        self.gradient_norm = self.add_variable((), name="gradient_norm")
        self._slots: dict[int, tuple[Slot, bool]] = {}
        for variable in variables:
            kept = (self.slot(variable), variable.path.rsplit("/", 1)[-1] in DECAYED)
            self._slots[id(variable)] = kept
            if keras.backend.backend() == "tensorflow":
                self._slots[id(variable.value)] = kept  # which is what update_step is given there

    def slot(self, variable: keras.Variable) -> Slot:
        """Allocate the state of a variable."""
        raise NotImplementedError

    def apply(self, grads: Sequence[Tensor], trainable_variables: Sequence[keras.Variable] | None = None) -> None:
        """Update the variables; see `keras.optimizers.Optimizer.apply`.

        On TensorFlow nothing is updated where the norm is not finite; on JAX `step.FineTuning` sees to it.
        """
        norm = global_norm(grads)
        self.gradient_norm.assign(norm)
        clip_factor = ops.ones_like(norm)
        if self.clip_norm is not None:
            clip_factor = self.clip_norm / ops.maximum(norm, self.clip_norm)
        # Computed here once, and not for each variable.
        rate = ops.cast(self.learning_rate, "float32")
        self._decays = {True: self.decay * rate, False: ops.zeros_like(rate)}
        self._scalars = (clip_factor, *self.scalars(rate, ops.cast(self.iterations, "float32") + 1))
        update = partial(super().apply, grads, trainable_variables)
        if keras.backend.backend() == "tensorflow":
            if_finite(norm, update)
        else:
            update()

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Update one variable and its state."""
        slot, decays = self._slots[id(variable)]
        self.update(variable, slot, ops.convert_to_tensor(gradient), self._decays[decays], *self._scalars)

    def scalars(self, rate: Tensor, step: Tensor) -> tuple[Tensor, ...]:
        """Compute what the updates of all variables have in common.

        Args:
            rate: The learning rate of this step.
            step: Counted from 1.
        """
        raise NotImplementedError

    def update(self, variable: Any, slot: Slot, gradient: Tensor, decay: Tensor, factor: Tensor, *scalars: Any) -> None:
        """Update one variable.

        Args:
            variable: The weight, a ``tf.Variable`` on TensorFlow.
            slot: Its state.
            gradient: Its gradient, not clipped yet.
            decay: Share by which the weight shrinks.
            factor: What clipping multiplies the gradient with.
            scalars: See `scalars`.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"learning_rate": self.learning_rate, "decay": self.decay, "clip_norm": self.clip_norm}


def assignable(variable: keras.Variable) -> Any:
    """Return what a compiled function reads and assigns: on TensorFlow the variable within Keras' own."""
    return variable.value if keras.backend.backend() == "tensorflow" else variable


def global_norm(gradients: Sequence[Tensor]) -> Tensor:
    """Return the Euclidean norm of all gradients together."""
    return ops.sqrt(sum(map(_squared_norm, gradients), ops.zeros(())))


def if_finite(norm: Tensor, update: Callable[[], None]) -> None:
    """Update only where the norm is finite.

    A conditional and no select, because a select would be fused into the update and round its products differently.
    """
    import tensorflow as tf

    tf.cond(tf.math.is_finite(norm), update, lambda: None)


def _squared_norm(gradient: Tensor) -> Tensor:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return 2 * tf.nn.l2_loss(tf.cast(gradient, "float32"))  # without a squared copy
    return ops.sum(ops.square(ops.cast(gradient, "float32")))
