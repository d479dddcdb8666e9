"""DRY, "don't repeat yourself": a penalty on what would continue a repeated run, by the length of the run.

It grows exponentially, so that a long repetition ends and a short one is hardly touched. The definition is that of
text-generation-webui, where it was proposed (p-e-w, 2024, pull request 5677). It is applied to the written text alone:
the ingredients of the prompt must be named.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from recipe_tui.core.generation.candidates import Candidates, Context
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_RUN = 50
"""A longer run counts as one of this length, so that the penalty stays finite."""

MARKS = frozenset({":", '"', "*", "-", "•"})
"""Marks of quotations and list items, which break a run as a line break does; the first three are the original's."""


def dry(candidates: Candidates, context: Context) -> Candidates:
    """Lower what would continue a run of the text that was written before, the more the longer the run (DRY)."""
    config = context.config
    if not config.dry_multiplier:
        return candidates
    written = context.written[-config.dry_range :]  # a range of 0 is the whole text
    for token_id, length in repeated_runs(written, context.breakers | context.protected).items():
        if length >= config.dry_allowed_length:
            candidates.values[token_id] -= config.dry_multiplier * config.dry_base ** (
                length - config.dry_allowed_length
            )
    return candidates


def repeated_runs(written: Sequence[int], breakers: Collection[int]) -> dict[int, int]:
    """Return the tokens that would continue a repeated run, and the length of the longest run that each continues.

    Args:
        written: Token ids.
        breakers: Tokens that no run contains, and that do not continue one.
    """
    last = len(written) - 1
    if last < 1 or written[last] in breakers:
        return {}
    longest: dict[int, int] = {}
    for place in range(last):
        following = written[place + 1]
        if written[place] != written[last] or following in breakers:
            continue
        length = 1
        while length < min(LONGEST_RUN, place + 1):
            before = written[last - length]
            if written[place - length] != before or before in breakers:
                break
            length += 1
        longest[following] = max(length, longest.get(following, 0))
    return longest


@lru_cache(maxsize=4)
def sequence_breakers(tokenizer: Tokenizer) -> frozenset[int]:
    """Return the tokens that break a run: with a line break in them, or one of `MARKS`."""
    texts = tokenizer.token_texts
    return frozenset(
        token_id
        for token_id in range(tokenizer.vocab_size)
        if "\n" in (text := texts[token_id].text) or text.strip() in MARKS
    )
