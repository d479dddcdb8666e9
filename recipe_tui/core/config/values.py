"""Plain values of a configuration, from a file and from ``section.key=value``, and what is wrong with them."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from recipe_tui.core.config.toml_file import read_toml
from recipe_tui.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.fields import FieldInfo

PROBLEMS = {
    "int_parsing": "not a whole number",
    "int_from_float": "not a whole number",
    "float_parsing": "not a number",
    "missing": "needed",
}
"""What pydantic says in a roundabout way, by its kind."""


def read_values(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: It is missing, too large, or no TOML.
    """
    try:
        return read_toml(path)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file", "check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a configuration ({error})", "give a UTF-8 TOML file") from None
    except ValueError as error:  # also a number of thousands of digits
        raise ConfigError(f"{path}: not valid TOML ({error})", "mend the line") from None


def table_of(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a section, which is added where it is missing; those outside of sections for no name.

    Raises:
        ConfigError: The values have something else in its place.
    """
    if not name:
        return values
    table = values.setdefault(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"'{name}' is a section, not a value", f"write [{name}] and its keys below it")
    return table


def apply_setting(values: dict[str, Any], setting: str) -> None:
    """Set ``section.key=value``; the value is TOML, or a bare string.

    Raises:
        ConfigError: It is not of that form.
    """
    key, separator, text = setting.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {setting}: not of the form key=value", "write --set training.epochs=3")
    section, _, name = key.strip().rpartition(".")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text  # a bare word such as --set data.layout=plain
    table_of(values, section)[name] = value


def explain(error: ValidationError, origin: str, root: type[BaseModel]) -> tuple[str, str]:
    """Say in one line what is wrong with the first wrong value, and what to do."""
    first = error.errors()[0]
    if not first["loc"]:
        return f"{origin}: a key is not UTF-8 text", "correct it"
    section, *keys = map(str, first["loc"][:2])
    name = ".".join([section, *keys])
    fields = section_fields(root, section) if keys else root.model_fields
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


def section_fields(root: type[BaseModel], name: str) -> dict[str, FieldInfo]:
    """Return the fields of a section of a configuration; none for a name that is no section."""
    section = root.model_fields[name].annotation
    return section.model_fields if isinstance(section, type) and issubclass(section, BaseModel) else {}
