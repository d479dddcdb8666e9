"""Qwen 2, 2.5 and 3 in Keras 3, with Hugging Face's names: what differs from Llama.

"Qwen2 Technical Report" (Yang et al., 2024): queries, keys and values have biases. "Qwen3 Technical Report" (Qwen Team,
2025): they have none, and queries and keys are normalized over each head before they are rotated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.model.fused_ops import RMSNormalization
from recipe_tui.core.model.llama import MLP, Llama, LlamaAttention

if TYPE_CHECKING:
    from recipe_tui.core.model.decoder import Shape

Tensor = Any


class Qwen3Attention(LlamaAttention):
    """Causal self-attention with normalized queries and keys."""

    def __init__(self, config: Any, **kwargs: Any) -> None:
        super().__init__(config, config.attention_bias, config.attention_bias, **kwargs)
        self.q_norm = RMSNormalization(epsilon=config.rms_norm_eps, name="q_norm")
        self.k_norm = RMSNormalization(epsilon=config.rms_norm_eps, name="k_norm")

    def build(self, x_shape: Shape) -> None:
        """Create the weights."""
        super().build(x_shape)
        self.q_norm.build((*x_shape[:-1], self.head_size))
        self.k_norm.build((*x_shape[:-1], self.head_size))

    def project_qkv(self, x: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """See `Attention.project_qkv`."""
        # Not by `super()`: TensorFlow's AutoGraph keeps the frame of a traced call of it, and with it the model.
        query, key = self.by_heads(self.q_proj(x)), self.by_heads(self.k_proj(x))
        value = self.by_heads(self.v_proj(x))
        return self.q_norm(query, training=training), self.k_norm(key, training=training), value


class Qwen2(Llama):
    """The decoder of Qwen 2 and 2.5; see `LanguageModel`."""

    def attention(self, config: Any) -> LlamaAttention:
        """Make the attention of a block."""
        return LlamaAttention(config, bias=True, output_bias=False, name="self_attn")

    def mlp(self, config: Any) -> MLP:
        """Make the MLP of a block."""
        return MLP(config, bias=False, name="mlp")


class Qwen3(Qwen2):
    """The decoder of Qwen 3; see `LanguageModel`."""

    def attention(self, config: Any) -> LlamaAttention:
        """Make the attention of a block."""
        return Qwen3Attention(config, name="self_attn")
