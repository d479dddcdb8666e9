"""The models that a user can choose: finished runs and their checkpoints. It reads folders: call it in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.registry.hub import is_repository_name
from recipe_tui.core.runs.checkpoints import best_step, checkpoint_step, complete_checkpoints, latest_checkpoint
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.status import ACTIVE, run_state

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model that can be chosen.

    Attributes:
        name: Its folder; see `locate_model`.
        label: A short name.
        note: Its kind, base and standing in its run.
    """

    name: str
    label: str
    note: str = ""


def list_models(output: Path) -> list[CatalogModel]:
    """Return the models under an output folder: the newest run first, its finished model before its checkpoints."""
    runs = [path.parent for path in output.absolute().glob(f"*/{paths.RUN_MANIFEST}")]
    return [model for run in sorted(runs, key=_changed, reverse=True) for model in _of_run(run)]


def default_model(output: Path, last: str | None) -> str | None:
    """Return the model used last if it still exists, else the latest finished one, or None."""
    if last is not None and (is_repository_name(last) or _is_model(Path(last))):
        return last
    finished = (path.parent for path in output.absolute().glob(f"*/{paths.FINISHED_MODEL}/{paths.MODEL_CONFIG}"))
    latest = max(finished, key=_changed, default=None)
    return None if latest is None else str(latest)


def newest_checkpoint(model: str) -> str:
    """Return the newest checkpoint of a run that has no finished model, and any other model unchanged."""
    run = Path(model)
    if not _is_run(run) or _is_finished(run):
        return model
    latest = latest_checkpoint(run)
    return model if latest is None else str(latest)


def run_of(model: str) -> Path | None:
    """Return the run that a model is, or that its checkpoint or finished model belongs to; None if there is none."""
    return next((path for path in (Path(model), *Path(model).parents[:2]) if _is_run(path)), None)


def short_name(model: str) -> str:
    """Return a short name of a model: ``0412``, ``0412@200``, ``0412 adapter``, ``gpt2``."""
    path = Path(model)
    if path.name == paths.FINISHED_MODEL:
        return path.parent.name
    if path.name == paths.FINISHED_ADAPTER:
        return f"{path.parent.name} adapter"
    if path.parent.name == paths.CHECKPOINTS:
        return f"{path.parent.parent.name}@{path.name.replace('step-', '').lstrip('0') or '0'}"
    return path.name or model


def store_of(model: str) -> Path | None:
    """Return the block store that a run's model was trained on; None if it belongs to no run or the store is gone."""
    run = run_of(model)
    if run is None:
        return None
    try:
        store = Path(RunManifest.read(run).store)
    except RunError:
        return None
    return store if (store / paths.STORE_RECIPES).is_file() else None


def _of_run(run: Path) -> Iterator[CatalogModel]:
    finished = run / paths.FINISHED_MODEL
    adapter = run / paths.FINISHED_ADAPTER
    learned = _adapter_note(adapter)
    if _is_model(finished):
        note = "finished model, adapter merged" if learned else "finished model"
        yield CatalogModel(str(finished), run.name, note)
    if learned:
        yield CatalogModel(str(adapter), short_name(str(adapter)), learned)
    checkpoints = complete_checkpoints(run)
    best = best_step(checkpoints[0]) if checkpoints else None
    if checkpoints and not _is_finished(run) and (state := run_state(run)) in ACTIVE:
        yield CatalogModel(
            str(run), run.name, f"{state}: its newest checkpoint, now step {checkpoint_step(checkpoints[0])}"
        )
    for checkpoint in checkpoints:
        step = checkpoint_step(checkpoint)
        marks = [mark for mark, holds in (("best", step == best), ("last", checkpoint == checkpoints[0])) if holds]
        kind = "adapter checkpoint" if (checkpoint / paths.ADAPTER_CONFIG).is_file() else "checkpoint"
        yield CatalogModel(str(checkpoint), f"{run.name}@{step}", ", ".join([kind, *marks]))


def _adapter_note(folder: Path) -> str:
    """Return the base and rank of a run's adapter; empty if it has none."""
    try:
        values = read_json(folder / paths.ADAPTER_CONFIG)
        return f"adapter over {short_name(str(values['base_model_name_or_path']))}, rank {values['r']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _is_run(folder: Path) -> bool:
    return (folder / paths.RUN_MANIFEST).is_file()


def _is_finished(run: Path) -> bool:
    return _is_model(run / paths.FINISHED_MODEL) or _is_model(run / paths.FINISHED_ADAPTER)


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (paths.MODEL_CONFIG, paths.ADAPTER_CONFIG, paths.RUN_MANIFEST))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile
        return 0.0
