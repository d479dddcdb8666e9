"""What a tracker is, which there are, and what of a run's events it is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from recipe_tui.core.errors import UsageError
from recipe_tui.core.runs.events import Ended, Event, Sample, Step, Validation
from recipe_tui.core.runs.steps import CURVES

if TYPE_CHECKING:
    from pathlib import Path

GROUP = "recipe_tui.trackers"
"""Entry point group of the trackers of other packages."""

BUILT_IN = ("csv", "tensorboard")


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """The run that a tracker is made for.

    Attributes:
        name: Its name.
        folder: Its folder, which a tracker may write to, in a file or folder of its own.
        config: Its configuration, by section and key.
        step: Steps done before: a resumed run logs the later ones again.
    """

    name: str
    folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0


class Tracker(Protocol):
    """Receives the figures of a run, in a thread of its own. What it raises ends it, and not the run."""

    def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
        """Take figures in.

        Args:
            step: Optimizer steps done.
            time: Seconds since 1970.
            metrics: By name: ``train/loss``, ``validation/perplexity`` and others.
        """

    def text(self, step: int, time: float, name: str, text: str) -> None:
        """Take a text in, such as a sample."""

    def finish(self, state: str) -> None:
        """Write what is left: the run is ``finished``, ``stopped`` or ``failed``."""


MakeTracker: TypeAlias = Callable[[TrackedRun], Tracker]


def make_tracker(name: str) -> MakeTracker:
    """Return what makes a tracker.

    Args:
        name: ``csv``, ``tensorboard``, or the name of an entry point.

    Raises:
        UsageError: There is none of that name.
    """
    if name == "csv":
        from recipe_tui.core.tracking.csv_tracker import CsvTracker

        return CsvTracker
    if name == "tensorboard":
        from recipe_tui.core.tracking.tensorboard import TensorBoardTracker

        return TensorBoardTracker
    found = {one.name: one for one in entry_points(group=GROUP)}
    if name not in found:
        raise UsageError(f"no tracker '{name}'", f"there are {', '.join([*BUILT_IN, *found])}")
    loaded: MakeTracker = found[name].load()
    return loaded


def give(tracker: Tracker, event: Event) -> None:
    """Give a tracker what it takes of an event; figures that are no numbers are left out."""
    match event:
        case Step():
            values = {f"train/{name}": getattr(event, name) for name in CURVES} | {"train/epoch": event.epoch}
        case Validation():
            values = {"validation/loss": event.loss, "validation/perplexity": event.perplexity}
        case Sample():
            tracker.text(event.step, event.time, "sample", event.prompt + event.text)
            values = {"sample/overlap": event.overlap, "sample/extraction": event.extraction}
        case Ended():
            tracker.finish(event.state)
            return
        case _:
            return
    metrics = {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}
    if metrics:
        tracker.log(event.step, event.time, metrics)
