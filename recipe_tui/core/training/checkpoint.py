"""Checkpoints of a training: the model, and all the state that an exact resume needs."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

import keras
import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import require_space, whole_folder, write_tensors, writing
from recipe_tui.core.errors import CheckpointError, problem
from recipe_tui.core.families.table import family_of
from recipe_tui.core.lora.adapter import has_adapter, learned
from recipe_tui.core.lora.peft import write_adapter
from recipe_tui.core.model.weights import generation_config, named_weights, save_model
from recipe_tui.core.registry.tensors import open_tensors
from recipe_tui.core.runs.checkpoints import checkpoint_folder, complete_checkpoints, damaged_file, write_hashes
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.training.callbacks import TrainingProgress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer
    from recipe_tui.core.training.step import FineTuning


_PROGRESS = TypeAdapter(TrainingProgress)


def save_checkpoint(run: Path, training: FineTuning, tokenizer: Tokenizer, progress: TrainingProgress) -> Path:
    """Write a checkpoint atomically: a Hugging Face model folder, and the state of the training beside the model.

    Raises:
        OutputError: The disk has too little space, or the folder cannot be written to.
    """
    folder = checkpoint_folder(run, progress.step)
    state = {name: np.asarray(keras.ops.convert_to_numpy(variable)) for name, variable in _state(training)}
    model = training.model
    kept = model.trainable_variables if has_adapter(model) else [variable for _, variable in named_weights(model)]
    weights = sum(np.prod(variable.shape) * 4 for variable in kept)
    require_space(run, int(weights) + sum(values.nbytes for values in state.values()))
    with whole_folder(folder) as new:
        save_weights(model, new)
        tokenizer.save(new)
        write_tensors(new / paths.TRAINING_STATE, state)
        with writing(folder):
            (new / paths.TRAINING_PROGRESS).write_text(json.dumps(asdict(progress), indent=1), encoding="utf-8")
            write_hashes(new)
    return folder


def save_weights(model: LanguageModel, folder: Path) -> None:
    """Write the weights that learn: of a model with an adapter, the adapter alone, in the layout of PEFT.

    Raises:
        OutputError: The folder cannot be written to.
    """
    if not has_adapter(model):
        save_model(model, folder)
        return
    write_adapter(learned(model), folder, fan_in_fan_out=family_of(model.config).fan_in_fan_out)
    with writing(folder):
        model.config.save_pretrained(str(folder))
        (folder / paths.GENERATION_CONFIG).write_text(generation_config(model), encoding="utf-8")


def load_checkpoint(folder: Path, training: FineTuning) -> TrainingProgress:
    """Restore the state of a training from a checkpoint; the weights are loaded with the model.

    Raises:
        CheckpointError: The state is damaged, or is that of another model or optimizer.
    """
    path = folder / paths.TRAINING_STATE
    try:
        progress = _PROGRESS.validate_python(read_json(folder / paths.TRAINING_PROGRESS))
        with open_tensors(path) as file:
            for name, variable in _state(training):
                variable.assign(file.get_tensor(name))
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path}: the state cannot be restored ({problem(error)})", "resume from another run"
        ) from error
    return progress


def check_files(folder: Path) -> None:
    """Check that the files of a checkpoint are as they were written, before any is read.

    Raises:
        CheckpointError: One is not.
    """
    if name := damaged_file(folder):
        raise CheckpointError(f"{folder / name}: damaged (its SHA-256 is another)", "resume from another checkpoint")


def prune_checkpoints(run: Path, keep: int, best_step: int | None) -> None:
    """Remove all checkpoints but the newest ``keep`` and the best."""
    best = None if best_step is None else checkpoint_folder(run, best_step)
    for folder in complete_checkpoints(run)[keep:]:
        if folder != best:
            (folder / paths.COMPLETE).unlink()  # first, so that a half-deleted folder is never taken for a checkpoint
            shutil.rmtree(folder, ignore_errors=True)


def _state(training: FineTuning) -> Iterator[tuple[str, keras.Variable]]:
    """Yield what changes in training besides the weights: the optimizer's variables and the seeds of dropout."""
    for variable in training.optimizer.variables:
        yield f"optimizer/{variable.path}", variable
    weights = {id(variable) for variable in training.model.weights}
    for number, variable in enumerate(training.model.variables):
        if id(variable) not in weights:
            yield f"random/{number}", variable
