"""GPT-2's activations; the values are those of PyTorch's ``ACT2FN``."""

import keras
import numpy as np
import pytest

from recipe_tui.core.families.activations import ACTIVATIONS
from recipe_tui.core.model import gpt2

INPUTS = [-12.0, -3.0, -0.5, 0.7, 11.0]
GELU = [0.0, -0.00405, -0.15427, 0.53063, 11.0]
GELU_TANH = [0.0, -0.00364, -0.15429, 0.53057, 11.0]
SILU = [-7e-05, -0.14228, -0.18877, 0.46773, 10.99982]
OUTPUTS = {
    "gelu": GELU,
    "gelu_python": GELU,
    "gelu_10": [*GELU[:4], 10.0],
    "gelu_new": GELU_TANH,
    "gelu_fast": GELU_TANH,
    "gelu_accurate": GELU_TANH,
    "gelu_pytorch_tanh": GELU_TANH,
    "gelu_python_tanh": GELU_TANH,
    "quick_gelu": [0.0, -0.01807, -0.14961, 0.53689, 11.0],
    "relu": [0.0, 0.0, 0.0, 0.7, 11.0],
    "relu2": [0.0, 0.0, 0.0, 0.49, 121.0],
    "relu6": [0.0, 0.0, 0.0, 0.7, 6.0],
    "leaky_relu": [-0.12, -0.03, -0.005, 0.7, 11.0],
    "silu": SILU,
    "swish": SILU,
    "mish": [-7e-05, -0.14565, -0.22074, 0.56115, 11.0],
    "hardswish": [0.0, 0.0, -0.20833, 0.43167, 11.0],
    "sigmoid": [1e-05, 0.04743, 0.37754, 0.66819, 0.99998],
    "tanh": [-1.0, -0.99505, -0.46212, 0.60437, 1.0],
    "linear": INPUTS,
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_name_stands_for_the_function_that_pytorch_has(name):
    inputs = keras.ops.convert_to_tensor(np.float32(INPUTS))
    for functions in (gpt2.ACTIVATIONS, gpt2.FUSED_ACTIVATIONS):
        found = keras.ops.convert_to_numpy(functions[ACTIVATIONS[name]](inputs))
        np.testing.assert_allclose(found, OUTPUTS[name], atol=2e-5)


def test_every_name_is_compared():
    assert OUTPUTS.keys() == ACTIVATIONS.keys()
