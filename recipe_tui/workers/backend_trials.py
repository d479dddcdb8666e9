"""``python -m recipe_tui.workers.backend_trials``: runs on a backend what trainings use, each thing once.

The backend is that of ``KERAS_BACKEND``. A line of JSON on stdout is the outcome of a trial; what fails says why, and
the other trials run all the same. What takes long is given in processor time, which other programs lengthen little.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 256
"""Rows and columns of the matrices that are multiplied."""

ROUNDS = 20
"""Times each product is computed; the shortest counts, which other programs interrupt least."""

BFLOAT16_ERROR = 0.02
"""Largest relative error of a bfloat16 product, whose factors have 8 significant bits."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of a trial.

    Attributes:
        name: What was tried.
        status: ``ok``, ``failed``, or ``unavailable`` where this device has no such thing.
        found: The figures, or why it failed.
    """

    name: str
    status: str
    found: str


def trials() -> Iterator[Trial]:
    """Try the products, attention and a step, one after the other."""
    for name, trial in TRIALS.items():
        try:
            status, found = trial()
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            status, found = "failed", f"{type(error).__name__}: {lines[0]}"
        yield Trial(name, status, found)


def try_xla() -> tuple[str, str]:
    """Compile a product by XLA, and compare it with the product that is not compiled."""
    import keras
    import numpy as np

    x = np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32)
    began = time.process_time()
    if keras.backend.backend() == "jax":
        import jax

        product = np.asarray(jax.jit(lambda one: one @ one)(x))
    else:
        import tensorflow as tf

        product = tf.function(lambda one: tf.matmul(one, one), jit_compile=True)(x).numpy()
    seconds = time.process_time() - began
    error = float(np.abs(product - x @ x).max())
    if error > 1:  # TF32 on a GPU differs by some hundredths
        return "failed", f"a compiled product is wrong by {error:.3g}"
    return "ok", f"compiled a product in {seconds:.1f} s of processor time"


def try_bfloat16() -> tuple[str, str]:
    """Multiply in bfloat16, and compare value and time with float32."""
    import numpy as np
    from keras import ops

    x = np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32)

    def product(dtype: str) -> tuple[Any, float]:
        matrix, times = ops.cast(ops.convert_to_tensor(x), dtype), []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            result = ops.convert_to_numpy(ops.cast(ops.matmul(matrix, matrix), "float32"))
            times.append(time.perf_counter() - began)
        return result, min(times)

    exact, plain = product("float32")
    rounded, taken = product("bfloat16")
    error = float(np.linalg.norm(rounded - exact) / np.linalg.norm(exact))
    if error > BFLOAT16_ERROR:
        return "failed", f"a bfloat16 product is wrong by {error:.1%}"
    return "ok", f"a bfloat16 product takes {taken / max(plain, 1e-9):.1f} times as long as a float32 one"


def try_flash_attention() -> tuple[str, str]:
    """Attend by the fused kernels of a GPU, which JAX has."""
    import keras
    from keras import ops

    if keras.backend.backend() != "jax":
        return "unavailable", "TensorFlow has none; attention recomputes its weights instead"
    import jax

    if jax.default_backend() != "gpu":
        return "unavailable", "needs an NVIDIA GPU"
    one = ops.cast(keras.random.normal((1, 128, 4, 64), seed=0), "bfloat16")
    fused = ops.dot_product_attention(one, one, one, is_causal=True, flash_attention=True)
    plain = ops.dot_product_attention(one, one, one, is_causal=True, flash_attention=False)
    error = float(ops.max(ops.abs(ops.cast(fused, "float32") - ops.cast(plain, "float32"))))
    return ("ok", "cuDNN's kernels agree with plain attention") if error < 0.1 else ("failed", f"wrong by {error:.3g}")


def try_step() -> tuple[str, str]:
    """Take an optimizer step of a tiny GPT-2."""
    import math

    import numpy as np

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.model.weights import new_model, read_config
    from recipe_tui.core.paths import SAMPLE_MODEL
    from recipe_tui.core.training.optimizers import make_optimizer
    from recipe_tui.core.training.step import FineTuning

    config = read_config(SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head = 1, 32, 2
    training = FineTuning(new_model(config), 1)
    optimizer, _ = make_optimizer(TrainingConfig(), 1)
    training.compile(optimizer=optimizer, jit_compile=False)
    optimizer.build(training.trainable_variables)
    ids = np.arange(32, dtype=np.int32)[None]
    began = time.process_time()
    logs = training.train_on_batch({"input_ids": ids, "labels": ids}, return_dict=True)
    loss = float(logs["loss"])
    if not math.isfinite(loss):
        return "failed", f"the loss of a step is {loss}"
    return "ok", f"took a step of a tiny model in {time.process_time() - began:.1f} s of processor time"


TRIALS: dict[str, Callable[[], tuple[str, str]]] = {
    "xla": try_xla,
    "bfloat16": try_bfloat16,
    "flash attention": try_flash_attention,
    "step": try_step,
}


def main() -> None:
    """Print each outcome as a line of JSON."""
    from recipe_tui.core.backend import select_backend

    select_backend()
    for trial in trials():
        sys.stdout.write(json.dumps(asdict(trial)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
