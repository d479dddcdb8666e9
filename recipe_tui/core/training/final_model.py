"""The finished model of a run; where an adapter learned, the adapter too."""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_folder, write_text, writing
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.lora.peft import ADAPTER_FILES, read_adapter
from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.weights import named_weights, needed_memory, save_model
from recipe_tui.core.runs.checkpoints import checkpoint_folder
from recipe_tui.core.runs.events import Merged, NotMerged
from recipe_tui.core.runs.perplexity import perplexity
from recipe_tui.core.training.checkpoint import save_weights
from recipe_tui.core.training.devices import is_first, most, wait_for_all
from recipe_tui.core.training.evaluate import evaluate, for_evaluation
from recipe_tui.core.training.model_card import model_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.training.callbacks import TrainingProgress
    from recipe_tui.core.training.setup import Setup


@dataclass(frozen=True, slots=True)
class FinalModel:
    """Writes the finished model, or the adapter and the model it is merged into.

    Attributes:
        setup: What was trained.
        progress: How far it came.
        parameters: Trainable parameters.
    """

    setup: Setup
    progress: TrainingProgress
    parameters: int

    @property
    def loss(self) -> float | None:
        """Validation loss of the weights that the finished model has; None without validation blocks."""
        return self.progress.final_loss(self.setup.config.training.final_weights)

    def write_model(self, model: LanguageModel) -> None:
        """Write a model whose own weights learned."""
        if not is_first():
            return
        with whole_folder(self.setup.run / paths.FINISHED_MODEL) as new:
            self._write_weights(model, new, (paths.MODEL_CONFIG, paths.GENERATION_CONFIG, paths.MODEL_WEIGHTS))
            self._write_rest(new, model)

    def write_adapter(self, model: LanguageModel) -> None:
        """Write the adapter of a model. All processes return when it is there."""
        if is_first():
            with whole_folder(self._adapter) as new:
                self._write_weights(model, new, ADAPTER_FILES)
                self._write_rest(new)
        wait_for_all()

    def write_merged(self, batches: Sequence[dict[str, Any]]) -> Merged | NotMerged:
        """Merge the adapter into the float weights of its base, write the model, and evaluate it.

        Args:
            batches: Validation batches.

        Returns:
            The perplexity before and after; or, where the memory has no room for the float weights, that they were
            not merged.
        """
        step = self.progress.step
        needed, free = needed_memory(self.setup.model_folder, "float32"), available_memory().free
        if most(needed > free):
            return NotMerged(time.time(), step, needed, free)
        model = load_model(self._adapter, self.setup.config.training.precision)
        merged = Merged(time.time(), step, None, None)
        if batches and self.loss is not None:
            found = evaluate(for_evaluation(model, self.setup.config.training.batch_size), batches)
            merged = Merged(time.time(), step, perplexity(self.loss), found.perplexity)
        if is_first():
            with whole_folder(self.setup.run / paths.FINISHED_MODEL) as new:
                save_model(model, new)
                self._write_rest(new, model, merged)
        return merged

    @property
    def _adapter(self) -> Path:
        return self.setup.run / paths.FINISHED_ADAPTER

    def _write_weights(self, model: LanguageModel, new: Path, files: Sequence[str]) -> None:
        """Write the weights at the end, or copy those of the best checkpoint."""
        best = self.progress.best_step
        if self.setup.config.training.final_weights == "last" or best is None or best == self.progress.step:
            save_weights(model, new)
            return
        checkpoint = checkpoint_folder(self.setup.run, best)
        with writing(new):
            for name in files:
                if name == paths.GENERATION_CONFIG and not (checkpoint / name).is_file():
                    continue  # older checkpoints have none
                shutil.copyfile(checkpoint / name, new / name)

    def _write_rest(self, new: Path, model: LanguageModel | None = None, merged: Merged | None = None) -> None:
        """Write what stands beside the weights: the tokenizer and the model card."""
        setup = self.setup
        setup.tokenizer.save(new)
        card = model_card(
            setup.config,
            setup.store.ledger,
            setup.plan,
            self.progress,
            setup.store.fingerprint,
            read_config(new),
            learned=self.parameters,
            parameters=None if model is None else sum(math.prod(one.shape) for _, one in named_weights(model)),
            adapter=read_adapter(self._adapter) if merged else read_adapter(new) if model is None else None,
            merged=merged,
        )
        write_text(new / paths.MODEL_CARD, card)
