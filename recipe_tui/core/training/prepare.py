"""The model of a training, made to fit its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError
from recipe_tui.core.model.checkpoint import check_tokenizer, load_model, new_model, read_config

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import GPT2Config

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.model.gpt2 import GPT2
    from recipe_tui.core.text.tokenizer import Tokenizer


def prepare_model(config: ModelConfig, folder: Path, store: BlockStore, tokenizer: Tokenizer, precision: str) -> GPT2:
    """Load the model to fine-tune, or make a new one, with a row for each token of the store.

    Args:
        config: Which weights, and overrides of the shape.
        folder: The model folder.
        store: The blocks it is to learn from.
        tokenizer: The tokenizer they were made with.
        precision: A Keras dtype policy.

    Raises:
        CheckpointError: The folder is no GPT-2 checkpoint, or a damaged one.
        TokenizerError: The tokenizer is not the checkpoint's.
        UsageError: A block is longer than the model's context, or the shape is impossible.
    """
    shape = read_config(folder)
    if config.dropout is not None:
        shape.resid_pdrop = shape.embd_pdrop = shape.attn_pdrop = config.dropout
    if store.block_size > shape.n_positions:
        raise UsageError(
            f"a block has {store.block_size} tokens and the model's context {shape.n_positions}",
            f"build blocks of at most that: --block-size {shape.n_positions}",
        )
    if config.initialize == "random":
        return new_model(_new_shape(config, shape, store), precision)
    check_tokenizer(shape, tokenizer.vocab_size - len(tokenizer.section_ids), tokenizer.eos_id)
    shape.vocab_size = max(shape.vocab_size, store.vocab_size)
    return load_model(folder, precision, shape)


def _new_shape(config: ModelConfig, shape: GPT2Config, store: BlockStore) -> GPT2Config:
    shape.n_layer = config.n_layer or shape.n_layer
    shape.n_embd = config.n_embd or shape.n_embd
    shape.n_head = config.n_head or shape.n_head
    if shape.n_embd % shape.n_head:
        raise UsageError(
            f"a width of {shape.n_embd} cannot be shared by {shape.n_head} heads", "set n_embd to a multiple of n_head"
        )
    shape.vocab_size = store.vocab_size
    shape.bos_token_id = shape.eos_token_id = store.eos_id
    return shape
