"""Whether a GPU computes, which decides sizes, layouts and dtypes."""

from __future__ import annotations

import keras


def has_gpu() -> bool:
    """Return whether Keras' backend computes on a GPU."""
    if keras.backend.backend() == "jax":
        import jax

        return bool(jax.default_backend() == "gpu")
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def cache_dtype(compute_dtype: str) -> str:
    """Return the dtype of a KV cache and of the products with it.

    A GPU multiplies bfloat16 faster than float32 and reads half the bytes, so JAX uses the compute dtype there, as
    training does. On a CPU it is float32: XLA has no fast product in bfloat16 there. TensorFlow always uses float32.
    """
    return compute_dtype if keras.backend.backend() == "jax" and has_gpu() else "float32"
