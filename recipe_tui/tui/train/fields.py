"""The fields of the form: one for every setting of the configuration, made from its schema."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from recipe_tui.core.config import UNSET, Config, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

SEPARATOR = ";"
"""Stands between the items of a list; commas are part of recipes and file names."""

TOP = "run"
"""What the settings outside of sections are gathered under."""

GROUPS = {
    TOP: "Run",
    "data": "Data",
    "model": "Model",
    "adapter": "Adapter",
    "training": "Training",
    "generation": "Writing",
    "notify": "Notifications",
    "tracking": "Trackers",
}
"""What the groups of settings are called."""

ESSENTIALS = (
    "data.source",
    "model.name",
    "model.initialize",
    "run",
    "training.epochs",
    "training.max_minutes",
    "training.batch_size",
    "training.gradient_accumulation_steps",
    "training.learning_rate",
    "data.layout",
    "data.block_size",
)
"""The settings that are asked first."""

LABELS = {
    "data.source": "recipes",
    "model.name": "model",
    "adapter.method": "adapter",
    "adapter.rank": "adapter rank",
    "adapter.alpha": "adapter alpha",
    "adapter.dropout": "adapter dropout",
    "run": "run name",
    "output": "output folder",
}
"""What settings are called whose key says too little by itself."""

PATHS = ("data.source", "data.store", "data.tokenizer", "model.name", "output")
"""Settings that can be paths, which are completed while they are written."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A setting as the form asks for it. Its value is text, as it stands in the form.

    Attributes:
        name: Its full name, such as ``training.epochs``; those in no section have no dot.
        group: Its section, or `TOP`.
        label: What the form calls it.
        help: What it means.
        choices: What it can be; empty when it is written.
        is_list: Whether it is several values.
        can_be_unset: Whether it may be left empty.
        default: Its default, as text.
    """

    name: str
    group: str
    label: str
    help: str
    choices: tuple[str, ...]
    is_list: bool
    can_be_unset: bool
    default: str

    @property
    def explanation(self) -> str:
        """What it means, with its name and default."""
        several = f" Several are separated by {SEPARATOR}" if self.is_list else ""
        default = f" Default: {self.default}." if self.default else ""
        return f"{self.name}: {self.help}{several}{default}"


def form_fields() -> tuple[FormField, ...]:
    """Return a field for every setting, in the order of the configuration."""
    fields: list[FormField] = []
    for key, info in Config.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, Section):
            fields += [_field(f"{key}.{name}", key, name, one) for name, one in section.model_fields.items()]
        else:
            fields.append(_field(key, TOP, key, info))
    return tuple(fields)


def texts_of(config: Config) -> dict[str, str]:
    """Return a configuration as the form shows it: a text for each field."""
    return {field.name: _text(_value(config, field.name)) for field in form_fields()}


def values_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands in the form as plain values, which `validated` makes a configuration of."""
    values: dict[str, Any] = {}
    for field in form_fields():
        text = texts.get(field.name, "").strip()
        section, _, key = field.name.rpartition(".")
        table = values.setdefault(section, {}) if section else values
        if field.is_list:
            table[key] = [item.strip() for item in text.split(SEPARATOR) if item.strip()]
        elif text:
            table[key] = text
        elif field.can_be_unset:
            table[key] = UNSET
    return values


def _field(name: str, group: str, key: str, info: FieldInfo) -> FormField:
    return FormField(
        name=name,
        group=group,
        label=LABELS.get(name, key.replace("_", " ")),
        help=info.description or "",
        choices=_choices(info.annotation),
        is_list=get_origin(info.annotation) is tuple,
        can_be_unset=NoneType in get_args(info.annotation),
        default=_text(info.get_default()),
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    """Return everything that a setting can be, if that is a few words."""
    if annotation is bool:
        return ("true", "false")
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    if get_origin(annotation) in (Union, UnionType):
        parts = [_choices(part) for part in get_args(annotation) if part is not NoneType]
        return tuple(choice for part in parts for choice in part) if all(parts) else ()
    return ()


def _value(config: Config, name: str) -> Any:
    value: Any = config
    for key in name.split("."):
        value = getattr(value, key)
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"{SEPARATOR} ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value) if isinstance(value, str | int | Path) else repr(value)
