"""Llama in Keras 3, with Hugging Face's names: the architecture of Llama 3, TinyLlama, SmolLM2 and others.

"LLaMA: Open and Efficient Foundation Language Models" (Touvron et al., 2023). Read it from the bottom, beside
`recipe_tui.core.model.gpt2`: `Llama` embeds tokens alone, passes them through `Block` after `Block`, in which positions
turn queries and keys, and normalises; the head is the token embedding again, or a table of its own. Layer names are
those of `transformers`' ``LlamaForCausalLM``, whose ``Linear`` stores a kernel the other way round than a ``Dense``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.families.rope import inverse_frequencies
from recipe_tui.core.model.attention import Cache, attend, attend_to_cache, segment_mask
from recipe_tui.core.model.embedding import TokenEmbedding
from recipe_tui.core.model.fused_ops import RMSNormalization, fused
from recipe_tui.core.model.gradient_checkpointing import rematerializable
from recipe_tui.core.model.projection import Projection
from recipe_tui.core.model.rotary import angles, rotate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import LlamaConfig

Tensor = Any
Angles = tuple[Tensor, Tensor]


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """Let one projection open and close another: SwiGLU ("GLU Variants Improve Transformer", Shazeer, 2020)."""
    return gate * ops.sigmoid(gate) * up  # TensorFlow never lets go of a graph with its own silu, nor of the weights


fused_gated = fused(gated)


class Attention(keras.layers.Layer):
    """Causal self-attention; several heads of queries share one of keys and values."""

    def __init__(self, config: LlamaConfig, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)  # angles stay float32; the projections cast what they are given
        self.heads = config.num_attention_heads
        self.key_heads = config.num_key_value_heads
        self.head_size = config.head_dim
        bias = config.attention_bias
        self.q_proj = _projection(config, self.heads * self.head_size, bias, "q_proj")
        self.k_proj = _projection(config, self.key_heads * self.head_size, bias, "k_proj")
        self.v_proj = _projection(config, self.key_heads * self.head_size, bias, "v_proj")
        self.o_proj = _projection(config, config.hidden_size, bias, "o_proj")

    def call(
        self, x: Tensor, turn: Angles, attention_mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Mix each position with those it may see.

        Args:
            x: [batch, length, hidden_size].
            turn: See `angles`, of the positions.
            attention_mask: Boolean [batch or 1, 1, length, length], True where attention is allowed; None means causal.
            training: Whether gradients will be asked for.

        Returns:
            [batch, length, hidden_size], and the keys and values, each [batch, length, key_heads, head_size].
        """
        batch, length, _ = ops.shape(x)
        query = rotate(ops.reshape(self.q_proj(x), (batch, length, self.heads, self.head_size)), *turn)
        key = rotate(ops.reshape(self.k_proj(x), (batch, length, self.key_heads, self.head_size)), *turn)
        value = ops.reshape(self.v_proj(x), (batch, length, self.key_heads, self.head_size))
        attended = attend(query, key, value, attention_mask, training)
        return self.o_proj(ops.reshape(attended, (batch, length, self.heads * self.head_size))), (key, value)

    def step(self, x: Tensor, turn: Angles, cache: Cache, length: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Mix one new position of each text with those before it.

        Args:
            x: [batch, hidden_size].
            turn: See `angles`, of the new position.
            cache: Keys and values of the positions before.
            length: How many those are.

        Returns:
            [batch, hidden_size], and the new position's keys and values, each float32 [batch, key_heads, head_size].
        """
        size = self.head_size

        def by_heads(projected: Tensor) -> Tensor:
            return ops.reshape(ops.cast(projected, "float32"), (-1, projected.shape[-1] // size, size))

        query, key = rotate(by_heads(self.q_proj(x)), *turn), rotate(by_heads(self.k_proj(x)), *turn)
        value = by_heads(self.v_proj(x))
        return self.o_proj(attend_to_cache(query, key, value, cache, length)), (key, value)


class MLP(keras.layers.Layer):
    """Two projections side by side, one of which gates the other, and one back."""

    def __init__(self, config: LlamaConfig, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gate_proj = _projection(config, config.intermediate_size, config.mlp_bias, "gate_proj")
        self.up_proj = _projection(config, config.intermediate_size, config.mlp_bias, "up_proj")
        self.down_proj = _projection(config, config.hidden_size, config.mlp_bias, "down_proj")

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Map [..., hidden_size] to the same shape, each position by itself."""
        return self.down_proj((fused_gated if training else gated)(self.gate_proj(x), self.up_proj(x)))


class Block(keras.layers.Layer):
    """Attention and MLP, each on a normalised copy and added back.

    Attributes:
        gradient_checkpointing: Whether the backward pass works the block out again.
    """

    gradient_checkpointing = False

    def __init__(self, config: LlamaConfig, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)  # as in `Attention`
        self.input_layernorm = RMSNormalization(epsilon=config.rms_norm_eps, name="input_layernorm")
        self.self_attn = Attention(config, name="self_attn")
        self.post_attention_layernorm = RMSNormalization(epsilon=config.rms_norm_eps, name="post_attention_layernorm")
        self.mlp = MLP(config, name="mlp")

    @rematerializable
    def call(
        self, x: Tensor, turn: Angles, attention_mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `Attention.call`."""
        normalised = self.input_layernorm(x, training=training)
        attended, keys_and_values = self.self_attn(normalised, turn, attention_mask, training=training)
        x = x + attended
        normalised = self.post_attention_layernorm(x, training=training)
        return x + self.mlp(normalised, training=training), keys_and_values

    def step(self, x: Tensor, turn: Angles, cache: Cache, length: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `Attention.step`."""
        attended, key_and_value = self.self_attn.step(self.input_layernorm(x), turn, cache, length)
        x = x + attended
        return x + self.mlp(self.post_attention_layernorm(x)), key_and_value


class Llama(keras.Model):
    """The decoder: token ids in, hidden states out; `logits` turns those into scores over the vocabulary.

    It has no dropout.

    Args:
        config: The shape, Hugging Face's ``LlamaConfig``.
    """

    def __init__(self, config: LlamaConfig, **kwargs: Any) -> None:
        super().__init__(name=kwargs.pop("name", "model"), **kwargs)
        self.config = config
        self.embed_tokens = _table(config, "embed_tokens")
        self.blocks = [Block(config, name=f"layers_{i}") for i in range(config.num_hidden_layers)]
        self.norm = RMSNormalization(epsilon=config.rms_norm_eps, name="norm")
        self.lm_head = None if config.tie_word_embeddings else _table(config, "lm_head")
        self.frequencies = inverse_frequencies(config.head_dim, config.rope_parameters)

    def build(self, input_shape: Any) -> None:
        """Make the head's table, which no layer calls."""
        if self.lm_head is not None:
            self.lm_head.build()
        super().build(input_shape)

    @property
    def input_tokens(self) -> TokenEmbedding:
        """What tokens are read by."""
        return self.embed_tokens

    @property
    def output_tokens(self) -> TokenEmbedding:
        """What tokens are scored by; the embedding again where the head is tied."""
        return self.lm_head or self.embed_tokens

    def call(
        self,
        input_ids: Tensor,
        position_ids: Tensor | None = None,
        segment_ids: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        """Compute the hidden state of every position.

        Args:
            input_ids: Integer [batch, length].
            position_ids: Integer [batch, length]; counted from 0 when None.
            segment_ids: Integer [batch, length]; positions see only their own segment. None: one segment.
            training: Whether gradients will be asked for.

        Returns:
            [batch, length, hidden_size] in the compute dtype.
        """
        if position_ids is None:
            position_ids = ops.arange(ops.shape(input_ids)[1])
        mask = None if segment_ids is None else segment_mask(segment_ids)
        turn = angles(position_ids, self.frequencies)
        x = self.embed_tokens(input_ids)
        for block in self.blocks:
            x, _ = block(x, turn, mask, training=training)
        return self.norm(x, training=training)

    def prefill(self, input_ids: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read the beginning of texts that are to be gone on with by `step`.

        Args:
            input_ids: Integer [batch, length].

        Returns:
            Hidden states [batch, length, hidden_size], and for each layer keys and values, see `Cache.holding`.
        """
        turn = angles(ops.arange(ops.shape(input_ids)[1]), self.frequencies)
        x = self.embed_tokens(input_ids)
        read = []
        for block in self.blocks:
            x, keys_and_values = block(x, turn, None)
            read.append(keys_and_values)
        return self.norm(x), read

    def step(
        self, token_ids: Tensor, caches: Sequence[Cache], length: Tensor
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read one more token of each text.

        Args:
            token_ids: Integer [batch].
            caches: What was read before, for each layer.
            length: Tokens read before, a scalar integer; the same for every text.

        Returns:
            Hidden states [batch, hidden_size], and for each layer the token's key and value, which belong at place
            ``length`` of the cache.
        """
        turn = angles(length, self.frequencies)
        x = self.embed_tokens(token_ids)
        read = []
        for block, cache in zip(self.blocks, caches, strict=True):
            x, key_and_value = block.step(x, turn, cache, length)
            read.append(key_and_value)
        return self.norm(x), read

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary: [..., hidden_size] to float32 [..., vocab_size]."""
        return self.output_tokens.scores(hidden)


def _projection(config: LlamaConfig, outputs: int, bias: bool, name: str) -> Projection:
    return Projection(outputs, use_bias=bias, kernel_initializer=_normal(config), name=name)


def _table(config: LlamaConfig, name: str) -> TokenEmbedding:
    return TokenEmbedding(config.vocab_size, config.hidden_size, embeddings_initializer=_normal(config), name=name)


def _normal(config: LlamaConfig) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=config.initializer_range)
