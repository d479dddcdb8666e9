"""Freezing: the lowest layers of a model stay as they are, which saves their gradients and what is kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.model.families import LanguageModel


def freeze_layers(model: LanguageModel, count: int, token_ids: Sequence[int]) -> None:
    """Freeze the embeddings and the lowest blocks of a model.

    A head that is tied to the embedding stays as it is too; one of its own learns.

    Args:
        model: The model.
        count: Blocks that are frozen.
        token_ids: Tokens whose rows of the embedding learn all the same, because they are new. For them gradients go
            through the frozen blocks too.

    Raises:
        UsageError: The model has fewer blocks.
    """
    if count > len(model.blocks):
        raise UsageError(
            f"freeze_layers is {count}, and the model has {len(model.blocks)} layers",
            f"set training.freeze_layers to {len(model.blocks)} or less",
        )
    for layer in model._flatten_layers(include_self=False, recursive=False):
        if isinstance(layer, keras.layers.Embedding) and layer is not model.input_tokens:
            layer.trainable = layer is model.output_tokens  # positions stay, a head of its own learns
    model.input_tokens.learn_rows(token_ids)
    for block in model.blocks[:count]:
        block.trainable = False
