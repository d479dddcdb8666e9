"""What texts that are decoded side by side need of the memory, checked before anything is allocated for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.machine import Available, available_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.open_decoder import AnyDecoder

SCORE_COPIES = 3
"""Copies of the scores of the next token, in float32: those of the model, those that are processed, their order."""

_FLOAT32 = 4


def rows_of(config: GenerationConfig) -> int:
    """Return the number of texts that are decoded side by side for one prompt."""
    return config.num_beams if config.num_beams > 1 else max(config.num_return_sequences, config.best_of)


def row_memory(decoder: AnyDecoder, config: GenerationConfig, positions: int) -> int:
    """Return the bytes of one text: its KV caches and its scores.

    Args:
        decoder: The decoder.
        config: The decoding settings. Each pass has a KV cache of its own, and beams are copied when they are chosen.
        positions: Tokens of prompt and text together.
    """
    caches = config.passes * (2 if config.num_beams > 1 else 1)
    scores = config.passes * SCORE_COPIES * _FLOAT32 * decoder.vocab_size
    return caches * positions * decoder.position_cache + scores


def require_memory(
    decoder: AnyDecoder,
    config: GenerationConfig,
    positions: int,
    memory: Callable[[], Available] = available_memory,
    rows: int | None = None,
) -> None:
    """Check that texts fit the memory side by side.

    A GPU's memory may be reserved for this process already, so that all of it counts that the weights leave.

    Args:
        decoder: The decoder.
        config: The decoding settings.
        positions: Tokens of prompt and text together, at most.
        memory: Returns the memory that a model would use.
        rows: Number of texts; those of one prompt when None.

    Raises:
        GenerationError: They do not.
    """
    rows = rows or rows_of(config)
    if rows == 1:
        return
    available, each = memory(), row_memory(decoder, config, positions)
    room = available.total - decoder.weights_size if available.on_gpu else available.free
    if rows * each > room:
        why = f"need up to {rows * each / 1e9:,.1f} GB, and {max(room, 0) / 1e9:,.1f} GB are free"
        raise too_large(config, why, max(room, 0) // each, rows)


def too_large(
    config: GenerationConfig, why: str = "do not fit the memory", fitting: int = 0, rows: int | None = None
) -> GenerationError:
    """Return the error for texts that do not fit the memory, which says what to lower.

    Args:
        config: The decoding settings.
        why: What the memory lacks.
        fitting: How many texts fit; 0 where that is not known, or none does.
        rows: Number of texts; those of one prompt when None.
    """
    rows = rows or rows_of(config)
    names = ("num_beams",) if config.num_beams > 1 else ("best_of", "num_return_sequences")
    lowered = " and ".join(name for name in names if getattr(config, name) > max(fitting, 1))
    to = f" to {fitting:,} or less" if fitting else ""
    hint = f"lower {lowered}{to}" if lowered else "lower max_new_tokens"
    return GenerationError(f"the KV caches and scores of {rows:,} texts side by side {why}", hint)
