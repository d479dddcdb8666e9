"""The model of a training, made to fit its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.table import family_of
from recipe_tui.core.lora.adapter import Adapter
from recipe_tui.core.lora.base import weights_hash
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.model.freezing import freeze_layers
from recipe_tui.core.model.gradient_checkpointing import enable_gradient_checkpointing
from recipe_tui.core.model.weights import add_end, check_tokenizer, new_model
from recipe_tui.core.registry.locate import is_hub_name

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import Config, ModelConfig
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer


def prepare_model(
    config: ModelConfig, folder: Path, store: BlockStore, tokenizer: Tokenizer, precision: str
) -> LanguageModel:
    """Load the model to fine-tune, or make a new one, with a row for each token of the store.

    Args:
        config: Which weights, and overrides of the shape.
        folder: The model folder.
        store: The blocks it is to learn from.
        tokenizer: The tokenizer they were made with.
        precision: A Keras dtype policy.

    Raises:
        CheckpointError: The folder is no checkpoint, or a damaged one.
        TokenizerError: The tokenizer is not the checkpoint's.
        UsageError: A block is longer than the model's context, or the shape is impossible.
    """
    shape = read_config(folder)
    if config.dropout is not None:
        rates = family_of(shape).dropout_rates
        if config.dropout and not rates:
            raise UsageError("models of this family have no dropout", "leave model.dropout unset")
        for name in rates:
            setattr(shape, name, config.dropout)
    if store.block_size > shape.max_position_embeddings:
        raise UsageError(
            f"a block has {store.block_size} tokens and the model's context {shape.max_position_embeddings}",
            f"build blocks of at most that: --block-size {shape.max_position_embeddings}",
        )
    if config.initialize == "random":
        return new_model(_new_shape(config, shape, store), precision)
    check_tokenizer(shape, tokenizer.vocab_size - len(tokenizer.section_ids), tokenizer.special_ids)
    add_end(shape, tokenizer.eos_id)
    shape.vocab_size = max(shape.vocab_size, store.vocab_size)
    return load_model(folder, precision, shape, config.quantization)


def prepare_adapter(config: Config, folder: Path, tokenizer: Tokenizer) -> Adapter | None:
    """Return what a configuration says of adapters; None where all weights learn.

    Args:
        config: What is trained.
        folder: The folder of the model that gets the adapter.
        tokenizer: The tokenizer of the training; the rows of its section tokens learn where the model has none yet.

    Raises:
        CheckpointError: The model's weights are damaged.
    """
    if config.adapter.method == "none":
        return None
    name = config.model.name
    return Adapter(
        rank=config.adapter.rank,
        alpha=config.adapter.alpha,
        dropout=config.adapter.dropout,
        targets=config.adapter.target_modules or family_of(read_config(folder)).default_targets,
        token_ids=_new_tokens(folder, tokenizer),
        base=name if is_hub_name(name) else str(folder.resolve()),
        base_hash=weights_hash(folder),
    )


def prepare_learning(model: LanguageModel, config: Config, folder: Path, tokenizer: Tokenizer) -> None:
    """Freeze what shall stay of a model, and have it keep less for the backward pass, as a configuration says.

    Args:
        model: The model, as it was loaded.
        config: What is trained.
        folder: The folder of the model that the training began with.
        tokenizer: The tokenizer of the training; see `prepare_adapter`.

    Raises:
        UsageError: More layers are to be frozen than there are.
    """
    if config.training.freeze_layers:
        freeze_layers(model, config.training.freeze_layers, _new_tokens(folder, tokenizer))
    if config.training.gradient_checkpointing:
        enable_gradient_checkpointing(model)


def _new_tokens(folder: Path, tokenizer: Tokenizer) -> tuple[int, ...]:
    return tuple(token for token in tokenizer.section_ids if token >= _known_tokens(folder))


def _known_tokens(folder: Path) -> int:
    """Return how many tokens a checkpoint knows; its embedding may have more rows than that."""
    rows = int(read_config(folder).vocab_size)
    if not (folder / paths.TOKENIZER).is_file():
        return rows
    import tokenizers

    return min(rows, tokenizers.Tokenizer.from_file(str(folder / paths.TOKENIZER)).get_vocab_size())


def _new_shape(config: ModelConfig, shape: PreTrainedConfig, store: BlockStore) -> PreTrainedConfig:
    width = config.n_embd or shape.hidden_size
    heads = config.n_head or shape.num_attention_heads
    if width % heads:
        raise UsageError(f"a width of {width} cannot be shared by {heads} heads", "set n_embd to a multiple of n_head")
    family, tokens = family_of(shape), {"bos_token_id": store.eos_id, "eos_token_id": store.eos_id}
    return family.configure(family.override(shape.to_dict(), config) | {"vocab_size": store.vocab_size} | tokens)
