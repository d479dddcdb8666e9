"""The model that a training starts from, adjusted to its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras import ops

from recipe_tui.core import paths
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.table import family_of
from recipe_tui.core.lora.open import load_model
from recipe_tui.core.model.freezing import freeze_layers
from recipe_tui.core.model.gradient_checkpointing import enable_gradient_checkpointing
from recipe_tui.core.model.weights import add_end, check_tokenizer, named_weights, new_model
from recipe_tui.core.planning.rules import check_context, check_heads

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import ModelConfig, Quantization
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer
    from recipe_tui.core.training.setup import Setup

RESIDUAL = tuple(f".{name}.weight" for name in ("c_proj", "o_proj", "down_proj"))
"""How the names of projections end that add to the residual stream."""


def adjust_config(
    model_config: PreTrainedConfig, config: ModelConfig, store: BlockStore, tokenizer: Tokenizer
) -> PreTrainedConfig:
    """Adjust a checkpoint's configuration to a training: its shape, its dropout, and a row for each token of the store.

    Args:
        model_config: The checkpoint's; it may be changed.
        config: Overrides of the shape, and whether the weights are random.
        store: The training blocks.
        tokenizer: Their tokenizer.

    Raises:
        TokenizerError: The tokenizer is not the checkpoint's.
        UsageError: A block is longer than the model's context, or the shape is impossible.
    """
    if config.dropout is not None:
        rates = family_of(model_config).dropout_rates
        if config.dropout and not rates:
            raise UsageError("models of this family have no dropout", "leave model.dropout unset")
        for name in rates:
            setattr(model_config, name, config.dropout)
    check_context(store.block_size, model_config.max_position_embeddings)
    if config.initialize == "random":
        return _reshaped(model_config, config, store)
    check_tokenizer(model_config, tokenizer.vocab_size - len(tokenizer.section_ids), tokenizer.special_ids)
    add_end(model_config, tokenizer.eos_id)
    model_config.vocab_size = max(model_config.vocab_size, store.vocab_size)
    return model_config


def initial_model(setup: Setup, quantization: Quantization | None = None) -> LanguageModel:
    """Load the model to fine-tune, or make one with random weights.

    Args:
        setup: What is trained.
        quantization: Takes the place of the configured one.

    Raises:
        CheckpointError: The folder is no checkpoint, or a damaged one.
    """
    config, precision = setup.config.model, setup.config.training.precision
    if config.initialize == "random":
        model = new_model(setup.model_config, precision)
        if config.zero_init_residual:
            zero_residual_projections(model)
        return model
    return load_model(setup.model_folder, precision, setup.model_config, quantization or config.quantization)


def zero_residual_projections(model: LanguageModel) -> None:
    """Set to 0 the projections that add to the residual stream, so that each layer starts as the identity.

    "Fixup Initialization" (Zhang et al., 2019), 3.1; the other weights of a layer learn from the second step.
    """
    for name, variable in named_weights(model):
        if name.endswith(RESIDUAL):
            variable.assign(ops.zeros_like(variable))


def limit_learning(model: LanguageModel, setup: Setup) -> None:
    """Freeze layers and enable gradient checkpointing as the configuration says.

    Raises:
        UsageError: More layers are to be frozen than the model has.
    """
    training = setup.config.training
    if training.freeze_layers:
        freeze_layers(model, training.freeze_layers, setup.new_tokens)
    if training.gradient_checkpointing:
        enable_gradient_checkpointing(model)


def new_tokens(tokenizer: Tokenizer, folder: Path, rows: int) -> tuple[int, ...]:
    """Return the section tokens that a checkpoint does not know yet, so that their rows of the embedding learn.

    Args:
        tokenizer: The tokenizer of the training.
        folder: The checkpoint.
        rows: Rows of its embedding; some exporters write more than its tokenizer has tokens.
    """
    known = rows
    if (folder / paths.TOKENIZER).is_file():
        import tokenizers

        known = min(rows, tokenizers.Tokenizer.from_file(str(folder / paths.TOKENIZER)).get_vocab_size())
    return tuple(token for token in tokenizer.section_ids if token >= known)


def _reshaped(model_config: PreTrainedConfig, config: ModelConfig, store: BlockStore) -> PreTrainedConfig:
    check_heads(config.n_embd or model_config.hidden_size, config.n_head or model_config.num_attention_heads)
    family, tokens = family_of(model_config), {"bos_token_id": store.eos_id, "eos_token_id": store.eos_id}
    return family.configure(family.override(model_config.to_dict(), config) | {"vocab_size": store.vocab_size} | tokens)
