"""The decoder that all families share: the loop over its blocks, for training, for a prompt and for single tokens.

A family adds its attention, its MLP and its embeddings; see `recipe_tui.core.model.gpt2`, the simplest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.model.attention import cache_mask, segment_mask
from recipe_tui.core.model.gradient_checkpointing import gradient_checkpointed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedConfig

    from recipe_tui.core.model.attention import Attention, KeyAndValue, KVCache
    from recipe_tui.core.model.embedding import TokenEmbedding
    from recipe_tui.core.model.position_embeddings import PositionEmbeddings

Tensor = Any
Shape = tuple[int | None, ...]


class Block(keras.layers.Layer):
    """A transformer block: ``x + attention(norm(x))``, then ``x + mlp(norm(x))``.

    Attributes:
        gradient_checkpointing: Whether the backward pass recomputes the block; see `gradient_checkpointed`.
    """

    gradient_checkpointing = False

    def __init__(
        self,
        attention_norm: keras.layers.Layer,
        attention: Attention,
        mlp_norm: keras.layers.Layer,
        mlp: keras.layers.Layer,
        name: str,
    ) -> None:
        # Without autocast, see `gradient_checkpointed`; the layers inside cast their inputs.
        super().__init__(autocast=False, name=name)
        self.attention_norm = attention_norm
        self.attention = attention
        self.mlp_norm = mlp_norm
        self.mlp = mlp

    def build(self, x_shape: Shape) -> None:
        """Create the weights. Without this, Keras would trace each call to find their shapes."""
        for layer in (self.attention_norm, self.attention, self.mlp_norm, self.mlp):
            layer.build(x_shape)

    @gradient_checkpointed
    def call(
        self,
        x: Tensor,
        position_embeddings: PositionEmbeddings | None,
        attention_mask: Tensor | None,
        training: bool = False,
    ) -> tuple[Tensor, KeyAndValue]:
        """See `Attention.call`."""
        normalized = self.attention_norm(x, training=training)
        attended, key_and_value = self.attention(normalized, position_embeddings, attention_mask, training=training)
        x = x + attended
        return x + self.mlp(self.mlp_norm(x, training=training), training=training), key_and_value

    def step(
        self, x: Tensor, position_embeddings: PositionEmbeddings | None, kv_cache: KVCache, attention_mask: Tensor
    ) -> tuple[Tensor, KeyAndValue]:
        """See `Attention.step`."""
        normalized = self.attention_norm(x)
        attended, key_and_value = self.attention.step(normalized, position_embeddings, kv_cache, attention_mask)
        x = x + attended
        return x + self.mlp(self.mlp_norm(x)), key_and_value


class LanguageModel(keras.Model):
    """A decoder of any family: token ids in, hidden states out; `logits` turns those into scores over the vocabulary.

    Args:
        config: Hugging Face's configuration of the family. All of them have ``vocab_size``, ``hidden_size``,
            ``num_hidden_layers``, ``num_attention_heads`` and ``max_position_embeddings``.
        name: Prefix of the names of weights.

    Attributes:
        generation_config: Values of the ``generation_config.json`` that it was loaded with.
        blocks: The layers, the lowest first.
        final_norm: The normalization after the last layer.
    """

    blocks: list[Block]
    final_norm: keras.layers.Layer

    def __init__(self, config: PreTrainedConfig, name: str) -> None:
        super().__init__(name=name)
        self.config: Any = config
        self.generation_config: dict[str, Any] = {}

    @property
    def input_tokens(self) -> TokenEmbedding:
        """The token embedding."""
        raise NotImplementedError

    @property
    def output_tokens(self) -> TokenEmbedding:
        """The head's table: the token embedding itself where the two are tied."""
        raise NotImplementedError

    def build(self, input_shape: Shape) -> None:
        """Create the weights of the blocks; a family builds its embeddings as well.

        Args:
            input_shape: That of the token ids.
        """
        width = (*input_shape, self.config.hidden_size)
        for layer in (*self.blocks, self.final_norm):
            layer.build(width)

    def embed(self, token_ids: Tensor, position_ids: Tensor, training: bool) -> Tensor:
        """Map integer [...] token ids to the input of the first block, [..., hidden_size]."""
        raise NotImplementedError

    def position_embeddings(self, position_ids: Tensor) -> PositionEmbeddings | None:
        """Return the rotary embeddings of positions, for every block; None where positions are embedded at once."""
        return None

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
            segment_ids: Integer [batch, length]; positions attend to their own segment only. None: one segment.
            training: Whether dropout is active, and gradients will be computed.

        Returns:
            [batch, length, hidden_size] in the compute dtype.
        """
        if position_ids is None:
            position_ids = ops.arange(ops.shape(input_ids)[1])
        mask = None if segment_ids is None else segment_mask(segment_ids)
        return self._decode(input_ids, position_ids, attention_mask=mask, training=training)[0]

    def prefill(self, input_ids: Tensor) -> tuple[Tensor, list[KeyAndValue]]:
        """Read the beginning of texts that `step` continues.

        Args:
            input_ids: Integer [batch, length].

        Returns:
            Hidden states [batch, length, hidden_size], and for each layer keys and values; see `KVCache.holding`.
        """
        return self._decode(input_ids, ops.arange(ops.shape(input_ids)[1]), use_cache=True)

    def step(
        self, token_ids: Tensor, kv_caches: Sequence[KVCache], length: Tensor, starts: Tensor | None = None
    ) -> tuple[Tensor, list[KeyAndValue]]:
        """Read one more token of each text.

        Args:
            token_ids: Integer [batch].
            kv_caches: Keys and values of the tokens before, for each layer.
            length: Positions of the cache in use, a scalar integer; the same for every text.
            starts: Where each text begins in the cache, integer [batch]; None: all at 0.

        Returns:
            Hidden states [batch, hidden_size], and for each layer the token's key and value, which belong at position
            ``length`` of the cache.
        """
        mask = cache_mask(ops.shape(kv_caches[0].key)[-1], length, starts)
        position_ids = length if starts is None else length - starts
        return self._decode(token_ids, position_ids, mask, kv_caches, use_cache=True)

    def _decode(
        self,
        token_ids: Tensor,
        position_ids: Tensor,
        attention_mask: Tensor | None = None,
        kv_caches: Sequence[KVCache] | None = None,
        use_cache: bool = False,
        training: bool = False,
    ) -> tuple[Tensor, list[KeyAndValue]]:
        """Run all blocks; with ``kv_caches`` on one position of each text, and else on whole texts.

        TensorFlow never frees a graph that contains a custom gradient, nor the weights in it. So without ``training``
        no block may use one.
        """
        x = self.embed(token_ids, position_ids, training)
        position_embeddings = self.position_embeddings(position_ids)
        keys_and_values: list[KeyAndValue] = []
        for layer, block in enumerate(self.blocks):
            if kv_caches is None:
                x, key_and_value = block(x, position_embeddings, attention_mask, training=training)
            else:
                x, key_and_value = block.step(x, position_embeddings, kv_caches[layer], attention_mask)
            if use_cache:
                keys_and_values.append(key_and_value)
        return self.final_norm(x, training=training), keys_and_values

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary: [..., hidden_size] to float32 [..., vocab_size]."""
        return self.output_tokens.scores(hidden)
