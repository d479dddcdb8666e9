"""Imports what the other screens need in the background, so that they open at once."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AFTER = 0.5
"""Seconds after the first frame; what that one shows comes first."""

MODULES = (
    "recipe_tui.tui.dataset.screen",
    "recipe_tui.tui.dataset.jobs",
    "recipe_tui.core.browsing.stores",
    "recipe_tui.core.blocks.store",
    "recipe_tui.core.blocks.table",
    "recipe_tui.tui.generate.screen",
)
"""The modules that take long to import."""


def warm_up(cancelled: Callable[[], bool]) -> None:
    """Import the modules, a third of a second in a thread, and freeze them for the garbage collector."""
    for module in MODULES:
        if cancelled():
            return
        import_module(module)
    gc.freeze()  # what is imported stays: collecting garbage in it would delay keys
