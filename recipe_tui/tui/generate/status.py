"""What the line below the text says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.tui.generate.writing import Writing
    from recipe_tui.workers.protocol import Text

REASONS = {"stop": "ended by itself", "length": "reached its longest", "cancelled": "stopped by you"}


def writing_line(writing: Writing, seconds: float) -> str:
    """Return what there is to say while texts are written, since so many seconds."""
    begun = len(writing.asked.begun)
    tokens = sum(len(draft.tokens) - begun for draft in writing.drafts)
    speed = f" · {tokens / seconds:.0f} tokens/s" if seconds > 0.2 else ""
    return f"Writing · {tokens} tokens{speed} · Esc stops"


def finished_line(text: Text) -> str:
    """Return what there is to say about a text that was written."""
    parts = [
        f"{text.tokens:,} tokens",
        f"{text.tokens_per_second:.0f} tokens/s",
        REASONS[text.finish_reason],
        f"seed {text.seed}",
        *text.notes,
    ]
    return " · ".join(parts)
