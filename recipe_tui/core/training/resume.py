"""What may be asked for beside ``--resume``: settings that can change in the middle of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.config import Config, Section

CHANGEABLE = ("epochs", "max_steps", "early_stopping_patience", "keep_checkpoints", "log_every", "model_parallel")
"""Settings of ``[training]`` that a resumed run can take over; every other one decides what it has done already."""

BATCH = ("batch_size", "gradient_accumulation_steps")
"""Settings that ``batch_tokens`` takes the place of: the run's own are computed from it."""


def requested_changes(own: Config, given: Config, run: Path) -> dict[str, Any]:
    """Return the settings of ``[training]`` that change when a run is resumed.

    Args:
        own: The run's own configuration.
        given: What stands beside ``--resume``; only what was set explicitly counts.
        run: The run folder.

    Raises:
        UsageError: A setting that cannot change differs from the run's own.
    """
    changes: dict[str, Any] = {}
    for section in ("data", "model", "adapter", "training", "generation"):
        for key in _explicit(given, section):
            asked, present = getattr(getattr(given, section), key), getattr(getattr(own, section), key)
            if asked == "auto" or _same(asked, present):
                continue
            if section != "training" or key not in CHANGEABLE:
                raise UsageError(
                    f"--resume cannot change {section}.{key}: in {run} it is {_text(present)}, not {_text(asked)}",
                    f"leave it out, or start a new run from this one: --model {run}",
                )
            if own.training.max_minutes is not None and key in ("epochs", "max_steps"):
                raise UsageError(
                    f"{run} ends by time: max_minutes is {own.training.max_minutes:g}",
                    f"leave {key} out, or start a new run from this one: --model {run}",
                )
            changes[key] = asked
    return changes


def _explicit(given: Config, section: str) -> set[str]:
    """Return the keys of a section that were set, without those that others take the place of."""
    values: Section = getattr(given, section)
    keys = set(values.model_fields_set)
    if section == "training" and given.training.batch_tokens is not None:
        keys -= set(BATCH)
    if section == "data" and not given.data.source:
        keys &= {"store"}  # the others are the block store's own
    return keys


def _same(asked: Any, present: Any) -> bool:
    if isinstance(asked, Path) and isinstance(present, Path):
        return asked.resolve() == present.resolve()
    return bool(asked == present)


def _text(value: Any) -> str:
    return "unset" if value is None else str(value)
