"""The configuration: every setting, its default, its range and its meaning, in one place.

A configuration is a TOML file with the sections ``[data]``, ``[model]``, ``[adapter]``, ``[training]`` and
``[generation]``; single keys are set on top with ``section.key=value``. The same models make the command line's help
and the screens' forms.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from recipe_tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic.fields import FieldInfo

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

_LARGEST = 4 << 20  # bytes of a configuration file

UNSET = "none"
"""How a value that is unset is written where there is no null."""


class Section(BaseModel):
    """A group of settings: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _none_is_unset(cls, values: Any) -> Any:
        """TOML has no null: the word none unsets what can be unset, whatever its default."""
        if not isinstance(values, dict):
            return values
        return {key: None if value == UNSET and cls._can_be_unset(key) else value for key, value in values.items()}

    @classmethod
    def _can_be_unset(cls, key: str) -> bool:
        return key in cls.model_fields and NoneType in get_args(cls.model_fields[key].annotation)


class DataConfig(Section):
    """Which recipes are read, and how they become blocks."""

    source: tuple[str, ...] = Field((), description="Files, folders or hub names to read recipes from.")
    format: SourceFormat = Field("auto", description="Format of the sources; recognised when auto.")
    store: Path | None = Field(None, description="Folder of the block store; made under the output folder when unset.")
    tokenizer: str | None = Field(None, description="Tokenizer, a folder or hub name; the model's own when unset.")
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

    name: str = Field("gpt2", description="Checkpoint folder, run folder or hub name.")
    initialize: Literal["pretrained", "random"] = Field(
        "pretrained", description="Start from the checkpoint's weights, or from random ones in its shape."
    )
    n_layer: int | None = Field(None, ge=1, description="Layers; overrides the shape when initialize is random.")
    n_embd: int | None = Field(None, ge=1, description="Width; overrides the shape when initialize is random.")
    n_head: int | None = Field(None, ge=1, description="Heads; overrides the shape when initialize is random.")
    dropout: float | None = Field(None, ge=0, lt=1, description="Dropout everywhere; the checkpoint's own when unset.")
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
    max_steps: int | None = Field(None, ge=1, description="Stop after this many steps, whatever epochs says.")
    batch_size: int = Field(4, ge=1, description="Blocks that go through the model at once.")
    gradient_accumulation_steps: int = Field(
        1, ge=1, description="Batches summed, weighted by their tokens, into one step."
    )
    batch_tokens: int | Literal["auto"] | None = Field(
        None,
        description="Tokens that go through the model at once, in the place of batch_size; auto: as many as the memory "
        "has room for, while a step stays as large.",
    )
    freeze_layers: int = Field(
        0, ge=0, description="The embedding and this many of the lowest layers stay as they are; new tokens learn."
    )
    gradient_checkpointing: bool = Field(
        False, description="Recompute each layer in the backward pass, which takes time and saves memory."
    )
    optimizer: Literal["adamw", "adam", "adafactor"] = Field(
        "adamw", description="adamw, adam as the original workflow had it, or adafactor, which takes little memory."
    )
    learning_rate: float = Field(5e-5, gt=0, description="Peak learning rate.")
    schedule: Literal["cosine", "linear", "constant"] = Field("cosine", description="What follows the warm-up.")
    warmup_fraction: float = Field(0.05, ge=0, lt=1, description="Share of the steps in which the rate rises from 0.")
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
    evaluate_batches: int | None = Field(None, ge=1, description="Validation batches; all of them when unset.")
    sample_every: int | None = Field(
        None, ge=0, description="Steps between texts written to see progress; at validation when unset, 0: never."
    )
    sample_title: str | None = Field(
        None, description="Title such a text begins with; that of a held-out recipe when no sample_* is set."
    )
    sample_ingredients: tuple[str, ...] = Field((), description="Ingredient lines that such a text begins with.")
    checkpoint_every: int | None = Field(None, ge=1, description="Steps between checkpoints; at validation when unset.")
    keep_checkpoints: int = Field(2, ge=1, description="Latest checkpoints kept; the best is kept besides.")
    early_stopping_patience: int | None = Field(
        None, ge=1, description="Validations without improvement until training stops; never when unset."
    )
    final_weights: Literal["best", "last"] = Field("best", description="Which weights the finished model has.")
    log_every: int = Field(1, ge=1, description="Steps between entries in the event log.")
    seed: int = Field(42, ge=0, description="Seed of the block order, dropout and random weights.")

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


class GenerationConfig(Section):
    """How the next token is chosen. The processors run in the order of these fields."""

    max_new_tokens: int = Field(400, ge=1, description="Longest continuation, in tokens.")
    repetition_penalty: float = Field(1.0, gt=0, description="Above 1, tokens already written become less likely.")
    no_repeat_ngram_size: int = Field(
        0, ge=0, description="Forbid repeating a run of this many written tokens; 0: off."
    )
    temperature: float = Field(0.7, ge=0, description="Flattens (>1) or sharpens (<1) the distribution; 0 is greedy.")
    top_k: int = Field(0, ge=0, description="Keep the k likeliest tokens; 0: off.")
    top_p: float = Field(0.95, gt=0, le=1, description="Keep the likeliest tokens that reach this probability; 1: off.")
    min_p: float = Field(0.0, ge=0, le=1, description="Drop tokens below this share of the likeliest one; 0: off.")
    num_beams: int = Field(1, ge=1, description="Beams of a beam search (no sampling); 1: off.")
    length_penalty: float = Field(1.0, description="Beam scores are divided by length to this power.")
    num_return_sequences: int = Field(1, ge=1, description="Texts written side by side.")
    seed: int | None = Field(None, ge=0, description="Same seed, same text; drawn at random when unset.")


class Config(Section):
    """Everything a run needs."""

    output: Path = Field(Path("output"), description="Folder of the runs.")
    run: str | None = Field(None, description="Name of the run; made from date and model when unset.")
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    adapter: AdapterConfig = Field(AdapterConfig(), validate_default=True)
    training: TrainingConfig = TrainingConfig()
    generation: GenerationConfig = GenerationConfig()

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


def load_config(path: Path | None = None, settings: Iterable[str] = (), **sections: dict[str, Any]) -> Config:
    """Build a configuration: defaults, then the file, then explicit options, then ``section.key=value`` settings.

    Args:
        path: A TOML file, or None.
        settings: Strings ``section.key=value``; the value is TOML, or a bare string.
        sections: Values by section, such as ``training={"epochs": 1}``; ``output`` and ``run`` go in ``top``.
            None values are left out.

    Raises:
        ConfigError: The file cannot be read, or a key is unknown, or a value has the wrong type or range.
    """
    values = _read(path) if path is not None else {}
    for name, section in sections.items():
        given = {key: value for key, value in section.items() if value is not None}
        _table(values, name if name != "top" else "").update(given)
    given_by: dict[str, str] = {}
    for setting in settings:
        _apply(values, setting)
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
        loc = error.errors()[0]["loc"][:2]
        name = ".".join(map(str, loc))
        raise ConfigError(*_explain(error, (given_by or {}).get(name, origin)), setting=name) from None


PROBLEMS = {
    "int_parsing": "not a whole number",
    "int_from_float": "not a whole number",
    "float_parsing": "not a number",
    "missing": "needed",
}
"""What pydantic says in a roundabout way, by its kind."""


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
            is_key = keys and keys[0] in _section_fields(section)
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


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigError(f"{path}: larger than {_LARGEST >> 20} MB", "give a UTF-8 TOML file")
        return tomllib.loads(data.decode())
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file", "check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a configuration ({error})", "give a UTF-8 TOML file") from None
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        raise ConfigError(f"{path}: not valid TOML ({error})", "mend the line") from None


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    if not name:
        return values
    table = values.setdefault(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"'{name}' is a section, not a value", f"write [{name}] and its keys below it")
    return table


def _apply(values: dict[str, Any], setting: str) -> None:
    key, separator, text = setting.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {setting}: not of the form key=value", "write --set training.epochs=3")
    section, _, name = key.strip().rpartition(".")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text  # a bare word such as --set data.layout=plain
    _table(values, section)[name] = value


def _explain(error: ValidationError, origin: str) -> tuple[str, str]:
    """Say in one line what is wrong with the first wrong value, and what to do."""
    first = error.errors()[0]
    if not first["loc"]:
        return f"{origin}: a key is not UTF-8 text", "correct it"
    section, *keys = map(str, first["loc"][:2])
    name = ".".join([section, *keys])
    fields = _section_fields(section) if keys else Config.model_fields
    key = keys[0] if keys else section
    if first["type"] == "extra_forbidden":
        meant = [f"did you mean {close}?" for close in get_close_matches(key, fields, n=1)]
        return f"{origin}: unknown key '{name}'", " ".join([*meant, f"known keys here: {', '.join(fields)}"])
    problem = first["msg"].removeprefix("Value error, ")
    if key not in fields or isinstance(first["input"], dict):  # a rule about several keys
        return f"{origin}: {name}: {problem}", "correct the values"
    description = fields[key].description
    hint = f"it means: {description}" if description else f"write [{key}] and its keys below it"
    return f"{origin}: {name} = {first['input']!r}: {problem}", hint


def _section_fields(name: str) -> dict[str, FieldInfo]:
    section = Config.model_fields[name].annotation
    return section.model_fields if isinstance(section, type) and issubclass(section, BaseModel) else {}
