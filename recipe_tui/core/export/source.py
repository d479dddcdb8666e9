"""The model to export, its run and its adapter. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, RunError, StoreError
from recipe_tui.core.registry.cache import fetched
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.runs.folder import RunManifest

if TYPE_CHECKING:
    from recipe_tui.core.config import Quantization


@dataclass(frozen=True, slots=True)
class ExportSource:
    """A model to export.

    Attributes:
        name: Name of its run, or of its folder.
        folder: Its folder.
        run: Its run, or None.
        adapter: Folder of its adapter, or None.
        base: The model that it was fine-tuned from; empty if unknown.
        licence: Its licence; empty if its files do not say.
    """

    name: str
    folder: Path
    run: Path | None
    adapter: Path | None
    base: str
    licence: str

    def held_out(self) -> BlockStore | None:
        """Return the blocks that its run held out, or None if they are gone."""
        if self.run is None:
            return None
        try:
            store = BlockStore.open(Path(RunManifest.read(self.run).store))
        except (RunError, StoreError):
            return None  # stores may be deleted; the comparison says what it is on
        return store if len(store.blocks("validation")) else None

    def quantization(self) -> Quantization:
        """Return the quantization that the adapter was trained with, if it is known."""
        if self.run is None:
            return "none"
        try:
            return load_config(self.run / paths.RUN_CONFIG).model.quantization
        except ConfigError:  # of another version; it only affects a figure in the card
            return "none"

    def card(self) -> str:
        """Return its model card; empty if there is none."""
        path = self.folder / paths.MODEL_CARD
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def find_source(name: str | Path) -> ExportSource:
    """Find a model by what `locate_model` takes.

    Raises:
        CheckpointError: There is no model there.
        NetworkError: The name is no folder, and the hub cannot be reached.
    """
    folder = locate_model(name)
    run = next((one for one in (folder.parent, folder.parent.parent) if (one / paths.RUN_MANIFEST).is_file()), None)
    adapter = None
    if is_adapter(folder):
        adapter = folder
    elif run is not None and folder.name == paths.FINISHED_MODEL and is_adapter(run / paths.FINISHED_ADAPTER):
        adapter = run / paths.FINISHED_ADAPTER
    base = _base(run)
    called = run.name if run else Path(name).expanduser().resolve().name.removesuffix(paths.GGUF_SUFFIX)
    return ExportSource(called, folder, run, adapter, base, _licence(folder) or _licence(fetched(base)))


def _base(run: Path | None) -> str:
    try:
        return RunManifest.read(run).model if run else ""
    except RunError:
        return ""


def _licence(folder: Path | None) -> str:
    """Return the licence recorded in a folder of the user's cache."""
    note = folder / paths.MODEL_NOTE if folder else None
    if note is None or not note.is_file():
        return ""
    try:
        return str(read_json(note)["licence"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
