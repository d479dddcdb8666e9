"""Freezing the lowest layers of a model, which saves their gradients and activations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from recipe_tui.core.errors import UsageError
from recipe_tui.core.model.keras_internals import layers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.model.decoder import LanguageModel


def freeze_layers(model: LanguageModel, count: int, token_ids: Sequence[int]) -> None:
    """Freeze the embeddings and the lowest blocks of a model.

    A head that is tied to the embedding is frozen too; one of its own is trained.

    Args:
        model: The model.
        count: Blocks that are frozen.
        token_ids: Tokens whose rows of the embedding are trained nevertheless, because they are new. Their gradients
            pass through the frozen blocks.

    Raises:
        UsageError: The model has fewer blocks.
    """
    if count > len(model.blocks):
        raise UsageError(
            f"freeze_layers is {count}, and the model has {len(model.blocks)} layers",
            f"set training.freeze_layers to {len(model.blocks)} or less",
        )
    for table in layers_of(model, keras.layers.Embedding):
        if table is not model.input_tokens:
            table.trainable = table is model.output_tokens  # positions are frozen, an untied head is not
    model.input_tokens.learn_rows(token_ids)
    for block in model.blocks[:count]:
        block.trainable = False
