"""The shape of a model and what follows from it, without a backend: decisions that models and plans share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipe_tui.core.families.family import Family

CHUNK_LOGITS = 1 << 26
"""Logits computed at once (256 MiB in float32)."""

CACHE_FLOAT = 4
"""Bytes of a number in a KV cache."""

LARGEST_SIZE = 1 << 24
"""Above each size of any published model; a damaged file may give any number."""

ALL = "all-linear"
"""Stands for every projection, as in PEFT."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a model.

    Attributes:
        family: The family it belongs to.
        n_layer: Layers.
        n_embd: Width.
        n_head: Attention heads.
        n_inner: Width inside the MLP.
        n_positions: Tokens of context.
        vocab_size: Rows of the embedding.
        key_width: Keys of a position in a layer, over all heads; there are as many values.
        projections: Inputs and outputs of the matrices in a layer, by their Hugging Face names.
        layer_vectors: Parameters of a layer outside its matrices: biases and normalizations.
        final_norm: Parameters of the normalization after the last layer.
        learned_positions: Whether positions have an embedding.
        tied: Whether the head is the embedding.
    """

    family: Family
    n_layer: int
    n_embd: int
    n_head: int
    n_inner: int
    key_width: int
    n_positions: int
    vocab_size: int
    projections: Mapping[str, tuple[int, int]]
    layer_vectors: int
    final_norm: int
    learned_positions: bool
    tied: bool

    def adapted(self, targets: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return those of the `projections` that get adapters.

        Args:
            targets: Names or their ends, as PEFT reads them; the family's defaults when there are none.
        """
        targets = tuple(targets) or self.family.default_targets
        return {
            name: sizes
            for name, sizes in self.projections.items()
            if targets == (ALL,) or any(name == target or name.endswith(f".{target}") for target in targets)
        }

    @property
    def impossible(self) -> str:
        """What cannot be; empty when there is nothing."""
        for name in ("n_layer", "n_embd", "n_head", "n_inner", "n_positions", "vocab_size"):
            if not 0 < getattr(self, name) <= LARGEST_SIZE:
                return f"{name} is {getattr(self, name)}"
        return ""

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer."""
        return sum(inputs * outputs for inputs, outputs in self.projections.values()) + self.layer_vectors

    @property
    def position_cache(self) -> int:
        """Bytes of one position of a sequence in the KV caches of all layers."""
        return 2 * CACHE_FLOAT * self.n_layer * self.key_width

    @property
    def embedding_parameters(self) -> int:
        """Parameters of the embeddings of tokens and positions."""
        return (self.vocab_size + (self.n_positions if self.learned_positions else 0)) * self.n_embd

    @property
    def parameters(self) -> int:
        """All parameters."""
        head = 0 if self.tied else self.vocab_size * self.n_embd
        return self.embedding_parameters + self.n_layer * self.layer_parameters + self.final_norm + head
