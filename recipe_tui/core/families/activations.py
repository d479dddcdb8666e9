"""Activation functions by the names that ``config.json`` gives them, those of ``ACT2FN`` in transformers."""

from __future__ import annotations

ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_10": "gelu_10",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_accurate": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_python_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu",
    "relu": "relu",
    "relu2": "relu2",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "silu": "silu",
    "swish": "silu",
    "mish": "mish",
    "hardswish": "hardswish",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "linear": "linear",
}
"""The function that each name stands for; several names stand for one function."""


def activation(name: object) -> str | None:
    """Return the function that a name stands for, or None if it is not supported."""
    return ACTIVATIONS.get(name) if isinstance(name, str) else None
