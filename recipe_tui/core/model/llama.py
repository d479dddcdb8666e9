"""Llama in Keras 3, with Hugging Face's names: the architecture of Llama 3, TinyLlama, SmolLM2 and others.

"LLaMA: Open and Efficient Foundation Language Models" (Touvron et al., 2023). In place of a position embedding, queries
and keys are rotated (RoPE); normalizations have no mean, the MLP is gated, and there is no dropout. Layer names are
those of `transformers`' ``LlamaForCausalLM``, whose ``Linear`` stores a kernel transposed compared with a ``Dense``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.families.llama import head_size
from recipe_tui.core.families.rope import inverse_frequencies
from recipe_tui.core.model.attention import Attention
from recipe_tui.core.model.decoder import Block, LanguageModel, Shape
from recipe_tui.core.model.embedding import TokenEmbedding
from recipe_tui.core.model.fused_ops import RMSNormalization, fused
from recipe_tui.core.model.position_embeddings import rotary_embeddings
from recipe_tui.core.model.projection import Projection

if TYPE_CHECKING:
    from recipe_tui.core.model.position_embeddings import PositionEmbeddings

Tensor = Any


def swiglu(gate: Tensor, up: Tensor) -> Tensor:
    """Gate one projection by another ("GLU Variants Improve Transformer", Shazeer, 2020)."""
    return gate * ops.sigmoid(gate) * up  # TensorFlow's own silu has a custom gradient, see `LanguageModel._decode`


fused_swiglu = fused(swiglu)


class LlamaAttention(Attention):
    """Causal self-attention; several heads of queries share one of keys and values.

    Args:
        config: The shape, Hugging Face's configuration.
        bias: Whether the projections of queries, keys and values have biases.
        output_bias: Whether the output projection has one.
    """

    def __init__(self, config: Any, bias: bool, output_bias: bool, **kwargs: Any) -> None:
        super().__init__(head_size(config.to_dict()), **kwargs)
        width, keys = self.head_size * config.num_attention_heads, self.head_size * config.num_key_value_heads
        self.q_proj = _projection(config, width, bias, "q_proj")
        self.k_proj = _projection(config, keys, bias, "k_proj")
        self.v_proj = _projection(config, keys, bias, "v_proj")
        self.o_proj = _projection(config, config.hidden_size, output_bias, "o_proj")

    def build(self, x_shape: Shape) -> None:
        """Create the weights."""
        for projection in (self.q_proj, self.k_proj, self.v_proj):
            projection.build(x_shape)
        self.o_proj.build((*x_shape[:-1], self.q_proj.units))

    def project_qkv(self, x: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """See `Attention.project_qkv`."""
        return self.by_heads(self.q_proj(x)), self.by_heads(self.k_proj(x)), self.by_heads(self.v_proj(x))

    def project_output(self, x: Tensor, training: bool) -> Tensor:
        """See `Attention.project_output`."""
        return self.o_proj(x)


class MLP(keras.layers.Layer):
    """Two projections in parallel, one of which gates the other, and one back to the model's width."""

    def __init__(self, config: Any, bias: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gate_proj = _projection(config, config.intermediate_size, bias, "gate_proj")
        self.up_proj = _projection(config, config.intermediate_size, bias, "up_proj")
        self.down_proj = _projection(config, config.hidden_size, bias, "down_proj")

    def build(self, x_shape: Shape) -> None:
        """Create the weights."""
        self.gate_proj.build(x_shape)
        self.up_proj.build(x_shape)
        self.down_proj.build((*x_shape[:-1], self.up_proj.units))

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Map [..., hidden_size] to the same shape, each position separately."""
        return self.down_proj((fused_swiglu if training else swiglu)(self.gate_proj(x), self.up_proj(x)))


class Llama(LanguageModel):
    """The decoder; see `LanguageModel`.

    Args:
        config: The shape, Hugging Face's ``LlamaConfig``.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config, name="model")
        self.embed_tokens = _table(config, "embed_tokens")
        self.blocks = [self.block(config, f"layers_{i}") for i in range(config.num_hidden_layers)]
        self.final_norm = RMSNormalization(epsilon=config.rms_norm_eps, name="norm")
        self.lm_head = None if config.tie_word_embeddings else _table(config, "lm_head")
        self.frequencies = inverse_frequencies(head_size(config.to_dict()), config.rope_parameters)

    def block(self, config: Any, name: str) -> Block:
        """Make a block."""
        return Block(
            RMSNormalization(epsilon=config.rms_norm_eps, name="input_layernorm"),
            self.attention(config),
            RMSNormalization(epsilon=config.rms_norm_eps, name="post_attention_layernorm"),
            self.mlp(config),
            name,
        )

    def attention(self, config: Any) -> Attention:
        """Make the attention of a block."""
        return LlamaAttention(config, config.attention_bias, config.attention_bias, name="self_attn")

    def mlp(self, config: Any) -> MLP:
        """Make the MLP of a block."""
        return MLP(config, config.mlp_bias, name="mlp")

    def build(self, input_shape: Shape) -> None:
        """Create the weights."""
        self.embed_tokens.build()
        if self.lm_head is not None:
            self.lm_head.build()
        super().build(input_shape)

    @property
    def input_tokens(self) -> TokenEmbedding:
        """See `LanguageModel.input_tokens`."""
        return self.embed_tokens

    @property
    def output_tokens(self) -> TokenEmbedding:
        """See `LanguageModel.output_tokens`."""
        return self.lm_head or self.embed_tokens

    def embed(self, token_ids: Tensor, position_ids: Tensor, training: bool) -> Tensor:
        """See `LanguageModel.embed`."""
        return self.embed_tokens(token_ids)

    def position_embeddings(self, position_ids: Tensor) -> PositionEmbeddings:
        """See `LanguageModel.position_embeddings`."""
        return rotary_embeddings(position_ids, self.frequencies)


def _projection(config: Any, outputs: int, bias: bool, name: str) -> Projection:
    return Projection(outputs, use_bias=bias, kernel_initializer=_normal(config), name=name)


def _table(config: Any, name: str) -> TokenEmbedding:
    return TokenEmbedding(config.vocab_size, config.hidden_size, embeddings_initializer=_normal(config), name=name)


def _normal(config: Any) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=config.initializer_range)
