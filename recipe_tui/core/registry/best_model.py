"""The best model that a demonstration can start from on this machine. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.config.presets import ADAPTED_MODEL as SMOLLM2
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.registry.cache import FETCHABLE, fetch, is_available
from recipe_tui.core.registry.hub import MODEL_FILES, download

if TYPE_CHECKING:
    from collections.abc import Callable

GPT2 = "gpt2"


@dataclass(frozen=True, slots=True)
class BestModel:
    """A model, and why it was chosen.

    Attributes:
        name: Its name for ``model.name``; None where there is none, so that a training starts from random weights.
        reason: Why it was chosen, in words.
    """

    name: str | None
    reason: str


def best_model(report: Callable[[str], None] = lambda _: None) -> BestModel:
    """Return an instruction-tuned SmolLM2, fetched if need be, or else GPT-2, or else no model.

    Args:
        report: Called with each step of fetching.
    """
    title = FETCHABLE[SMOLLM2].title
    reason = f"{title} {'is on this machine' if is_available(SMOLLM2) else 'was fetched'}"
    try:
        fetch(SMOLLM2, report)
        return BestModel(SMOLLM2, reason)
    except RecipeTuiError as error:
        report(f"{title} is not available: {error.message}")
    try:
        download(GPT2, MODEL_FILES, RecipeTuiError)
        return BestModel(GPT2, "GPT-2 is the best model that the hub or its cache has")
    except RecipeTuiError:
        return BestModel(None, "neither SmolLM2 nor GPT-2 can be fetched")
