"""Rules that a configuration and a model must satisfy together, applied by the preflight and by the run itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.config import Config
    from recipe_tui.core.runs.rendezvous import Processes


def check_context(block_size: int, context: int) -> None:
    """Check that a block fits the model's context; both are in tokens.

    Raises:
        UsageError: It is longer.
    """
    if block_size > context:
        raise UsageError(
            f"block_size {block_size} is above the model's context of {context}",
            f"set it to {context} or less: --block-size {context}",
            "data.block_size",
        )


def check_heads(n_embd: int, n_head: int) -> None:
    """Check that the attention heads share the width of the hidden states evenly.

    Raises:
        UsageError: They cannot.
    """
    if n_embd % n_head:
        raise UsageError(
            f"a width of {n_embd} cannot be shared by {n_head} heads",
            "set n_embd to a multiple of n_head",
            "model.n_embd",
        )


def check_backend_splits(backend: str, model_parallel: int, processes: Processes | None) -> None:
    """Check that the backend trains on several devices where that is asked for.

    Raises:
        UsageError: It does not.
    """
    if backend == "jax":
        return
    hint = "set KERAS_BACKEND=jax"
    if model_parallel > 1:
        raise UsageError("weights are split over several devices on JAX alone", hint, "training.model_parallel")
    if processes is not None:
        raise UsageError("several processes train on JAX alone", hint)


def check_new_tokenizer(config: Config) -> None:
    """Check that a new tokenizer meets random weights: a checkpoint knows the tokens of its own alone.

    Raises:
        UsageError: The weights are pretrained.
    """
    if config.data.new_vocab_size is not None and config.model.initialize == "pretrained":
        raise UsageError(
            "a pretrained model does not know the tokens of a new tokenizer",
            "set model.initialize to random, or leave data.tokenizer unset",
            "data.tokenizer",
        )
