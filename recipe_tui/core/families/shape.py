"""The shape of a model and what follows from it, without a backend: decisions that models and plans share."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recipe_tui.core.config import ModelConfig

NAMES = {"gpt2": "GPT-2", "llama": "Llama"}
"""What people call the families of models, by the ``model_type`` of their configuration."""

CHUNK_LOGITS = 1 << 26
"""Logits computed at once (256 MiB in float32)."""

ALL = "all-linear"
"""Stands for every projection, as in PEFT."""

DEFAULT_TARGETS = {"gpt2": ("c_attn",), "llama": ("q_proj", "v_proj")}
"""The projections that PEFT adapts when it is told none, by family."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a model.

    Attributes:
        n_layer: Layers.
        n_embd: Width.
        n_head: Heads.
        n_inner: Width inside the MLP.
        n_positions: Tokens of context.
        vocab_size: Rows of the embedding.
        family: ``model_type`` of the configuration.
        key_width: Width of the keys, and of the values; None for that of the model.
        tied: Whether the head is the embedding.
    """

    n_layer: int
    n_embd: int
    n_head: int
    n_inner: int
    n_positions: int
    vocab_size: int
    family: str = "gpt2"
    key_width: int | None = None
    tied: bool = True

    @classmethod
    def of(cls, folder: Path, model: ModelConfig, vocab_size: int | None = None) -> Shape:
        """Return the shape that a training with a model folder has.

        Args:
            folder: Holds ``config.json``.
            model: Overrides of the shape.
            vocab_size: Rows that the tokenizer needs, where that is known.

        Raises:
            CheckpointError: ``config.json`` is missing, malformed or of a family that is none of ours.
        """
        path = folder / paths.MODEL_CONFIG
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            family = values.get("model_type")
            if family not in NAMES:
                known = " or ".join(NAMES)
                raise CheckpointError(f"{path}: model_type is {family!r}", f"give a checkpoint of {known}")
            return cls.of_values(values, model, vocab_size)
        except FileNotFoundError:
            raise CheckpointError(f"{folder}: no checkpoint (no {path.name})", "give a model folder") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: cannot be read ({error})", "fetch the checkpoint again") from error

    @classmethod
    def of_values(cls, values: dict[str, Any], model: ModelConfig, vocab_size: int | None = None) -> Shape:
        """Return the shape that a configuration's values say; see `of`."""
        rows = int(values["vocab_size"])
        if vocab_size is not None:
            rows = vocab_size if model.initialize == "random" else max(rows, vocab_size)
        if values["model_type"] == "llama":
            return cls._of_llama(values, model, rows)
        width = model.n_embd or int(values["n_embd"])
        return cls(
            n_layer=model.n_layer or int(values["n_layer"]),
            n_embd=width,
            n_head=model.n_head or int(values["n_head"]),
            n_inner=int(values.get("n_inner") or 4 * width),
            n_positions=int(values["n_positions"]),
            vocab_size=rows,
        )

    @classmethod
    def _of_llama(cls, values: dict[str, Any], model: ModelConfig, rows: int) -> Shape:
        theirs, width = int(values["hidden_size"]), model.n_embd or int(values["hidden_size"])
        heads = model.n_head or int(values["num_attention_heads"])
        key_heads = math.gcd(int(values.get("num_key_value_heads") or heads), heads)
        return cls(
            n_layer=model.n_layer or int(values["num_hidden_layers"]),
            n_embd=width,
            n_head=heads,
            n_inner=int(values["intermediate_size"]) * width // theirs,
            n_positions=int(values["max_position_embeddings"]),
            vocab_size=rows,
            family="llama",
            key_width=width // heads * key_heads,
            tied=bool(values.get("tie_word_embeddings", False)),
        )

    @property
    def projections(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of the matrices in a layer, by their Hugging Face names."""
        width, inner = self.n_embd, self.n_inner
        if self.family == "llama":
            keys = self.key_width or width
            attention = {"q_proj": (width, width), "k_proj": (width, keys), "v_proj": (width, keys)}
            mlp = {"gate_proj": (width, inner), "up_proj": (width, inner), "down_proj": (inner, width)}
            return attention | {"o_proj": (width, width)} | mlp
        attention = {"attn.c_attn": (width, 3 * width), "attn.c_proj": (width, width)}
        return attention | {"mlp.c_fc": (width, inner), "mlp.c_proj": (inner, width)}

    def adapted(self, targets: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return those of the `projections` that get adapters.

        Args:
            targets: Names or their ends, as PEFT reads them; the family's own when there are none.
        """
        targets = tuple(targets) or DEFAULT_TARGETS[self.family]
        return {
            name: sizes
            for name, sizes in self.projections.items()
            if targets == (ALL,) or any(name == target or name.endswith(f".{target}") for target in targets)
        }

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer."""
        matrices = sum(inputs * outputs for inputs, outputs in self.projections.values())
        if self.family == "llama":
            return matrices + 2 * self.n_embd
        return matrices + sum(outputs for _, outputs in self.projections.values()) + 4 * self.n_embd

    @property
    def embedding_parameters(self) -> int:
        """Parameters by which tokens and positions are read."""
        return (self.vocab_size + (self.n_positions if self.family == "gpt2" else 0)) * self.n_embd

    @property
    def parameters(self) -> int:
        """All parameters."""
        head = 0 if self.tied else self.vocab_size * self.n_embd
        norm = self.n_embd * (1 if self.family == "llama" else 2)
        return self.embedding_parameters + self.n_layer * self.layer_parameters + norm + head
