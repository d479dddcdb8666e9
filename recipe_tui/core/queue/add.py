"""Making entries of the queue from configurations, settings and grids."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.config import Config, load_config, validated
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.queue.entries import RETRIES, Entry
from recipe_tui.core.queue.grid import grid, short_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def entries_of(
    config: Path | None,
    settings: Sequence[str] = (),
    grids: Iterable[str] = (),
    *,
    now: float,
    device: str = "",
    retries: int = RETRIES,
    held: bool = False,
) -> list[Entry]:
    """Return the entries that a configuration makes, one for each set of settings of a grid.

    Args:
        config: A configuration file; None for the defaults.
        settings: ``section.key=value``, on top of it.
        grids: See `grid`.
        now: Seconds since 1970.
        device: Index of the GPU that it must run on; empty for any device.
        retries: How often a run is resumed when it crashes.
        held: Whether they wait until they are released.

    Raises:
        ConfigError: The file or a setting is wrong.
        UsageError: No recipes are given, or the grid is wrong.
    """
    sets = grid(grids)
    entries = []
    for index, some in enumerate(sets, 1):
        made = load_config(config, [*settings, *some])
        name = f"{made.run}-{index}" if made.run and len(sets) > 1 else made.run
        words = filter(None, [config.stem if config else "", short_settings(some)])
        entries.append(entry_of(made.model_copy(update={"run": name}), now, ": ".join(words), device, retries, held))
    return entries


def entry_of(
    config: Config, now: float, settings: str = "", device: str = "", retries: int = RETRIES, held: bool = False
) -> Entry:
    """Return the entry of a single configuration; see `entries_of`.

    Raises:
        UsageError: No recipes are given.
    """
    if not (config.data.source or config.data.store):
        raise UsageError("no recipes are given", "set data.source or data.store in the configuration, or by --set")
    config = config.model_copy(update={"output": config.output.absolute()})
    folder = str(Path.cwd())
    return Entry(0, config.to_toml(), folder, now, "held" if held else "waiting", settings, device, retries=retries)


def config_of(entry: Entry) -> Config:
    """Return the configuration of an entry.

    Raises:
        ConfigError: It is damaged, or of a version with other settings.
    """
    origin = f"entry {entry.number} of the queue"
    try:
        values = tomllib.loads(entry.config)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{origin}: its configuration is damaged ({error})", "remove it, and add it again") from None
    return validated(values, origin)
