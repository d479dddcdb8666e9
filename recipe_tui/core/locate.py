"""Find the folder of a model: given itself, by its run, by a folder of runs, or by its name on the hub."""

from __future__ import annotations

from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.hub import download

HUB_FILES = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*",
    "*.txt",
)


def locate_model(name: str | Path) -> Path:
    """Return the folder that holds ``config.json``.

    Args:
        name: A model folder; a run, which stands for its finished model or else its latest checkpoint; a folder of
            runs, which stands for the latest finished one; or a name on the hub, which is downloaded.

    Raises:
        CheckpointError: There is no model there.
        NetworkError: The name is no folder and the hub cannot be reached.
    """
    if is_hub_name(name):
        return download(str(name), HUB_FILES, CheckpointError)
    folder = Path(name).expanduser()
    if folder.is_dir():
        found = _in_folder(folder)
        if found is None:
            raise CheckpointError(
                f"{folder}: no model in this folder (no {paths.MODEL_CONFIG}, no finished run)",
                "give a checkpoint folder, a run, a folder of runs or a hub name",
            )
        return found
    raise CheckpointError(f"{name}: no such model folder", "give a checkpoint folder, a run or a hub name")


def is_hub_name(name: str | Path) -> bool:
    """Tell whether a name is that of no file or folder, and looks like one on the hub."""
    path = Path(name).expanduser()
    return not (path.exists() or path.is_absolute() or str(name).startswith((".", "~")) or str(name).count("/") > 1)


def latest_checkpoint(run: Path) -> Path | None:
    """Return the newest complete checkpoint of a run, or None."""
    complete = sorted(path.parent for path in run.glob(f"{paths.CHECKPOINTS}/step-*/{paths.COMPLETE}"))
    return complete[-1] if complete else None


def _in_folder(folder: Path) -> Path | None:
    if (folder / paths.MODEL_CONFIG).is_file():
        return folder
    if (folder / paths.RUN_MANIFEST).is_file():
        finished = folder / paths.FINISHED_MODEL
        return finished if (finished / paths.MODEL_CONFIG).is_file() else latest_checkpoint(folder)
    finished_models = (path.parent for path in folder.glob(f"*/{paths.FINISHED_MODEL}/{paths.MODEL_CONFIG}"))
    return max(finished_models, key=lambda path: (path.stat().st_mtime, path), default=None)
