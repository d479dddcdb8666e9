"""What is exported: a model, the run it came of, and the adapter that made it. Needs no backend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, RunError, StoreError
from recipe_tui.core.registry.cache import fetched
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.runs.folder import RunManifest

if TYPE_CHECKING:
    from recipe_tui.core.config import Quantization


@dataclass(frozen=True, slots=True)
class ExportSource:
    """A model to export.

    Attributes:
        name: What it is called: as its run, or its folder.
        folder: Its folder.
        run: The run that made it, or None.
        adapter: The folder of the adapter that it was made with, or None.
        base: The model that it was made from; empty where that is not known.
        licence: Its licence, as far as its files say; empty where they do not.
    """

    name: str
    folder: Path
    run: Path | None
    adapter: Path | None
    base: str
    licence: str

    def held_out(self) -> BlockStore | None:
        """Return the blocks that its run held out, or None where there are none any more."""
        if self.run is None:
            return None
        try:
            store = BlockStore.open(Path(RunManifest.read(self.run).store))
        except (RunError, StoreError):
            return None  # blocks take room, and can be built again; the comparison says which text it is about
        return store if len(store.blocks("validation")) else None

    def quantization(self) -> Quantization:
        """Return what the weights were kept as when the adapter learned, as far as that is known."""
        if self.run is None:
            return "none"
        try:
            return load_config(self.run / paths.RUN_CONFIG).model.quantization
        except ConfigError:  # of another version; nothing but a figure of the card hangs on it
            return "none"

    def card(self) -> str:
        """Return the model card that lies with it; empty where there is none."""
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
    """Return what the note in a folder of the user's cache says."""
    note = folder / paths.MODEL_NOTE if folder else None
    if note is None or not note.is_file():
        return ""
    try:
        return str(json.loads(note.read_text(encoding="utf-8"))["licence"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
