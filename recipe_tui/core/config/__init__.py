"""The configuration: every setting, its default, its range and its meaning, in one place.

A configuration is a TOML file with the sections ``[data]``, ``[model]``, ``[adapter]``, ``[training]``,
``[generation]``, ``[notify]`` and ``[tracking]``; single keys are set on top with ``section.key=value``. The same
models make the command line's help and the screens' forms.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import tomli_w
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from recipe_tui.core.config.generation import GenerationConfig as GenerationConfig
from recipe_tui.core.config.reporting import NotifyConfig, TrackingConfig
from recipe_tui.core.config.section import UNSET as UNSET
from recipe_tui.core.config.section import Section as Section
from recipe_tui.core.config.values import PROBLEMS, apply_setting, explain, read_values, section_fields, table_of
from recipe_tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SourceFormat = Literal[
    "auto",
    "plain",
    "jsonl",
    "json",
    "csv",
    "parquet",
    "json-ld",
    "markdown",
    "recipemd",
    "cooklang",
    "meal-master",
    "mastercook",
    "xml",
    "hub",
]
LayoutName = Literal["plain", "sections", "chat"]
LayoutChoice = Literal["auto", "plain", "sections", "chat"]
Packing = Literal["best_fit", "concatenate"]
Quantization = Literal["none", "int8", "int4"]
GgufType = Literal["f16", "q8_0"]
GenerationPrecision = Literal["float32", "bfloat16", GgufType]

NEW_TOKENIZER = "new:"
"""Stands before the vocabulary size of a tokenizer that is to be trained."""


class DataConfig(Section):
    """Which recipes are read, and how they become blocks."""

    source: tuple[str, ...] = Field((), description="Files, folders or hub names to read recipes from.")
    format: SourceFormat = Field("auto", description="Format of the sources; recognised when auto.")
    store: Path | None = Field(None, description="Folder of the block store; made under the output folder when unset.")
    tokenizer: str | None = Field(
        None,
        description="Tokenizer, a folder or hub name; new:8192 trains one of 8,192 tokens on the training recipes. The "
        "model's own when unset.",
    )
    layout: LayoutChoice = Field(
        "auto", description="How a recipe is written as text. auto: chat where the model has a template, else sections."
    )
    block_size: int = Field(512, ge=8, description="Tokens in a block.")
    packing: Packing = Field(
        "best_fit",
        description="best_fit: whole recipes, isolated from each other; concatenate: one stream, cut every block_size.",
    )
    overlong: Literal["split", "cut", "drop"] = Field(
        "split", description="What happens to a recipe longer than a block, in best_fit."
    )
    near_duplicates: Literal["drop", "keep"] = Field(
        "drop", description="Drop near duplicates, or keep them together in one split."
    )
    near_duplicate_threshold: float = Field(
        0.8, gt=0, le=1, description="Jaccard similarity from which two recipes are near duplicates."
    )
    validation_fraction: float = Field(0.05, ge=0, lt=1, description="Share of recipes held out for validation.")
    test_fraction: float = Field(0.05, ge=0, lt=1, description="Share of recipes held out for the final test.")
    seed: int = Field(42, ge=0, description="Seed of the split.")
    tag_dropout: float = Field(
        0.3, ge=0, le=1, description="Share of tags, servings and times left out, so that prompts without them work."
    )

    @property
    def new_vocab_size(self) -> int | None:
        """Tokens of the tokenizer that is to be trained; None where an existing one is used."""
        name = self.tokenizer or ""
        return int(name.removeprefix(NEW_TOKENIZER)) if name.startswith(NEW_TOKENIZER) else None

    @field_validator("tokenizer")
    @classmethod
    def _a_new_tokenizer_has_a_size(cls, value: str | None) -> str | None:
        if value is not None and value.startswith(NEW_TOKENIZER):
            size = value.removeprefix(NEW_TOKENIZER)
            if not (size.isascii() and size.isdecimal() and len(size) <= len("1048576")):
                raise ValueError("the size of a new tokenizer is a number of tokens, as in new:8192")
        return value

    @field_validator("source", mode="before")
    @classmethod
    def _one_source_needs_no_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> DataConfig:
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction + test_fraction must stay below 1")
        return self


class ModelConfig(Section):
    """Which model is fine-tuned."""

    name: str = Field(
        "gpt2",
        description="Checkpoint folder, run folder or hub name; for random weights also a shape such as gpt2-4x256.",
    )
    initialize: Literal["pretrained", "random"] = Field(
        "pretrained", description="Start from the checkpoint's weights, or from random ones in its shape."
    )
    n_layer: int | None = Field(None, ge=1, description="Layers; overrides the shape when initialize is random.")
    n_embd: int | None = Field(None, ge=1, description="Width; overrides the shape when initialize is random.")
    n_head: int | None = Field(None, ge=1, description="Heads; overrides the shape when initialize is random.")
    dropout: float | None = Field(None, ge=0, lt=1, description="Dropout everywhere; the checkpoint's own when unset.")
    zero_init_residual: bool = Field(
        False, description="Random projections that add to the residual stream start at 0, so each layer at identity."
    )
    quantization: Quantization = Field(
        "none",
        description="Keep the projections as 8 or 4 bit integers, in a quarter or an eighth of the memory; they stay "
        "as they are while an adapter learns.",
    )

    @model_validator(mode="after")
    def _shape_belongs_to_random_weights(self) -> ModelConfig:
        if self.initialize == "pretrained" and (self.n_layer or self.n_embd or self.n_head):
            raise ValueError("n_layer, n_embd and n_head need initialize = 'random'")
        return self


class AdapterConfig(Section):
    """Whether all weights learn, or low-rank adapters alone; the names are those of PEFT's configuration."""

    method: Literal["none", "lora"] = Field(
        "none", description="lora: train low-rank adapters, which is faster and takes less memory; none: all weights."
    )
    rank: int = Field(8, ge=1, description="Inner size of an adapter; more can learn more.")
    alpha: float = Field(16.0, gt=0, description="An adapter counts alpha / rank times.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of an adapter's inputs that are dropped in training.")
    target_modules: tuple[str, ...] = Field(
        (),
        description="Projections that get adapters, such as c_attn and mlp.c_proj, or all-linear; what PEFT takes for "
        "the model (c_attn in GPT-2) when unset.",
    )


class TrainingConfig(Section):
    """How the model is trained. One step is one optimizer update over ``batch_size x gradient_accumulation_steps``."""

    epochs: float = Field(3.0, gt=0, description="Passes over the training blocks.")
    max_steps: int | None = Field(None, ge=1, description="Stop after this many steps, even if epochs asks for more.")
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="Minutes from the start to the finished model, in place of epochs: the learning rate schedule "
        "follows the clock. Reading, compiling, the final validation and saving are included.",
    )
    batch_size: int = Field(4, ge=1, description="Blocks that go through the model at once.")
    gradient_accumulation_steps: int = Field(
        1, ge=1, description="Batches summed, weighted by their tokens, into one step."
    )
    batch_tokens: int | Literal["auto"] | None = Field(
        None,
        description="Tokens that go through the model at once, in the place of batch_size; auto: as many as the memory "
        "has room for, while a step stays as large.",
    )
    model_parallel: int = Field(
        1, ge=1, description="Devices that share the weights, for a model that one cannot hold (JAX, one machine)."
    )
    freeze_layers: int = Field(
        0, ge=0, description="The embedding and this many of the lowest layers stay as they are; new tokens learn."
    )
    gradient_checkpointing: bool = Field(
        False, description="Recompute each layer in the backward pass, which takes time and saves memory."
    )
    optimizer: Literal["adamw", "adam", "adafactor", "muon"] = Field(
        "adamw",
        description="adamw, adam as the original workflow had it, adafactor, which takes little memory, or muon, which "
        "suits random weights: it orthogonalizes the updates of matrices, and updates all else by adamw.",
    )
    learning_rate: float = Field(5e-5, gt=0, description="Peak learning rate.")
    schedule: Literal["cosine", "linear", "constant", "trapezoidal"] = Field(
        "cosine", description="What follows the warm-up; trapezoidal: constant, then linear to 0."
    )
    warmup_fraction: float = Field(0.05, ge=0, lt=1, description="Share of the steps in which the rate rises from 0.")
    warmdown_fraction: float = Field(
        0.5, gt=0, le=1, description="Share of the steps in which the rate falls to 0 (schedule trapezoidal alone)."
    )
    weight_decay: float = Field(0.01, ge=0, description="Decoupled decay (not in adam); it spares biases and norms.")
    beta_1: float = Field(0.9, ge=0, lt=1, description="Decay of the gradient's running mean (not in adafactor).")
    beta_2: float = Field(0.999, ge=0, lt=1, description="Decay of the squared gradient's mean (not in adafactor).")
    epsilon: float = Field(1e-8, gt=0, description="Keeps the update finite.")
    clip_norm: float | None = Field(1.0, gt=0, description="Largest global gradient norm; unset means no clipping.")
    goldfish_k: int = Field(
        0, ge=0, description="One in this many tokens is never learned, which hinders memorization; 0: all are."
    )
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "auto", description="Arithmetic; weights stay float32. auto: mixed_bfloat16 on a GPU, float32 else."
    )
    jit_compile: bool | Literal["auto"] = Field("auto", description="Compile the step with XLA. auto: where it pays.")
    evaluate_every: int | None = Field(None, ge=1, description="Steps between validations; once an epoch when unset.")
    evaluate_on_start: bool = Field(
        False, description="Validate before the first step too, which shows what the model knew."
    )
    evaluate_batches: int | None = Field(None, ge=1, description="Validation batches; all of them when unset.")
    sample_every: int | None = Field(
        None,
        ge=0,
        description="Steps between texts written to see progress; 0: never. At validation when unset, and with "
        "max_minutes never.",
    )
    sample_title: str | None = Field(
        None, description="Title such a text begins with; that of a held-out recipe when no sample_* is set."
    )
    sample_ingredients: tuple[str, ...] = Field((), description="Ingredient lines that such a text begins with.")
    checkpoint_every: int | None = Field(None, ge=1, description="Steps between checkpoints; at validation when unset.")
    keep_checkpoints: int = Field(2, ge=1, description="Latest checkpoints kept; the best is kept besides.")
    best_by: Literal["loss", "scorecard"] = Field(
        "loss",
        description="What chooses the best weights and stops early: the validation loss, or a scorecard of what the "
        "model writes for held-out prompts at each validation.",
    )
    scorecard_prompts: int = Field(16, ge=2, description="Held-out prompts of the scorecard, written in one batch.")
    early_stopping_patience: int | None = Field(
        None, ge=1, description="Validations without improvement until training stops; never when unset."
    )
    final_weights: Literal["best", "last"] = Field("best", description="Which weights the finished model has.")
    log_every: int = Field(1, ge=1, description="Steps between entries in the event log.")
    seed: int = Field(42, ge=0, description="Seed of the block order, dropout and random weights.")

    @model_validator(mode="after")
    def _time_or_steps(self) -> TrainingConfig:
        if self.max_minutes is not None and self.max_steps is not None:
            raise ValueError("either max_minutes or max_steps ends a training: unset one")
        if self.max_minutes is not None and self.log_every != 1:
            raise ValueError("max_minutes needs log_every = 1: a resumed run reads from the log how far each step was")
        return self

    @field_validator("goldfish_k")
    @classmethod
    def _some_tokens_are_learned(cls, value: int) -> int:
        if value == 1:
            raise ValueError("it should be 2 or more, or 0: with 1 no token would be learned")
        return value

    @field_validator("batch_tokens")
    @classmethod
    def _a_batch_has_tokens(cls, value: int | str | None) -> int | str | None:
        if isinstance(value, int) and value < 1:
            raise ValueError("it should be 1 or more, or auto")
        return value


class Config(Section):
    """Everything a run needs."""

    output: Path = Field(Path("output"), description="Folder of the runs.")
    run: str | None = Field(None, description="Name of the run; made from date and model when unset.")
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    adapter: AdapterConfig = Field(AdapterConfig(), validate_default=True)
    training: TrainingConfig = TrainingConfig()
    generation: GenerationConfig = GenerationConfig()
    notify: NotifyConfig = NotifyConfig()
    tracking: TrackingConfig = TrackingConfig()

    @field_validator("adapter")
    @classmethod
    def _adapters_need_something_to_adapt(cls, adapter: AdapterConfig, info: ValidationInfo) -> AdapterConfig:
        model = info.data.get("model")
        if adapter.method != "none" and model is not None and model.initialize == "random":
            raise ValueError("random weights must learn themselves: set model.initialize to pretrained")
        if adapter.method == "none" and model is not None and model.quantization != "none":
            raise ValueError("integers cannot learn: set adapter.method to lora, or model.quantization to none")
        return adapter

    @field_validator("training")
    @classmethod
    def _frozen_layers_know_something(cls, training: TrainingConfig, info: ValidationInfo) -> TrainingConfig:
        model, adapter = info.data.get("model"), info.data.get("adapter")
        if training.freeze_layers and model is not None and model.initialize == "random":
            raise ValueError("random weights must learn: set freeze_layers to 0, or model.initialize to pretrained")
        if training.freeze_layers and adapter is not None and adapter.method != "none":
            raise ValueError("with adapters all layers stay as they are: set freeze_layers to 0")
        return training

    def to_toml(self) -> str:
        """Return the configuration as TOML, from which `load_config` makes the same one again."""
        return tomli_w.dumps(_without_null(self, self.model_dump(mode="json")))


def load_config(
    path: Path | None = None,
    settings: Iterable[str] = (),
    base: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    **sections: dict[str, Any],
) -> Config:
    """Build a configuration: defaults, then the file, then explicit options, then ``section.key=value`` settings.

    Args:
        path: A TOML file, or None.
        base: Values by section that take the place of the defaults, such as those of a preset.
        settings: Strings ``section.key=value``; the value is TOML, or a bare string.
        sections: Values by section, such as ``training={"epochs": 1}``; ``output`` and ``run`` go in ``top``.
            None values are left out.

    Raises:
        ConfigError: The file cannot be read, or a key is unknown, or a value has the wrong type or range.
    """
    values = {name: dict(section) for name, section in base.items()}
    for name, value in (read_values(path) if path is not None else {}).items():
        values[name] = values[name] | value if name in values and isinstance(value, dict) else value
    for name, section in sections.items():
        given = {key: value for key, value in section.items() if value is not None}
        table_of(values, name if name != "top" else "").update(given)
    given_by: dict[str, str] = {}
    for setting in settings:
        apply_setting(values, setting)
        given_by[setting.partition("=")[0].strip()] = "--set"
    return validated(values, str(path) if path is not None else "the configuration", given_by)


def validated(values: dict[str, Any], origin: str, given_by: Mapping[str, str] | None = None) -> Config:
    """Validate plain values into a `Config`.

    Args:
        values: The values, in their sections.
        origin: Where they are from, for the error.
        given_by: Where single ones are from instead, by their names such as ``training.epochs``.

    Raises:
        ConfigError: Names the first offending key and what it takes.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"][:2]))
        raise ConfigError(*explain(error, (given_by or {}).get(name, origin), Config), setting=name) from None


def problems(values: dict[str, Any]) -> dict[str, str]:
    """Say what is wrong with plain values, all at once.

    Returns:
        A text for each ``section.key`` that is wrong, or for a section whose keys contradict each other.
    """
    try:
        Config.model_validate(values)
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for one in error.errors():
            section, *keys = map(str, one["loc"][:2] or ("",))
            is_key = keys and keys[0] in section_fields(Config, section)
            problem = PROBLEMS.get(one["type"]) or one["msg"].removeprefix("Value error, ")
            wrong.setdefault(f"{section}.{keys[0]}" if is_key else section, problem)
        return wrong
    return {}


def _without_null(section: Section, values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is unset by default, and write `UNSET` for what is unset against it."""
    written: dict[str, Any] = {}
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, Section):
            written[key] = _without_null(value, values[key])
        elif value is not None:
            written[key] = values[key]
        elif field.get_default() is not None:
            written[key] = UNSET
    return written
