"""GPT-2 in Keras 3, with Hugging Face's names and weight layout.

"Language Models are Unsupervised Multitask Learners" (Radford et al., 2019). Read it from the bottom: `GPT2` embeds
tokens and positions, passes them through `Block` after `Block`, and normalises; the head is the token embedding
again. Layer names are those of `transformers`' ``GPT2LMHeadModel``, and a ``Dense`` kernel is stored the way its
``Conv1D`` is ([inputs, outputs]), so that weights load and save one to one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.model.attention import Cache, attend, attend_to_cache, segment_mask
from recipe_tui.core.model.embedding import TokenEmbedding
from recipe_tui.core.model.fused_ops import LayerNormalization, fused
from recipe_tui.core.model.gradient_checkpointing import rematerializable
from recipe_tui.core.model.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from transformers import GPT2Config

Tensor = Any

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu_new": lambda x: ops.gelu(x, approximate=True),
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "relu": ops.relu,
    "silu": ops.silu,
}
FUSED_ACTIVATIONS = {name: fused(activation) for name, activation in ACTIVATIONS.items()}


class Attention(keras.layers.Layer):
    """Causal self-attention with one fused projection for queries, keys and values."""

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads = config.n_head
        self.c_attn = Projection(3 * config.n_embd, kernel_initializer=_normal(config), name="c_attn")
        self.c_proj = Projection(config.n_embd, kernel_initializer=_residual(config), name="c_proj")
        self.resid_dropout = keras.layers.Dropout(config.resid_pdrop)

    def call(
        self, x: Tensor, attention_mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Mix each position with those it may see.

        Args:
            x: [batch, length, n_embd].
            attention_mask: Boolean [batch or 1, 1, length, length], True where attention is allowed; None means causal.
            training: Whether dropout is on.

        Returns:
            [batch, length, n_embd], and the keys and values, each [batch, length, heads, head_size].
        """
        batch, length, width = ops.shape(x)
        shape = (batch, length, self.heads, width // self.heads)
        query, key, value = (ops.reshape(part, shape) for part in ops.split(self.c_attn(x), 3, axis=-1))
        x = ops.reshape(attend(query, key, value, attention_mask, training), (batch, length, width))
        return self.resid_dropout(self.c_proj(x), training=training), (key, value)

    def step(self, x: Tensor, cache: Cache, length: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Mix one new position of each text with those before it.

        Args:
            x: [batch, n_embd].
            cache: Keys and values of the positions before.
            length: How many those are.

        Returns:
            [batch, n_embd], and the new position's keys and values, each float32 [batch, heads, head_size].
        """
        heads = ops.reshape(ops.cast(self.c_attn(x), "float32"), (-1, 3, self.heads, x.shape[-1] // self.heads))
        query, key, value = (heads[:, i] for i in range(3))
        return self.c_proj(attend_to_cache(query, key, value, cache, length)), (key, value)


class MLP(keras.layers.Layer):
    """Two projections with an activation between, four times as wide inside."""

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        inner = config.n_inner or 4 * config.n_embd
        self.c_fc = Projection(inner, kernel_initializer=_normal(config), name="c_fc")
        self.activation = config.activation_function
        self.c_proj = Projection(config.n_embd, kernel_initializer=_residual(config), name="c_proj")
        self.dropout = keras.layers.Dropout(config.resid_pdrop)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Map [batch, length, n_embd] to the same shape, each position by itself."""
        activation = (FUSED_ACTIVATIONS if training else ACTIVATIONS)[self.activation]
        return self.dropout(self.c_proj(activation(self.c_fc(x))), training=training)


class Block(keras.layers.Layer):
    """Attention and MLP, each on a normalised copy and added back.

    Attributes:
        gradient_checkpointing: Whether the backward pass works the block out again.
    """

    gradient_checkpointing = False

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)  # see `rematerializable`; the layers inside cast what they are given
        self.ln_1 = LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_1")
        self.attn = Attention(config, name="attn")
        self.ln_2 = LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_2")
        self.mlp = MLP(config, name="mlp")

    @rematerializable
    def call(
        self, x: Tensor, attention_mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `Attention.call`."""
        attended, keys_and_values = self.attn(self.ln_1(x, training=training), attention_mask, training=training)
        x = x + attended
        return x + self.mlp(self.ln_2(x, training=training), training=training), keys_and_values

    def step(self, x: Tensor, cache: Cache, length: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `Attention.step`."""
        attended, key_and_value = self.attn.step(self.ln_1(x), cache, length)
        x = x + attended
        return x + self.mlp(self.ln_2(x)), key_and_value


class GPT2(keras.Model):
    """The decoder: token ids in, hidden states out; `logits` turns those into scores over the vocabulary.

    Args:
        config: The shape and dropout rates, Hugging Face's ``GPT2Config``.
    """

    def __init__(self, config: GPT2Config, **kwargs: Any) -> None:
        super().__init__(name=kwargs.pop("name", "transformer"), **kwargs)
        self.config = config
        normal = _normal(config)
        self.wte = TokenEmbedding(config.vocab_size, config.n_embd, embeddings_initializer=normal, name="wte")
        self.wpe = keras.layers.Embedding(config.n_positions, config.n_embd, embeddings_initializer=normal, name="wpe")
        self.drop = keras.layers.Dropout(config.embd_pdrop)
        self.h = [Block(config, name=f"h_{i}") for i in range(config.n_layer)]
        self.ln_f = LayerNormalization(epsilon=config.layer_norm_epsilon, name="ln_f")

    @property
    def blocks(self) -> list[Block]:
        """The layers, the lowest first."""
        blocks: list[Block] = self.h
        return blocks

    @property
    def input_tokens(self) -> TokenEmbedding:
        """What tokens are read by."""
        return self.wte

    @property
    def output_tokens(self) -> TokenEmbedding:
        """What tokens are scored by: the embedding again."""
        return self.wte

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
            training: Whether dropout is on.

        Returns:
            [batch, length, n_embd] in the compute dtype.
        """
        length = ops.shape(input_ids)[1]
        if position_ids is None:
            position_ids = ops.arange(length)
        mask = None if segment_ids is None else segment_mask(segment_ids)
        x = self.drop(self.wte(input_ids) + self.wpe(position_ids), training=training)
        for block in self.h:
            x, _ = block(x, mask, training=training)
        return self.ln_f(x, training=training)

    def prefill(self, input_ids: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read the beginning of texts that are to be gone on with by `step`.

        Args:
            input_ids: Integer [batch, length].

        Returns:
            Hidden states [batch, length, n_embd], and for each layer keys and values, see `Cache.holding`.
        """
        x = self.wte(input_ids) + self.wpe(ops.arange(ops.shape(input_ids)[1]))
        read = []
        for block in self.h:
            x, keys_and_values = block(x, None)
            read.append(keys_and_values)
        return self.ln_f(x), read

    def step(
        self, token_ids: Tensor, caches: Sequence[Cache], length: Tensor
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read one more token of each text.

        Args:
            token_ids: Integer [batch].
            caches: What was read before, for each layer.
            length: Tokens read before, a scalar integer; the same for every text.

        Returns:
            Hidden states [batch, n_embd], and for each layer the token's key and value, which belong at place
            ``length`` of the cache.
        """
        x = self.wte(token_ids) + self.wpe(length)
        read = []
        for block, cache in zip(self.h, caches, strict=True):
            x, key_and_value = block.step(x, cache, length)
            read.append(key_and_value)
        return self.ln_f(x), read

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary by the tied head: [..., n_embd] to float32 [..., vocab_size]."""
        return self.output_tokens.scores(hidden)


def _normal(config: GPT2Config) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=config.initializer_range)


def _residual(config: GPT2Config) -> keras.initializers.Initializer:
    """Projections that add to the residual stream start smaller, by the number of additions (GPT-2 paper, 2.3)."""
    return keras.initializers.RandomNormal(stddev=config.initializer_range / (2 * config.n_layer) ** 0.5)
