"""GPT-2 in Keras 3, with Hugging Face's names and weight layout.

"Language Models are Unsupervised Multitask Learners" (Radford et al., 2019). Positions are embedded like tokens, and
the head is tied to the token embedding. Layer names are those of `transformers`' ``GPT2LMHeadModel``, and a ``Dense``
kernel is stored as its ``Conv1D`` stores it ([inputs, outputs]), so that weights load and save one to one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.families.activations import ACTIVATIONS as ACTIVATION_NAMES
from recipe_tui.core.model.attention import Attention
from recipe_tui.core.model.decoder import Block, LanguageModel, Shape
from recipe_tui.core.model.embedding import TokenEmbedding
from recipe_tui.core.model.fused_ops import LayerNormalization, fused
from recipe_tui.core.model.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import GPT2Config

Tensor = Any

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "gelu_10": lambda x: ops.clip(ops.gelu(x, approximate=False), -10.0, 10.0),
    "gelu_tanh": lambda x: ops.gelu(x, approximate=True),
    "quick_gelu": lambda x: x * ops.sigmoid(1.702 * x),
    "relu": ops.relu,
    "relu2": lambda x: ops.square(ops.relu(x)),
    "relu6": ops.relu6,
    "leaky_relu": lambda x: ops.leaky_relu(x, negative_slope=0.01),
    "silu": lambda x: x * ops.sigmoid(x),  # without the custom gradient of TensorFlow's, see `LanguageModel._decode`
    "mish": lambda x: x * ops.tanh(ops.softplus(x)),
    "hardswish": lambda x: x * ops.relu6(x + 3.0) / 6.0,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "linear": lambda x: x,
}
"""By the names in `recipe_tui.core.families.activations`."""

FUSED_ACTIVATIONS = {name: fused(activation) for name, activation in ACTIVATIONS.items()}


class GPT2Attention(Attention):
    """Causal self-attention with one projection for queries, keys and values."""

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(config.n_embd // config.n_head, **kwargs)
        self.c_attn = Projection(3 * config.n_embd, kernel_initializer=_normal(config), name="c_attn")
        self.c_proj = Projection(config.n_embd, kernel_initializer=_residual(config), name="c_proj")
        self.resid_dropout = keras.layers.Dropout(config.resid_pdrop)

    def build(self, x_shape: Shape) -> None:
        """Create the weights."""
        self.c_attn.build(x_shape)
        self.c_proj.build(x_shape)

    def project_qkv(self, x: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """See `Attention.project_qkv`."""
        query, key, value = (self.by_heads(part) for part in ops.split(self.c_attn(x), 3, axis=-1))
        return query, key, value

    def project_output(self, x: Tensor, training: bool) -> Tensor:
        """See `Attention.project_output`."""
        return self.resid_dropout(self.c_proj(x), training=training)


class MLP(keras.layers.Layer):
    """Two projections with an activation between them, four times as wide inside."""

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        inner = config.n_inner or 4 * config.n_embd
        self.c_fc = Projection(inner, kernel_initializer=_normal(config), name="c_fc")
        self.activation = ACTIVATION_NAMES[config.activation_function]
        self.c_proj = Projection(config.n_embd, kernel_initializer=_residual(config), name="c_proj")
        self.dropout = keras.layers.Dropout(config.resid_pdrop)

    def build(self, x_shape: Shape) -> None:
        """Create the weights."""
        self.c_fc.build(x_shape)
        self.c_proj.build((*x_shape[:-1], self.c_fc.units))

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Map [..., n_embd] to the same shape, each position separately."""
        activation = (FUSED_ACTIVATIONS if training else ACTIVATIONS)[self.activation]
        return self.dropout(self.c_proj(activation(self.c_fc(x))), training=training)


class GPT2(LanguageModel):
    """The decoder; see `LanguageModel`.

    Args:
        config: The shape and dropout rates, Hugging Face's ``GPT2Config``.
    """

    def __init__(self, config: GPT2Config) -> None:
        super().__init__(config, name="transformer")
        normal = _normal(config)
        self.wte = TokenEmbedding(config.vocab_size, config.n_embd, embeddings_initializer=normal, name="wte")
        self.wpe = keras.layers.Embedding(config.n_positions, config.n_embd, embeddings_initializer=normal, name="wpe")
        self.drop = keras.layers.Dropout(config.embd_pdrop)
        self.blocks = [_block(config, f"h_{i}") for i in range(config.n_layer)]
        self.final_norm = LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_f")

    def build(self, input_shape: Shape) -> None:
        """Create the weights."""
        self.wte.build()
        self.wpe.build()
        super().build(input_shape)

    @property
    def input_tokens(self) -> TokenEmbedding:
        """See `LanguageModel.input_tokens`."""
        return self.wte

    @property
    def output_tokens(self) -> TokenEmbedding:
        """The token embedding: the head is always tied."""
        return self.wte

    def embed(self, token_ids: Tensor, position_ids: Tensor, training: bool) -> Tensor:
        """See `LanguageModel.embed`."""
        return self.drop(self.wte(token_ids) + self.wpe(position_ids), training=training)


def _block(config: GPT2Config, name: str) -> Block:
    return Block(
        LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_1"),
        GPT2Attention(config, name="attn"),
        LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_2"),
        MLP(config, name="mlp"),
        name,
    )


def _normal(config: GPT2Config) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=config.initializer_range)


def _residual(config: GPT2Config) -> keras.initializers.Initializer:
    """Projections that add to the residual stream start smaller, by the number of additions (GPT-2 paper, 2.3)."""
    return keras.initializers.RandomNormal(stddev=config.initializer_range / (2 * config.n_layer) ** 0.5)
