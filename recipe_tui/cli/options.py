"""Command-line options made from the configuration: name, help, type and default have one home, `core.config`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import typer

from recipe_tui.core.config import Config
from recipe_tui.core.config.decoding_presets import PRESETS

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

TOP = "top"
"""Stands for the keys that are in no section."""

RENAMED = {
    ("model", "name"): "model",
    ("adapter", "method"): "adapter",
    ("adapter", "rank"): "adapter_rank",
    ("adapter", "alpha"): "adapter_alpha",
    ("adapter", "dropout"): "adapter_dropout",
}
"""Keys whose option is not called like them."""

LONGEST_METAVAR = 6
"""Characters of a word for an option's value, beyond which its choices stand in the help: names need the columns."""

METAVARS = {int: "N", float: "X", Path: "PATH", bool: "true|false"}


PRECISION = typer.Option(
    "--precision", help="bfloat16 takes half the memory; f16 and q8_0 (16 and 8 bits) are decoded by llama.cpp."
)
QUANTIZATION = typer.Option(
    "--quantization", help="Keep the projections as integers: less memory, some loss in quality."
)
DECODING_PRESET = typer.Option(
    "--preset",
    metavar="NAME",
    help=f"Decoding settings to begin with: {', '.join(one.name.lower() for one in PRESETS)}, or one that was saved; a "
    "file and other options come on top.",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the configuration that has an option.

    Attributes:
        section: Its section, or `TOP`.
        key: Its name in the section.
        option: Its option without the dashes in front, as an identifier.
        field: What the configuration says of it.
    """

    section: str
    key: str
    option: str
    field: FieldInfo

    @property
    def parameter(self) -> inspect.Parameter:
        """Return the option as a parameter that typer understands.

        Every value comes as text, and the configuration alone says whether it is one: so a wrong value is the same
        error in a file, in ``--set`` and here.
        """
        default = self.field.get_default()
        metavar = _metavar(self.field.annotation) or "TEXT"
        choices = f" One of {metavar.replace('|', ', ')}." if len(metavar) > LONGEST_METAVAR else ""
        option = typer.Option(
            f"--{self.option.replace('_', '-')}",
            help=f"{self.field.description}{choices}{'' if default in (None, ()) else f' Default: {default}.'}",
            metavar=metavar if len(metavar) <= LONGEST_METAVAR else "CHOICE",
            show_default=False,
            rich_help_panel=None if self.section == TOP else f"Settings of {self.section}",
        )
        kind: Any = list[str] if get_origin(self.field.annotation) is tuple else str
        return inspect.Parameter(
            self.option, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
        )


def settings_of(*sections: str) -> list[Setting]:
    """Return a setting for every key of some sections; a name that two of them have belongs to the first.

    Args:
        sections: Names of sections, `TOP`, or a single key such as ``top.output``.
    """
    settings: dict[str, Setting] = {}
    for section, _, only in (name.partition(".") for name in sections):
        fields = Config.model_fields
        if section != TOP:
            model = fields[section].annotation
            fields = model.model_fields  # type: ignore[union-attr]
        for key, field in fields.items():
            option = RENAMED.get((section, key), key)
            if only in ("", key) and (section != TOP or key not in SECTIONS):
                settings.setdefault(option, Setting(section, key, option, field))
    return list(settings.values())


SECTIONS = tuple(key for key, field in Config.model_fields.items() if hasattr(field.annotation, "model_fields"))


def _metavar(annotation: Any) -> str:
    """Say in a word what a value looks like; empty for text."""
    if annotation is NoneType:
        return ""
    if get_origin(annotation) is Literal:
        return "|".join(map(str, get_args(annotation)))
    if get_origin(annotation) in (Union, UnionType):
        return "|".join(filter(None, map(_metavar, get_args(annotation))))
    return METAVARS.get(annotation, "")
