"""The model that is evaluated, its run, its base and its block store. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, RunError, StoreError, UsageError
from recipe_tui.core.export.source import find_source
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.runs.checkpoints import checkpoint_step
from recipe_tui.core.runs.folder import RunManifest

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to evaluate.

    Attributes:
        name: Name of its run, or of its folder.
        folder: Its folder.
        run: Its run, or None.
        base: Name of the model that it was fine-tuned from; None if unknown, or if it began with random weights.
        random_base: Whether it began with random weights, which then are its base.
        notes: What one should know, such as that its run is not finished.
        untrained: Whether it is a model of the same shape with random weights: the base of one that began so.
    """

    name: str
    folder: Path
    run: Path | None
    base: str | None
    random_base: bool
    notes: tuple[str, ...] = ()
    untrained: bool = False

    def base_subject(self) -> Subject | None:
        """Return its base as a model to evaluate; None if it is unknown.

        Raises:
            CheckpointError, NetworkError: It cannot be found.
        """
        if self.random_base:
            return replace(self, name=f"{self.name} untrained", untrained=True)
        if self.base is None:
            return None
        return Subject(self.base, locate_model(self.base), None, None, random_base=False)


def find_subject(name: str, base: str | None = None) -> Subject:
    """Find a model by what `locate_model` takes.

    Args:
        name: The model or run.
        base: Its base, where it is not the one of its run.

    Raises:
        CheckpointError: There is no model there, or no base.
        NetworkError: A name is no folder, and the hub cannot be reached.
    """
    source = find_source(name)
    notes: tuple[str, ...] = ()
    if (step := checkpoint_step(source.folder)) >= 0:
        notes = (f"the run has not finished: its checkpoint of step {step:,} is evaluated",)
    random_base = False
    if base is not None:
        locate_model(base)  # an error here comes before hours of writing
    elif source.run is not None:
        random_base = _began_random(source.run)
        base = None if random_base else source.base or None
    return Subject(source.name, source.folder, source.run, base, random_base, notes)


def find_store(subjects: Sequence[Subject], store: Path | None) -> BlockStore:
    """Open the block store whose held-out recipes are prompts, and whose training recipes are searched for copies.

    Args:
        subjects: The models.
        store: Its folder; that of the models' runs when None.

    Raises:
        StoreError: It is missing or damaged.
        UsageError: None is given and the models have no run, or runs on different stores.
    """
    if store is not None:
        return BlockStore.open(store)
    found = {Path(RunManifest.read(one.run).store) for one in subjects if one.run is not None}
    if len(found) != 1:
        problem = "the models were trained on different block stores" if found else "no block store is given"
        raise UsageError(problem, "name the one to evaluate on: --store DIR")
    return BlockStore.open(found.pop())


def trained_on(subject: Subject, store: BlockStore) -> bool | None:
    """Return whether a model was trained on the training recipes of a store; None if that is not known."""
    if subject.run is None:
        return None
    try:
        manifest = RunManifest.read(subject.run)
    except RunError:
        return None
    if manifest.data == store.fingerprint:
        return True
    try:
        return BlockStore.open(Path(manifest.store)).manifest.fingerprint.files == store.manifest.fingerprint.files
    except StoreError:
        return False


def _began_random(run: Path) -> bool:
    try:
        return load_config(run / paths.RUN_CONFIG).model.initialize == "random"
    except ConfigError:  # of another version
        return False
