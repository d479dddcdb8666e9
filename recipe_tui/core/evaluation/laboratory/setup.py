"""An experiment from what a user gives: names of models, a grid, and a prompt or a number of held-out ones.

Needs no backend: what makes no sense is refused before a model is loaded.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.config import GenerationConfig, Quantization  # noqa: TC001 - pydantic reads it in a message
from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.laboratory.experiment import HELD_OUT_PROMPTS, Experiment, make_variants
from recipe_tui.core.evaluation.prompts import held_out_prompts
from recipe_tui.core.evaluation.subject import find_store, find_subject
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.blocks.store import BlockStore


@dataclass(frozen=True, slots=True)
class ExperimentRequest:
    """What a user asks for.

    Attributes:
        models: Names of models, as `locate_model` takes them.
        config: The decoding settings that all variants have in common.
        grids: See `make_variants`.
        sets: See `make_variants`.
        store: Folder of the block store; that of the models' runs when empty.
        prompts: Number of held-out prompts; 0 for the single one below.
        title: Title of the single prompt.
        ingredients: Its ingredients.
        precision: See `Generator.load`.
        quantization: See `Generator.load`.
    """

    models: tuple[str, ...]
    config: GenerationConfig
    grids: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    store: str = ""
    prompts: int = HELD_OUT_PROMPTS
    title: str = ""
    ingredients: tuple[str, ...] = ()
    precision: str = "float32"
    quantization: Quantization = "none"

    def experiment(self) -> Experiment:
        """Return the experiment.

        Raises:
            UsageError: There is nothing to compare, a setting makes no sense, or no store is known for the prompts.
            StoreError: The store is missing, damaged or holds out no recipe.
            CheckpointError, NetworkError: A model is missing.
        """
        seed = self.config.seed or 0
        config = self.config.model_copy(update={"seed": seed, "num_return_sequences": 1})
        if not self.models:
            raise UsageError("no model is given", "name a run or a model")
        make_variants([], config, self.grids, self.sets)  # a mistake in the grid comes before models are looked for
        subjects = [find_subject(name) for name in self.models]
        variants = make_variants(subjects, config, self.grids, self.sets)
        weights = {"precision": self.precision, "quantization": self.quantization}
        if self.prompts:
            store = find_store(subjects, _path(self.store))
            drawn = held_out_prompts(store, self.prompts, seed)
            return Experiment(variants, drawn.recipes, store, shortage=drawn.shortage, **weights)  # type: ignore[arg-type]
        if not (self.title or self.ingredients):
            raise UsageError("nothing to begin with", "give a title or ingredients, or a number of held-out prompts")
        found: BlockStore | None = None
        if self.store:
            found = find_store(subjects, _path(self.store))
        else:
            with suppress(UsageError):  # without a store there is no overlap
                found = find_store(subjects, None)
        return Experiment(variants, (Recipe(self.title, self.ingredients, ()),), found, **weights)  # type: ignore[arg-type]


def _path(text: str) -> Path | None:
    from pathlib import Path

    return Path(text) if text else None
