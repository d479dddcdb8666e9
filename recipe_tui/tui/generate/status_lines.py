"""The status lines of the generation screen: about the model, and below the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.generate.weight_formats import weight_format_of
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from recipe_tui.tui.generate.generation_session import GenerationSession
    from recipe_tui.workers.protocol import Loaded, LoadedAdapter, Text

REASONS = {"stop": "ended by itself", "length": "reached its longest", "cancelled": "stopped by you"}

LOADING_STOPPED = "Loading was stopped, and nothing is loaded."


def model_line(model: str | None, loaded: Loaded | None) -> str:
    """Return what the model that writes is called: ``0412 adapter over gpt2``."""
    if model is None:
        return "no model"
    name = sanitize_line(short_name(model), 40)
    if loaded is None or not loaded.adapters or not loaded.can_switch_to(model) or model == loaded.base:
        return name
    return f"{name} over {sanitize_line(short_name(loaded.base), 40)}"


def size_line(loaded: Loaded) -> str:
    """Return the size of the loaded model."""
    return f"{loaded.parameters / 1e6:.1f}M parameters, context {loaded.context}"


def loaded_line(loaded: Loaded) -> str:
    """Describe a model that is loaded."""
    adapter = next((one for one in loaded.adapters if one.name == loaded.model), None)
    parts = [f"{model_line(loaded.model, loaded)} writes now"]
    parts += [adapter_note(adapter)] if adapter else []
    parts += [
        f"{weight_format_of(loaded).name} weights, {loaded.size / 1e6:,.0f} MB",
        f"layout {loaded.layout}",
        f"context {loaded.context}",
    ]
    return " · ".join(parts)


def adapter_note(adapter: LoadedAdapter) -> str:
    """Describe an adapter: ``rank 8 on c_attn``."""
    return f"rank {adapter.rank} on {', '.join(adapter.targets)}"


def writing_line(session: GenerationSession, seconds: float) -> str:
    """Describe the progress of a session after some seconds."""
    begun = len(session.request.begun)
    tokens = sum(len(draft.tokens) - begun for draft in session.drafts)
    speed = f" · {tokens / seconds:.0f} tokens/s" if seconds > 0.2 else ""
    return f"Writing · {tokens} tokens{speed} · Esc stops"


def finished_line(text: Text) -> str:
    """Describe a finished text."""
    parts = [
        f"{text.tokens:,} tokens",
        f"{text.tokens_per_second:.0f} tokens/s",
        REASONS[text.finish_reason],
        f"seed {text.seed}",
        *([str(text.score)] if text.score else []),
        *text.notes,
    ]
    return " · ".join(parts)
