"""Grids over settings: ``learning_rate=1e-4,3e-4 × rank=8,16`` makes four sets of settings."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import TYPE_CHECKING

from recipe_tui.core.config import Config
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 1000
"""Sets of settings that a grid may have."""

ALIASES = {
    "lr": "training.learning_rate",
    "lora_rank": "adapter.rank",
    "lora_alpha": "adapter.alpha",
    "adapter": "adapter.method",
    "model": "model.name",
}
"""Short names of settings besides their keys."""

_TIMES = re.compile(r"\s+[x×]\s+|\s*×\s*|\s*;\s*")
_COMMA = re.compile(r",(?![^\[]*\])")  # not those inside a list


def grid(texts: Iterable[str], section: str = "") -> list[tuple[str, ...]]:
    """Return the sets of settings of a grid, the last one changing fastest.

    Args:
        texts: Each ``key=value,value``, or several of them with ``×``, ``x`` or ``;`` between. A key is
            ``section.key``, or the key alone where only one section has it.
        section: The only section whose settings can vary; empty for all of them.

    Returns:
        Settings ``section.key=value``, as `load_config` takes them; a single empty set where there is no text.

    Raises:
        UsageError: A text cannot be read, or names a setting that there is not, or the grid is too large.
    """
    example = "top_p=0.8,0.95" if section == "generation" else "rank=8,16"
    axes: dict[str, list[str]] = {}
    for axis in (part for text in texts for part in _TIMES.split(text.strip()) if part):
        key, equals, values = axis.partition("=")
        found = list(filter(None, map(str.strip, _COMMA.split(values))))
        if not equals or not found:
            raise UsageError(f"--grid {axis}: not of the form key=value,value", f'write --grid "{example}"')
        name = setting_name(key.strip(), section)
        if name in axes:
            raise UsageError(f"--grid: {name} is there twice", "give all its values in one place")
        axes[name] = [f"{name}={value}" for value in found]
    sets = math.prod(map(len, axes.values()))
    if sets > LARGEST:
        what = "combinations" if section else "runs"
        raise UsageError(f"--grid: {sets:,} {what}", f"take fewer values; {LARGEST:,} {what} are the most")
    return list(product(*axes.values()))


def setting_name(key: str, section: str = "", option: str = "--grid") -> str:
    """Return the full name of a setting, ``section.key``.

    Args:
        key: The name, or the key alone.
        section: The only section that is searched; empty for all of them.
        option: The option of the command line that names the setting, for messages.

    Raises:
        UsageError: No setting has that name, or several have.
    """
    names = [
        f"{name}.{one}"
        for name, field in Config.model_fields.items()
        for one in getattr(field.annotation, "model_fields", ())
        if section in ("", name)
    ]
    if key in names:
        return key
    found = [name for name in names if name in (ALIASES.get(key), key) or name.partition(".")[2] == key]
    found = [ALIASES[key]] if ALIASES.get(key) in found else found
    if len(found) == 1:
        return found[0]
    command = "generate" if section == "generation" else "train"
    hint = f"say which: {', '.join(found)}" if found else f"recipe-tui {command} --help lists the settings"
    raise UsageError(f"{option}: {'several settings are' if found else 'no setting is'} called '{key}'", hint)


def short_settings(settings: Iterable[str]) -> str:
    """Return settings as they are shown: ``learning_rate=1e-4, rank=8``."""
    return ", ".join(setting.partition(".")[2] for setting in settings)
