"""What any screen may ask of the application. Post them to the application itself: `app.post_message`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class SettingsChanged(Message):
    """Settings are to change, by name, and to be kept for the next start."""

    changes: Mapping[str, object]


@dataclass
class ModelChosen(Message):
    """The generation screen is to be shown with a model: a run folder, checkpoint folder or hub name."""

    model: str


@dataclass
class StoreChosen(Message):
    """The dataset screen is to be shown with a block store, at the block of a recipe where one is named.

    Attributes:
        store: Its folder.
        recipe: Row of the recipe.
    """

    store: Path
    recipe: int | None = None


@dataclass
class WorkspaceChosen(Message):
    """The runs of another output folder are to be shown, and one of them by its name."""

    output: Path
    run: str | None = None
