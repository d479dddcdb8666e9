"""The training step: forward, backward and update, over as many micro-batches as a step accumulates.

The loss of a step is the summed negative log-likelihood of all its target tokens divided by their number, whatever
micro-batch they are in, so accumulating k batches is the same as one batch k times as large.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.model.loss import next_token_nll
from recipe_tui.core.training.clipping import ClippingOptimizer, global_norm
from recipe_tui.core.training.devices import device_count, own_rows
from recipe_tui.core.training.optimizers import gradient_norm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any
Batch = dict[str, Tensor]
"""``input_ids`` and ``labels``, and where recipes are isolated ``position_ids`` and ``segment_ids``;
integers [blocks, block_size]."""

LOGGED = ("loss", "tokens", "gradient_norm")
"""What each step returns."""

STEPS_PER_CALL = 16
"""Most optimizer steps that one call computes on a GPU."""


class FineTuning(keras.Model):
    """A language model with the next-token loss and its compiled train step.

    Args:
        model: The model; its weights are the ones trained.
        batch_size: Blocks that go through the model at once; a step's blocks are a multiple of it.
    """

    def __init__(self, model: LanguageModel, batch_size: int) -> None:
        super().__init__(name="fine_tuning")
        self.model = model
        self.batch_size = batch_size
        self.built = True  # it has no weights of its own, and JAX asks before it takes a step

    def call(self, batch: Batch, training: bool = False) -> tuple[Tensor, Tensor]:
        """Return the summed negative log-likelihood of a batch in nats, and its number of target tokens."""
        hidden = self.model(
            ops.cast(batch["input_ids"], "int32"),
            position_ids=_optional(batch, "position_ids"),
            segment_ids=_optional(batch, "segment_ids"),
            training=training,
        )
        labels = ops.cast(batch["labels"], "int32")
        tokens = self.model.output_tokens
        return next_token_nll(hidden, tokens.table, labels, training=training, learned=tokens.learned)

    @property
    def steps_per_call(self) -> int:
        """Most steps that `take_steps` takes in one call.

        More than one on a GPU of JAX, which would otherwise wait between two steps until Python has handed over some
        hundred arrays and read the loss: 6 of 52 ms for GPT-2 on an H100.
        """
        one_gpu = keras.backend.backend() == "jax" and has_gpu() and device_count() == 1
        return STEPS_PER_CALL if one_gpu else 1

    def take_steps(self, batches: Iterator[Any], count: int) -> list[dict[str, Any]]:
        """Take optimizer steps on the next batches.

        Args:
            batches: Of `data.training_data`.
            count: Steps, at most `steps_per_call`.

        Returns:
            What `take_step` returns for each.
        """
        if self.steps_per_call == 1:
            return [self.take_step(batches)]
        return self._take_steps_in_one_call([next(batches) for _ in range(count)])

    def take_step(self, batches: Iterator[Any]) -> dict[str, Any]:
        """Take an optimizer step on the next batch: Keras's compiled train function, as ``fit`` calls it.

        Args:
            batches: Of `data.training_data`. On TensorFlow the compiled graph reads it.

        Returns:
            ``loss``, ``tokens`` and ``gradient_norm``.
        """
        if keras.backend.backend() == "jax":
            return dict(self.train_on_batch(own_rows(next(batches)), return_dict=True))
        self.make_train_function()
        return dict(self.train_function(batches))

    def _take_steps_in_one_call(self, batches: Sequence[Batch]) -> list[dict[str, Any]]:
        """Take a step on each batch in one compiled call, which is the same one for any number of them."""
        room = [(0, STEPS_PER_CALL - len(batches)), (0, 0), (0, 0)]
        stacked = {name: np.pad(np.stack([batch[name] for batch in batches]), room) for name in batches[0]}
        variables = (self.trainable_variables, self.non_trainable_variables, self.optimizer.variables)
        state = [[variable.value for variable in kind] for kind in variables]
        state, logged = self._compiled_steps(state, stacked, len(batches))
        for kind, values in zip(variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)
        found = {name: np.asarray(values) for name, values in logged.items()}
        return [{name: values[i] for name, values in found.items()} for i in range(len(batches))]

    @cached_property
    def _compiled_steps(self) -> Any:
        """A function of the weights and optimizer variables, stacked batches and how many of them count."""
        import jax

        def steps(state: Any, batches: Batch, count: Tensor) -> tuple[Any, dict[str, Tensor]]:
            def step(i: Tensor, carry: Any) -> Any:
                state, logged = carry
                logs, state = self._jax_train_step((*state, []), {name: rows[i] for name, rows in batches.items()})
                state = [list(values) for values in state[:3]]
                return state, {name: logged[name].at[i].set(logs[name]) for name in LOGGED}

            nothing = {name: ops.zeros(STEPS_PER_CALL) for name in LOGGED}
            result: tuple[Any, dict[str, Tensor]] = jax.lax.fori_loop(0, count, step, (state, nothing))
            return result

        return jax.jit(steps, donate_argnums=0)

    def train_step(self, *arguments: Any) -> Any:
        """Compute one step. Keras gives the data alone on TensorFlow, and on JAX the state before it."""
        *state, data = arguments
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self._jax_train_step(state[0], batch) if state else self._tensorflow_train_step(batch)

    def test_step(self, *arguments: Any) -> Any:
        """Return the summed loss and the tokens of one validation batch."""
        *state, data = arguments
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not state:
            nll, tokens = self(batch, training=False)
            return {"nll": nll, "tokens": tokens}
        trainable, non_trainable, metrics = state[0]
        (nll, tokens), _ = self.stateless_call(trainable, non_trainable, batch, training=False)
        return {"nll": nll, "tokens": tokens}, (trainable, non_trainable, metrics)

    def validate_on(self, batch: Batch) -> dict[str, float]:
        """Return the summed loss (``nll``) and the ``tokens`` of one validation batch."""
        return dict(self.test_on_batch(own_rows(batch), return_dict=True))

    def _micro_batches(self, batch: Batch) -> Batch:
        """Reshape [blocks, block_size] to [micro-batches, batch_size, block_size], each split over all devices."""
        reshaped = {name: ops.reshape(rows, (-1, self.batch_size, rows.shape[-1])) for name, rows in batch.items()}
        distribution = keras.distribution.distribution()
        if distribution is None:
            return reshaped
        layout = keras.distribution.TensorLayout([None, distribution.batch_dim_name, None], distribution.device_mesh)
        return {name: keras.distribution.distribute_tensor(rows, layout) for name, rows in reshaped.items()}

    def probe(self, batch: Batch) -> None:
        """Compute the gradients of a batch and discard them, to measure the memory.

        No weight, optimizer variable or seed changes.
        """
        seeds = [variable for variable in self.non_trainable_variables if variable.dtype != "float32"]
        before = [ops.convert_to_numpy(variable) for variable in seeds]
        if keras.backend.backend() == "jax":
            import jax

            values = [
                [variable.value for variable in variables]
                for variables in (self.trainable_variables, self.non_trainable_variables, self.optimizer.variables)
            ]
            jax.block_until_ready(jax.jit(self._jax_gradients)(*values, batch))
        else:
            import tensorflow as tf

            tensors = {name: tf.constant(rows) for name, rows in batch.items()}
            tf.function(self._tensorflow_gradients, autograph=False, jit_compile=self.jit_compile)(tensors)
        for variable, value in zip(seeds, before, strict=True):
            variable.assign(value)

    def _tensorflow_train_step(self, batch: Batch) -> dict[str, Tensor]:
        import tensorflow as tf

        nll, tokens, gradients = self._tensorflow_gradients(batch)
        self.optimizer.apply(gradients, self.trainable_variables)
        norm = tf.identity(gradient_norm(self.optimizer))  # outside a graph, the variable itself could not be returned
        return {"loss": nll / tokens, "tokens": tokens, "gradient_norm": norm}

    def _tensorflow_gradients(self, batch: Batch) -> tuple[Tensor, Tensor, list[Tensor]]:
        import tensorflow as tf

        tokens = _targets(batch["labels"])
        variables = [variable.value for variable in self.trainable_variables]

        def micro_step(micro_batch: Batch) -> tuple[Tensor, list[Tensor]]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(variables)  # these alone, so that nothing is kept for frozen weights
                nll, _ = self(micro_batch, training=True)
                loss = self.optimizer.scale_loss(nll / tokens)
            gradients = tape.gradient(loss, variables)
            return nll, [tf.convert_to_tensor(gradient) for gradient in gradients]

        if batch["input_ids"].shape[0] == self.batch_size:
            nll, gradients = micro_step(batch)
            return nll, tokens, gradients
        micro_batches = self._micro_batches(batch)

        def accumulate(i: Tensor, nll: Tensor, gradients: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
            more_nll, more = micro_step({name: rows[i] for name, rows in micro_batches.items()})
            return i + 1, nll + more_nll, [old + new for old, new in zip(gradients, more, strict=True)]

        count = tf.shape(micro_batches["input_ids"])[0]
        zeros = [tf.zeros(variable.shape, variable.dtype) for variable in variables]
        _, nll, gradients = tf.while_loop(
            lambda i, *_: i < count, accumulate, (0, tf.zeros(()), zeros), parallel_iterations=1
        )
        return nll, tokens, gradients

    def _jax_train_step(self, state: Any, batch: Batch) -> tuple[dict[str, Tensor], Any]:
        trainable, non_trainable, optimizer_variables, metrics = state
        nll, tokens, gradients, non_trainable = self._jax_gradients(
            trainable, non_trainable, optimizer_variables, batch
        )
        trainable, optimizer_variables, norm = self._jax_update(trainable, optimizer_variables, gradients)
        logs = {"loss": nll / tokens, "tokens": tokens, "gradient_norm": norm}
        return logs, (trainable, non_trainable, optimizer_variables, metrics)

    def _jax_update(self, trainable: Any, optimizer_variables: Any, gradients: Any) -> tuple[Any, Any, Tensor]:
        """Return the weights and optimizer variables after an update, and the norm of the gradients."""
        import jax

        def update() -> Any:
            return self.optimizer.stateless_apply(optimizer_variables, gradients, trainable)

        if not isinstance(self.optimizer, ClippingOptimizer):  # a loss scaler, which skips overflows itself
            trainable, optimizer_variables = update()
            values = zip(self.optimizer.variables, optimizer_variables, strict=True)
            norm_variable = gradient_norm(self.optimizer)
            return trainable, optimizer_variables, next(value for one, value in values if one is norm_variable)
        norm = global_norm(gradients)
        return *jax.lax.cond(ops.isfinite(norm), update, lambda: (trainable, optimizer_variables)), norm

    def _jax_gradients(self, trainable: Any, non_trainable: Any, optimizer_variables: Any, batch: Batch) -> Any:
        import jax

        tokens = _targets(batch["labels"])

        def scaled_loss(trainable: Any, non_trainable: Any, micro_batch: Batch) -> tuple[Tensor, Any]:
            (nll, _), non_trainable = self.stateless_call(trainable, non_trainable, micro_batch, training=True)
            mapping = list(zip(self.optimizer.variables, optimizer_variables, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                return self.optimizer.scale_loss(nll / tokens), (nll, non_trainable)

        def accumulate(carry: Any, micro_batch: Batch) -> tuple[Any, None]:
            nll, gradients, non_trainable = carry
            more, (more_nll, non_trainable) = jax.grad(scaled_loss, has_aux=True)(trainable, non_trainable, micro_batch)
            gradients = [old + new for old, new in zip(gradients, more, strict=True)]
            return (nll + more_nll, gradients, non_trainable), None

        zeros = [ops.zeros(value.shape, value.dtype) for value in trainable]
        start = (ops.zeros(()), zeros, non_trainable)
        (nll, gradients, non_trainable), _ = jax.lax.scan(accumulate, start, self._micro_batches(batch))
        return nll, tokens, gradients, non_trainable


def _optional(batch: Batch, name: str) -> Tensor | None:
    return ops.cast(batch[name], "int32") if name in batch else None


def _targets(labels: Tensor) -> Tensor:
    """Count the tokens that are predicted: every label but each row's first, which nothing comes before."""
    count = ops.sum(ops.cast(labels[:, 1:] != IGNORED_LABEL, "float32"))
    return ops.maximum(count, 1.0)
