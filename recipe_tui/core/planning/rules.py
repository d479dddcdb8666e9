"""Rules that a configuration and a model must satisfy together, applied by the preflight and by the run itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is not satisfied.

    Attributes:
        message: What is wrong.
        hint: What to do; an imperative sentence.
        setting: The setting to change, such as ``data.block_size``.
    """

    message: str
    hint: str
    setting: str


def check_context(block_size: int, context: int) -> Violation | None:
    """Check that a block fits the model's context.

    Args:
        block_size: Tokens in a block.
        context: Most tokens the model takes.
    """
    if block_size <= context:
        return None
    return Violation(
        f"block_size {block_size} is above the model's context of {context}",
        f"set it to {context} or less: --block-size {context}",
        "data.block_size",
    )


def check_heads(width: int, heads: int) -> Violation | None:
    """Check that the attention heads share the model's width evenly.

    Args:
        width: Size of the hidden states (``n_embd``).
        heads: Attention heads (``n_head``).
    """
    if width % heads == 0:
        return None
    return Violation(
        f"a width of {width} cannot be shared by {heads} heads", "set n_embd to a multiple of n_head", "model.n_embd"
    )
