"""Setting a run up: a new one, or one that is to go on; its folder, its configuration and its data."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.backend import NO_FLOAT16
from recipe_tui.core.blocks.fingerprint import TRAINING_PACKAGES, code_fingerprint
from recipe_tui.core.blocks.prepare import prepare_blocks
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import RunError, TrainingError
from recipe_tui.core.lora.base import locate_base
from recipe_tui.core.lora.open import read_config
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.planning.batch import with_batch_size
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.runs.checkpoints import complete_checkpoints
from recipe_tui.core.runs.folder import RunManifest, create_run, new_run_name
from recipe_tui.core.runs.status import find_run
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.device_memory import has_gpu

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import Config
    from recipe_tui.core.text.tokenizer import Tokenizer

LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "transformers", "tokenizers", "datasets", "numpy")


@dataclass(frozen=True, slots=True)
class Setup:
    """A run that is ready to train: its folder, its resolved configuration, and its data."""

    run: Path
    config: Config
    manifest: RunManifest
    store: BlockStore
    tokenizer: Tokenizer
    model_folder: Path


def new_run(config: Config, progress: Callable[[BuildProgress], None] | None = None) -> Setup:
    """Set a new run up.

    Args:
        config: What to train on what.
        progress: Told how far the building of the blocks is.

    Raises:
        RecipeTuiError: What it needs is missing, or does not fit, or its folder cannot be made.
    """
    model_folder = locate_model(config.model.name)
    context = read_config(model_folder).max_position_embeddings
    if config.data.source and config.data.block_size > context:  # before hours are spent on blocks
        raise TrainingError(
            f"block_size {config.data.block_size} is above the model's context of {context}",
            f"give --block-size {context} or less",
        )
    store, tokenizer = prepare_blocks(config, model_folder, progress)
    if not len(store.blocks("train")):
        raise TrainingError(f"{store.path}: no training blocks", "give more recipes")
    now = time.time()
    config = _resolved(config, store, new_run_name(config.model.name, config.output, now))
    run = create_run(config.output, str(config.run))
    write_text(run / paths.RUN_CONFIG, config.to_toml())
    manifest = RunManifest(
        name=str(config.run),
        created=now,
        model=config.model.name,
        store=str(store.path.resolve()),
        data=store.fingerprint,
        tokenizer=tokenizer.fingerprint,
        config="",
        code=code_fingerprint(TRAINING_PACKAGES),
        libraries=_library_versions(),
    ).of(config)
    return Setup(run, config, manifest, store, tokenizer, model_folder)


def resumed_run(config: Config, progress: Callable[[BuildProgress], None] | None = None) -> Setup:
    """Set a run up that is to go on.

    Args:
        config: ``output`` and ``run`` say which.
        progress: Told how far the building of the blocks is, should they have been removed.

    Raises:
        RecipeTuiError: There is no such run, or what it needs is gone or has changed.
    """
    run = find_run(config.output, config.run)
    manifest = RunManifest.read(run)
    config = load_config(run / paths.RUN_CONFIG)
    if (Path(manifest.store) / paths.STORE_MANIFEST).is_file():
        store = BlockStore.open(Path(manifest.store))
    else:
        store, _ = prepare_blocks(config, locate_model(config.model.name), progress)
    if store.fingerprint != manifest.data:
        raise RunError(
            f"{run}: its block store has changed since it began, so it cannot go on exactly", "start a new run"
        )
    tokenizer = load_tokenizer(store.tokenizer_path, store.config.layout)
    model_folder = _model_of(run, config)
    return Setup(run, config, manifest, store, tokenizer, model_folder)


def _model_of(run: Path, config: Config) -> Path:
    """Return the model that a run goes on with: its latest checkpoint, or the one it began with where that counts."""
    checkpoints = complete_checkpoints(run)
    if not checkpoints or config.training.freeze_layers:  # which tokens it did not know decides which rows learn
        return locate_model(config.model.name)
    if config.adapter.method == "none":
        return run
    adapter = read_adapter(checkpoints[0])
    return locate_base(adapter, checkpoints[0])


def _resolved(config: Config, store: BlockStore, name: str) -> Config:
    """Fill in what was left to choose, so that the run's own configuration says everything."""
    precision = config.training.precision
    if precision == "mixed_float16" and keras.backend.backend() == "jax" and not has_gpu():
        raise TrainingError(*NO_FLOAT16)
    if precision == "auto":
        precision = "mixed_bfloat16" if has_gpu() else "float32"
    data = store.config.model_copy(update={"source": config.data.source, "store": config.data.store})
    training = with_batch_size(config.training, store.block_size).model_copy(update={"precision": precision})
    return config.model_copy(update={"run": config.run or name, "data": data, "training": training})


def _library_versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue  # the other backend
    return found
