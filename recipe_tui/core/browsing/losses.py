"""The loss of each recipe of a block store under a model, kept in the store's folder.

The highest losses are often dirt in the corpus, the lowest are memorized recipes. `evaluation.recipe_losses` computes
them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_file
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.registry.catalog import short_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore

NO_TARGETS = np.inf
"""The loss of a recipe that has no target token within the model's context; it is not ranked."""


@dataclass(frozen=True, slots=True, eq=False)
class RecipeLosses:
    """Losses under a model.

    Attributes:
        model: Name of the model, as `locate_model` takes it.
        folder: The folder that it stood for.
        values: Mean loss in nats per target token of each recipe of the store, [recipes] float32; NaN where it is not
            computed, `NO_TARGETS` where there is none.
        total: Recipes of the store that are in a split.
    """

    model: str
    folder: Path
    values: NDArray[np.float32]
    total: int

    @property
    def done(self) -> int:
        """Recipes whose loss is computed."""
        return int((~np.isnan(self.values)).sum())

    def ranked(self, highest: bool) -> NDArray[np.int64]:
        """Return the rows of the recipes that have a loss, in its order.

        Args:
            highest: Whether the highest comes first, or the lowest.
        """
        rows = np.flatnonzero(np.isfinite(self.values))
        values = self.values[rows]
        return rows[np.argsort(-values if highest else values, kind="stable")]


def recipes_in_splits(store: BlockStore) -> NDArray[np.int64]:
    """Return the rows of the recipes that are in a split; the others were dropped."""
    return np.flatnonzero(np.isin(store.outcomes["split"], range(len(SPLITS))))


def read_losses(store: BlockStore, model: str) -> RecipeLosses | None:
    """Return the losses that are kept; None if there are none, or the model has changed since.

    Args:
        store: The store.
        model: Name of the model.
    """
    try:
        with np.load(_path(store, model), allow_pickle=False) as kept:
            folder, values = Path(str(kept["folder"])), kept["values"]
            current = (str(kept["store"]), str(kept["weights"])) == (store.fingerprint, _weights(folder))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # none yet, or damaged: they are computed again
        return None
    if not current or values.shape != (len(store),):
        return None
    return RecipeLosses(model, folder, values, len(recipes_in_splits(store)))


def write_losses(store: BlockStore, losses: RecipeLosses) -> None:
    """Keep losses in the folder of the store.

    Raises:
        OutputError: It cannot be written to.
    """
    with whole_file(_path(store, losses.model)) as path, path.open("wb") as file:
        np.savez(
            file,
            model=np.array(losses.model),
            folder=np.array(str(losses.folder)),
            store=np.array(store.fingerprint),
            weights=np.array(_weights(losses.folder)),
            values=losses.values,
        )


def latest_model(store: BlockStore) -> str | None:
    """Return the name of the model whose losses were written last; None if none are kept."""
    files = sorted((store.path / paths.STORE_LOSSES).glob("*.npz"), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        try:
            with np.load(path, allow_pickle=False) as kept:
                return str(kept["model"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            continue
    return None


def _path(store: BlockStore, model: str) -> Path:
    digest = hashlib.sha256(model.encode()).hexdigest()[:12]
    name = "".join(character if character.isalnum() else "-" for character in short_name(model))[:40]
    return store.path / paths.STORE_LOSSES / f"{name}-{digest}.npz"


def _weights(folder: Path) -> str:
    """Return what changes when the weights in a folder change, without reading them."""
    files = sorted(folder.glob("*.safetensors"))
    return " ".join(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)
