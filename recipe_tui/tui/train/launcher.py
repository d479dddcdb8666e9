"""Letting runs go on in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Launcher(Protocol):
    """Starts training processes."""

    def resume(self, run: Path) -> object:
        """Let a run go on.

        Raises:
            RunError: Another process is training it, or none can be started.
        """


class DetachedLauncher:
    """Starts processes that outlive the workbench."""

    def resume(self, run: Path) -> object:
        """Let a run go on."""
        from recipe_tui.core.runs.launch import resume

        return resume(run)
