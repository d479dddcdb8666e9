"""Which models there are to write with: finished runs, their checkpoints. Reads folders: call it in a thread."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.training.runs import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be chosen.

    Attributes:
        name: Its folder, as it is given to the process that writes.
        label: What it is called.
        note: What else there is to say.
    """

    name: str
    label: str
    note: str = ""


def list_models(output: Path) -> list[Model]:
    """Return the models under an output folder: the newest run first, its finished model before its checkpoints."""
    runs = [path.parent for path in output.absolute().glob(f"*/{paths.RUN_MANIFEST}")]
    return [model for run in sorted(runs, key=_changed, reverse=True) for model in _of_run(run)]


def default_model(output: Path, last: str | None) -> str | None:
    """Return the model that wrote last if it is there still, else the latest finished one, or None."""
    if last is not None and (not _is_path(last) or _is_model(Path(last))):
        return last
    finished = (path.parent for path in output.absolute().glob(f"*/{paths.FINISHED_MODEL}/{paths.MODEL_CONFIG}"))
    latest = max(finished, key=_changed, default=None)
    return None if latest is None else str(latest)


def short_name(model: str) -> str:
    """Return what a model is called where there is little room: ``0412@model``, ``0412@step-200``, ``gpt2``."""
    path = Path(model)
    if path.name == paths.FINISHED_MODEL:
        return path.parent.name
    if path.parent.name == paths.CHECKPOINTS:
        return f"{path.parent.parent.name}@{path.name.replace('step-', '').lstrip('0') or '0'}"
    return path.name or model


def store_of(model: str) -> Path | None:
    """Return the block store that a run's model learnt from, or None when it is no run's or the store is gone."""
    for folder in (Path(model), *Path(model).parents[:2]):
        if (folder / paths.RUN_MANIFEST).is_file():
            try:
                store = Path(Manifest.read(folder).store)
            except RunError:
                return None
            return store if (store / paths.STORE_RECIPES).is_file() else None
    return None


def _of_run(run: Path) -> Iterator[Model]:
    finished = run / paths.FINISHED_MODEL
    if _is_model(finished):
        yield Model(str(finished), run.name, "finished model")
    steps = sorted(path.parent for path in run.glob(f"{paths.CHECKPOINTS}/step-*/{paths.COMPLETE}"))
    best = _best_step(steps[-1]) if steps else None
    for checkpoint in reversed(steps):
        step = int(checkpoint.name.removeprefix("step-") or 0)
        marks = [mark for mark, holds in (("best", step == best), ("last", checkpoint == steps[-1])) if holds]
        yield Model(str(checkpoint), f"{run.name}@{step}", ", ".join(["checkpoint", *marks]))


def _best_step(checkpoint: Path) -> int | None:
    try:
        step = json.loads((checkpoint / paths.TRAINING_PROGRESS).read_text(encoding="utf-8")).get("best_step")
    except (OSError, ValueError, AttributeError):  # a checkpoint without it is one without a best
        return None
    return step if isinstance(step, int) else None


def _is_path(name: str) -> bool:
    return Path(name).is_absolute() or name.startswith((".", "~")) or name.count("/") > 1


def _is_model(folder: Path) -> bool:
    return (folder / paths.MODEL_CONFIG).is_file() or (folder / paths.RUN_MANIFEST).is_file()


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed while we look
        return 0.0
