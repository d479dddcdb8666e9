"""What all faults share: folders, a block store, and one training that nothing happened to."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from recipe_tui.core import paths
from recipe_tui.core.config import Config, load_config
from recipe_tui.core.runs.events import Event, Step, Validation
from recipe_tui.core.runs.status import RunSummary, list_runs
from tests.core.runs.logs import history, read_events
from tests.faults.trainee import Ending, Fault, Trainee

STEPS = 6
EVALUATE_EVERY = 2
MEASURED = ("time", "tokens_per_second", "memory", "gpu_memory", "eta")
"""Fields of an event that differ between two equal trainings."""


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
        self._count = 0

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
        config = self.config(self.folder / "whole" / "output")
        config = config.model_copy(
            update={"data": config.data.model_copy(update={"source": (str(self.recipes),), "store": None})}
        )
        ending = self.trainee.train(config)
        assert (ending.exit_code, ending.state) == (0, "finished"), ending
        return Whole(config.output / "run", ending)

    @property
    def store(self) -> Path:
        """The block store of all trainings."""
        return Path(json.loads((self.whole.run / paths.RUN_MANIFEST).read_text(encoding="utf-8"))["store"])

    def output(self) -> Path:
        """Return a new output folder."""
        self._count += 1
        folder = self.folder / f"fault-{self._count}" / "output"
        folder.mkdir(parents=True)
        return folder

    def config(self, output: Path, store: Path | None = None, **training: Any) -> Config:
        """Return the configuration of the tiny training; keyword arguments are settings of ``[training]``."""
        defaults: dict[str, Any] = {
            "max_steps": STEPS,
            "batch_size": 2,
            "gradient_accumulation_steps": 2,
            "learning_rate": 1e-3,
            "evaluate_every": EVALUATE_EVERY,
            "sample_every": 0,
            "keep_checkpoints": 1,
        }
        return load_config(
            top={"output": str(output), "run": "run"},
            data={"store": None if store is None else str(store), "block_size": 64, "validation_fraction": 0.1},
            model={
                "name": str(paths.SAMPLE_MODEL),
                "initialize": "random",
                "n_layer": 1,
                "n_embd": 16,
                "n_head": 2,
                "dropout": 0.1,
            },
            training=defaults | training,
        )

    def begin(self, fault: Fault | None = None, output: Path | None = None, **training: Any) -> tuple[Path, Ending]:
        """Train with a fault; return the run folder, which there may not be, and how it ended."""
        output = output or self.output()
        return output / "run", self.trainee.train(self.config(output, self.store, **training), fault=fault)

    def resume(self, run: Path, fault: Fault | None = None) -> Ending:
        """Resume a run."""
        return self.trainee.train(Config(output=run.parent, run=run.name), resume=True, fault=fault)

    def copy(self, output: Path | None = None, name: str = "run") -> Path:
        """Return a copy of the whole run."""
        return Path(shutil.copytree(self.whole.run, (output or self.output()) / name))

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


def assert_nothing_built(output: Path) -> None:
    """There is neither a run nor a block store, nor a part of one."""
    left = [path for pattern in (paths.RUN_MANIFEST, paths.STORE_MANIFEST, ".*.new") for path in output.rglob(pattern)]
    assert not left, f"left over: {', '.join(map(str, left))}"


def assert_same(run: Path, whole: Path) -> None:
    """Compare weights, optimizer state, progress and history of two runs."""
    step = f"{paths.CHECKPOINTS}/step-{STEPS:08d}"
    for name in (
        f"{step}/{paths.MODEL_WEIGHTS}",
        f"{step}/{paths.TRAINING_STATE}",
        f"{paths.FINISHED_MODEL}/{paths.MODEL_WEIGHTS}",
        f"{paths.FINISHED_MODEL}/{paths.MODEL_CONFIG}",
    ):
        assert (run / name).read_bytes() == (whole / name).read_bytes(), f"{name} differs"
    ours, expected = (_progress(one / step) for one in (run, whole))
    assert ours == expected, f"progress is {ours}, not {expected}"
    ours_events, expected_events = _history(run), _history(whole)
    assert ours_events == expected_events, "history differs:\n" + "\n".join(
        f"  {a}\n  {b}" for a, b in zip(ours_events, expected_events, strict=False) if a != b
    )
    left = sorted(path.name for path in run.rglob(".*"))
    assert not left, f"left over: {', '.join(left)}"


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
