"""What all faults share: folders, a block store, and one training that nothing happened to."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from recipe_tui.core import paths
from recipe_tui.core.config import Config
from recipe_tui.core.runs.checkpoints import checkpoint_folder
from recipe_tui.core.runs.events import Event, Step, Validation
from recipe_tui.core.runs.status import RunSummary, list_runs
from tests.core.runs.logs import history, read_events
from tests.core.training.tiny import tiny_config
from tests.faults.trainee import Ending, Fault, Trainee

STEPS = 10
EVALUATE_EVERY = 2
MEASURED = ("time", "tokens_per_second", "memory", "gpu_memory", "eta")
"""Fields of an event that differ between two equal trainings."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault to survive.

    Attributes:
        fault: What happens; a row of the table.
        run: Does it, and raises `AssertionError` where it was not survived.
        detail: Where or how it happens, of scenarios with the same fault.
    """

    fault: str
    run: Callable[[], None]
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault}: {self.detail}" if self.detail else self.fault


@dataclass(frozen=True, slots=True)
class Whole:
    """A training that nothing happened to.

    Attributes:
        run: Its folder.
        ending: How it ended, with the calls of its stages.
    """

    run: Path
    ending: Ending


class Ground:
    """A folder for faults, and what they share.

    Args:
        folder: Where everything is written.
        trainee: Trains.
    """

    def __init__(self, folder: Path, trainee: Trainee) -> None:
        self.folder = folder
        self.trainee = trainee
        self._numbers = itertools.count(1)

    @cached_property
    def recipes(self) -> Path:
        """The file with the recipes: a part of the sample."""
        path = self.folder / "recipes.jsonl"
        lines = paths.SAMPLE_RECIPES.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:80]), encoding="utf-8")
        return path

    @cached_property
    def whole(self) -> Whole:
        """The training that all others are compared with. Its block store is theirs too."""
        config = self.config_from_recipes(self.folder / "whole" / "output", keep_checkpoints=STEPS)
        ending = self.trainee.train(config)
        assert (ending.exit_code, ending.state) == (0, "finished"), ending
        return Whole(config.output / "run", ending)

    @cached_property
    def killed(self) -> Path:
        """A run that was killed in its fifth step, with the checkpoints of the second and the fourth."""
        run, ending = self.begin(Fault("step", 5), keep_checkpoints=2)
        assert ending.exit_code == -9, ending
        return run

    @property
    def store(self) -> Path:
        """The block store of all trainings."""
        return Path(json.loads((self.whole.run / paths.RUN_MANIFEST).read_text(encoding="utf-8"))["store"])

    def output(self) -> Path:
        """Return a new output folder."""
        folder = self.folder / f"fault-{next(self._numbers)}" / "output"
        folder.mkdir(parents=True)
        return folder

    def config_from_recipes(self, output: Path, recipes: Path | None = None, **training: Any) -> Config:
        """Return the configuration of the tiny training that builds its blocks first."""
        return self._config(output, {"source": [str(recipes or self.recipes)]}, **training)

    def _config(self, output: Path, data: dict[str, Any], **training: Any) -> Config:
        data = {"block_size": 64, "validation_fraction": 0.1} | data
        defaults = {"max_steps": STEPS, "evaluate_every": EVALUATE_EVERY, "keep_checkpoints": 1}
        return tiny_config(output, "run", data, **defaults | training)

    def begin(self, fault: Fault | None = None, output: Path | None = None, **training: Any) -> tuple[Path, Ending]:
        """Train with a fault; keyword arguments are settings of ``[training]``.

        Returns:
            The run folder, which there may not be, and how the training ended.
        """
        output = output or self.output()
        config = self._config(output, {"store": str(self.store)}, **training)
        return output / "run", self.trainee.train(config, fault=fault)

    def resume(self, run: Path, fault: Fault | None = None) -> Ending:
        """Resume a run."""
        return self.trainee.train(Config(output=run.parent, run=run.name), resume=True, fault=fault)

    def copy(self, output: Path | None = None, name: str = "run", run: Path | None = None) -> Path:
        """Return a copy of a run, the whole one if none is given."""
        return Path(shutil.copytree(run or self.whole.run, (output or self.output()) / name))

    def unfinished(self, output: Path | None = None, name: str = "run") -> Path:
        """Return a copy of the whole run as if it had been killed in the final save."""
        run = self.copy(output, name)
        shutil.rmtree(run / paths.FINISHED_MODEL)
        log = run / paths.EVENTS
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(line for line in lines if b'"kind": "ended"' not in line))
        return run


def summary(run: Path) -> RunSummary:
    """Return what the list of runs says of a run."""
    return next(one for one in list_runs(run.parent) if one.path == run)


def assert_resumes_exactly(ground: Ground, run: Path) -> None:
    """Resume a run, and compare it bit for bit with the whole one."""
    ending = ground.resume(run)
    assert (ending.exit_code, ending.state) == (0, "finished"), f"resumed: {ending.state} {ending.message}"
    assert_same(run, ground.whole.run)


def assert_one_line(ending: Ending, *words: str) -> None:
    """The error is one that users see as one line, and says what is wrong and what to do."""
    assert ending.exit_code == 0, ending
    assert ending.in_family, f"{ending.state}: {ending.message}"
    assert "\n" not in ending.message, ending.message
    for word in words:
        assert word in ending.message, ending


def assert_nothing_built(output: Path) -> None:
    """There is neither a run nor a block store, nor a part of one."""
    left = [path for pattern in (paths.RUN_MANIFEST, paths.STORE_MANIFEST, ".*.new") for path in output.rglob(pattern)]
    assert not left, f"left over: {', '.join(map(str, left))}"


def assert_same(run: Path, whole: Path) -> None:
    """Compare weights, optimizer state, progress and history of two runs."""
    assert_same_checkpoint(checkpoint_folder(run, STEPS), whole)
    for name in (paths.MODEL_WEIGHTS, paths.MODEL_CONFIG):
        ours, expected = (one / paths.FINISHED_MODEL / name for one in (run, whole))
        assert ours.read_bytes() == expected.read_bytes(), f"{name} of the finished model differs"
    ours_events, expected_events = _history(run), _history(whole)
    assert ours_events == expected_events, "history differs:\n" + "\n".join(
        f"  {a}\n  {b}" for a, b in zip(ours_events, expected_events, strict=False) if a != b
    )
    left = sorted(path.name for path in run.rglob(".*"))
    assert not left, f"left over: {', '.join(left)}"


def assert_same_checkpoint(checkpoint: Path, whole: Path) -> None:
    """Compare weights, optimizer state and progress of a checkpoint with the same one of another run."""
    expected = whole / paths.CHECKPOINTS / checkpoint.name
    for name in (paths.MODEL_WEIGHTS, paths.TRAINING_STATE):
        assert (checkpoint / name).read_bytes() == (expected / name).read_bytes(), f"{checkpoint.name}: {name} differs"
    ours, theirs = _progress(checkpoint), _progress(expected)
    assert ours == theirs, f"{checkpoint.name}: progress is {ours}, not {theirs}"


def _progress(checkpoint: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((checkpoint / paths.TRAINING_PROGRESS).read_text(encoding="utf-8"))
    return values | {"seconds": None}


def _history(run: Path) -> list[dict[str, Any]]:
    """Return what a log says of steps and validations, in order.

    A kill between a checkpoint and its event loses that event, and a stop saves a checkpoint that the whole run has
    not; so the checkpoints themselves are compared.
    """

    def values(event: Event) -> dict[str, Any]:
        return {name: value for name, value in asdict(event).items() if name not in MEASURED}

    return [values(event) for event in history(read_events(run / paths.EVENTS)) if isinstance(event, Step | Validation)]
