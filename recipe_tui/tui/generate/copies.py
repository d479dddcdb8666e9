"""Copied spans of a written text: which tokens they are, how they are marked, and the line that names their sources."""

from __future__ import annotations

import os
from itertools import accumulate
from typing import TYPE_CHECKING

from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode

    from recipe_tui.workers.protocol import CopiedSpan

BEGIN, END = "[", "]"
"""What stands around a copied span where there is no colour."""


def needs_signs(node: DOMNode) -> bool:
    """Return whether copied spans are marked by signs besides colour: in ASCII, and without colour."""
    return not glyphs_of(node).braille or bool(os.environ.get("NO_COLOR"))


def tokens_of(copies: Sequence[CopiedSpan], texts: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the tokens that are in a copied span.

    Args:
        copies: The spans.
        texts: The text of each token.
    """
    ends = list(accumulate(map(len, texts)))
    return frozenset(
        number
        for number, (text, end) in enumerate(zip(texts, ends, strict=True))
        if any(end - len(text) < span.end and end > span.start for span in copies)
    )


def with_signs(copies: Sequence[CopiedSpan], texts: Sequence[str]) -> list[str]:
    """Return the text of each token with signs where copied spans begin and end; see `tokens_of`."""
    signs = [(span.end, END) for span in copies] + [(span.start, BEGIN) for span in copies]
    marked, start = [], 0
    for text in texts:
        end = start + len(text)
        for place, sign in sorted(signs, key=lambda sign: (-sign[0], sign[1])):
            inside = start < place <= end if sign == END else start <= place < end
            if inside:
                text = text[: place - start] + sign + text[place - start :]
        marked.append(text)
        start = end
    return marked


def by_improbability(copies: Sequence[CopiedSpan]) -> list[CopiedSpan]:
    """Return copied spans, the most improbable first: it is the surest copy."""
    return sorted(copies, key=lambda span: span.log_probability)


def copies_line(copies: Sequence[CopiedSpan]) -> str:
    """Name the sources of copied spans in a line, the surest copy first; empty without any."""
    if not copies:
        return ""
    sources = [f"{span.words} words from {sanitize_line(span.title, 60)}" for span in by_improbability(copies)]
    return f"Copied: {', '.join(sources)} · Esc, Ctrl+K shows them"
