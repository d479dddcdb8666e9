"""What an experiment of the laboratory is: variants of settings or models, and prompts. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core.config import GenerationConfig, Quantization, load_config
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.queue.grid import grid, setting_name, short_settings
from recipe_tui.core.text.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.evaluation.subject import Subject
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.prompt_file import PromptLine

HELD_OUT_PROMPTS = 20
"""Held-out prompts, unless another number is asked for."""

PLAIN = "plain"
"""The variant whose settings are those that all variants have in common."""

FIXED = {
    "seed": "all variants write with one seed: give --seed",
    "num_return_sequences": "each variant writes one text for a prompt; best_of keeps the best of several",
}
"""Settings that no grid can vary, and why."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A model with decoding settings.

    Attributes:
        name: What distinguishes it from the other variants: ``top_p=0.8, best_of=4``.
        model: Its model.
        config: Its decoding settings.
    """

    name: str
    model: Subject
    config: GenerationConfig


@dataclass(frozen=True, slots=True)
class Experiment:
    """Variants that write for the same prompts with the same seeds.

    Attributes:
        variants: The variants, those of a model side by side; the others are compared with the first one.
        prompts: A recipe for each prompt, whose title and ingredients are given.
        store: The block store whose training recipes are searched for copies, and whose held-out ones may be prompts.
        precision: See `Generator.load`.
        quantization: See `Generator.load`.
        shortage: That there are fewer prompts than were asked for; empty if there are not.
    """

    variants: tuple[Variant, ...]
    prompts: tuple[Recipe, ...]
    store: BlockStore | None = None
    precision: str = "float32"
    quantization: Quantization = "none"
    shortage: str = ""

    @property
    def texts(self) -> int:
        """Number of texts."""
        return len(self.variants) * len(self.prompts)

    @property
    def tokens(self) -> int:
        """Largest number of tokens, those of texts that are not kept included."""
        return sum(len(self.prompts) * texts_of(one.config) * one.config.max_new_tokens for one in self.variants)

    def settings(self, variant: Variant) -> dict[str, Any]:
        """Return all but prompt and seed that decides a text of a variant, as it is written beside the text."""
        return {
            "model": str(variant.model.folder),
            "store": None if self.store is None else str(self.store.path),
            "precision": self.precision,
            "quantization": self.quantization,
        }

    def prompt_lines(self) -> list[PromptLine]:
        """Return the prompts with their numbers, from 1."""
        from recipe_tui.core.text.prompt_file import PromptLine

        return [PromptLine(number, Prompt(one.title, one.ingredients)) for number, one in enumerate(self.prompts, 1)]


def texts_of(config: GenerationConfig) -> int:
    """Return the number of texts that are decoded for one that is kept."""
    return max(config.best_of, config.num_beams)


def make_variants(
    models: Sequence[Subject], config: GenerationConfig, grids: Sequence[str] = (), sets: Sequence[str] = ()
) -> tuple[Variant, ...]:
    """Return the variants of an experiment.

    Args:
        models: The models, checkpoints or adapters.
        config: The settings that all variants have in common.
        grids: See `recipe_tui.core.queue.grid.grid`.
        sets: Single sets of settings besides the grid: ``key=value, key=value``, or ``plain`` for none.

    Raises:
        UsageError: A setting does not exist, is out of range, cannot vary or contradicts another one; or two variants
            are the same.
    """
    gridded = [("--grid", one) for one in (grid(grids, "generation") if grids or not sets else ())]
    settings = [*gridded, *(("--variant", _settings(one)) for one in sets)]
    configs = [(short_settings(one) or PLAIN, _config(one, config, option)) for option, one in settings]
    variants = []
    for model in models:
        for name, its in configs:
            full = name if len(models) == 1 else model.name if len(configs) == 1 else f"{model.name}: {name}"
            variants.append(Variant(full, model, its))
    seen: set[tuple[str, str]] = set()
    for one in variants:
        key = (str(one.model.folder), one.config.model_dump_json())
        if key in seen:
            raise UsageError(f"two variants are the same: {one.name}", "leave one of them out")
        seen.add(key)
    names = [one.name for one in variants]
    if len({*names}) < len(names):  # models of the same name
        variants = [Variant(f"{number}. {one.name}", one.model, one.config) for number, one in enumerate(variants, 1)]
    return tuple(variants)


def _settings(text: str) -> tuple[str, ...]:
    """Return the settings of a set, as `load_config` takes them."""
    if text.strip() == PLAIN:
        return ()
    parts = [part for part in text.replace(";", ",").split(",") if part.strip()]
    found = []
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not value.strip():
            raise UsageError(f"--variant {text}: not of the form key=value", 'write --variant "best_of=4, top_p=0.9"')
        found.append(f"{setting_name(key.strip(), 'generation', '--variant')}={value.strip()}")
    return tuple(found)


def _config(settings: tuple[str, ...], config: GenerationConfig, option: str) -> GenerationConfig:
    for setting in settings:
        key = setting.partition("=")[0].rpartition(".")[2]
        if key in FIXED:
            raise UsageError(f"{option}: {key} cannot vary", FIXED[key])
    shown = short_settings(settings) or PLAIN
    try:
        found = load_config(None, settings, base={"generation": config.model_dump(exclude_none=True)}).generation
    except ConfigError as error:
        raise UsageError(f"{option} {error.message.removeprefix('--set: generation.')}", error.hint) from None
    if (contradiction := found.contradiction) is not None:
        raise UsageError(f"{option} {shown}: {contradiction[0]}", contradiction[1])
    return found
