"""Finding the folder of a model from a folder, a run, a folder of runs, a GGUF file or a name. Needs no backend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_folder, write_text
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.known import known_shape
from recipe_tui.core.registry.cache import FETCHABLE, fetch, fetched, folder_of_gguf
from recipe_tui.core.registry.hub import MODEL_FILES, download, is_repository_name
from recipe_tui.core.runs.checkpoints import latest_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.config import ModelConfig


def locate_model(name: str | Path, files: Iterable[str] = MODEL_FILES) -> Path:
    """Return the folder that holds ``config.json``.

    Args:
        name: A model folder, or an adapter's; a run, which stands for its finished model or adapter, or else its latest
            checkpoint; a folder of runs, which stands for the latest finished one; a GGUF file, or a folder with a
            single one, which is converted to a model folder the first time; the short name of a fetched model; or a
            name on the hub, which is downloaded.
        files: Patterns of the files to download.

    Raises:
        CheckpointError: There is no model there.
        NetworkError: The name is no folder and the hub cannot be reached.
    """
    if str(name) in FETCHABLE and not Path(name).exists():
        if (found := fetched(str(name))) is not None:
            return found
        raise CheckpointError(f"{name}: not fetched yet", f"fetch it: recipe-tui models get {name}")
    if is_hub_name(name):
        return download(str(name), files, CheckpointError)
    folder = Path(name).expanduser()
    if folder.is_file() and folder.suffix == paths.GGUF_SUFFIX:
        return folder_of_gguf(folder)
    if folder.is_dir():
        found = _in_folder(folder)
        if found is None and (folder / paths.RUN_MANIFEST).is_file():
            raise CheckpointError(
                f"{folder}: the run has no checkpoint yet", "wait for its first checkpoint, or give another run"
            )
        if found is None:
            raise CheckpointError(
                f"{folder}: no model in this folder (no {paths.MODEL_CONFIG}, no finished run)",
                "give a checkpoint folder, a run, a folder of runs or a hub name",
            )
        return found
    raise CheckpointError(f"{name}: no such model folder", "give a checkpoint folder, a run or a hub name")


def locate_initial(model: ModelConfig, files: Iterable[str] = MODEL_FILES) -> Path:
    """Return the folder of the model that a training starts from; for random weights a known shape is enough.

    A model that is named by its short name is fetched, as one on the hub is.

    Args:
        model: Which model.
        files: Patterns of the files to download.

    Raises:
        UsageError: The width of a known shape is no multiple of its head size.
        CheckpointError, NetworkError: See `locate_model`.
        OutputError: The cache folder cannot be written to.
    """
    if not is_known_shape(model):
        if model.name in FETCHABLE and not Path(model.name).exists():
            return fetch(model.name)
        return locate_model(model.name, files)
    config = json.dumps(known_shape(model.name), indent=1)
    folder = paths.models_cache() / "shapes" / model.name
    path = folder / paths.MODEL_CONFIG
    if not path.is_file() or path.read_text(encoding="utf-8") != config:
        with whole_folder(folder) as new:
            write_text(new / paths.MODEL_CONFIG, config)
    return folder


def is_known_shape(model: ModelConfig) -> bool:
    """Return whether a model has random weights in a shape that is known by name, so that no checkpoint is needed.

    Raises:
        UsageError: The width of the shape is no multiple of its head size.
    """
    random = model.initialize == "random"
    return random and not Path(model.name).exists() and known_shape(model.name) is not None


def is_adapter(folder: Path) -> bool:
    """Return whether a folder holds an adapter and no whole model."""
    weights = (paths.MODEL_WEIGHTS, paths.MODEL_WEIGHTS_INDEX)
    return (folder / paths.ADAPTER_CONFIG).is_file() and not any((folder / name).is_file() for name in weights)


def is_hub_name(name: str | Path) -> bool:
    """Return whether a name stands for a model on the hub: no local file and no short name has it."""
    path = Path(name)
    is_local = str(name) in FETCHABLE or path.suffix == paths.GGUF_SUFFIX or path.exists()
    return is_repository_name(name) and not is_local


def _in_folder(folder: Path) -> Path | None:
    if (folder / paths.MODEL_CONFIG).is_file() or is_adapter(folder):
        return folder
    if (folder / paths.RUN_MANIFEST).is_file():
        finished = (folder / name for name in (paths.FINISHED_MODEL, paths.FINISHED_ADAPTER))
        whole = next((path for path in finished if (path / paths.MODEL_CONFIG).is_file()), None)
        return whole or latest_checkpoint(folder)
    files = list(folder.glob(f"*{paths.GGUF_SUFFIX}"))
    if len(files) == 1:
        return folder_of_gguf(files[0])
    finished_models = (path.parent for path in folder.glob(f"*/{paths.FINISHED_MODEL}/{paths.MODEL_CONFIG}"))
    return max(finished_models, key=lambda path: (path.stat().st_mtime, path), default=None)
