"""Reports of the workers that the workbench starts for one piece of work: one JSON object a line on stdout.

A worker reads the configuration as TOML from its stdin (those with a request type of their own read that as JSON),
reports, and ends. SIGTERM cancels it.
"""

from __future__ import annotations

import signal
import sys
import tomllib
from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Discriminator, ValidationError

from recipe_tui.core.blocks.progress import BuildProgress, Stage
from recipe_tui.core.config import validated
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.workers.lines import adapter, line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import Config

Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Found:
    """What a check of the preflight found; see `recipe_tui.core.planning.preflight.Finding`."""

    level: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""
    setting: str = ""
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True)
class Building:
    """How far the block store is; see `recipe_tui.core.blocks.progress.BuildProgress`."""

    stage: Stage
    done: int
    total: int | None
    note: str = ""
    kind: Literal["building"] = "building"

    @classmethod
    def of(cls, progress: BuildProgress) -> Building:
        """Return the report of a progress."""
        return cls(progress.stage, progress.done, progress.total, progress.note)

    @property
    def summary(self) -> str:
        """The progress in a few words."""
        return BuildProgress(self.stage, self.done, self.total, self.note).summary


@dataclass(frozen=True, slots=True)
class Built:
    """The block store is complete.

    Attributes:
        store: Its folder.
        reused: Whether it existed before.
        rows: The ledger: what is counted, and how many.
        training_blocks: Blocks to train on.
        validation_blocks: Blocks to validate on.
        vocab_size: Rows an embedding needs for its ids.
        warnings: What is worth a look before a long training, a sentence each.
    """

    store: str
    reused: bool
    rows: tuple[tuple[str, int], ...]
    training_blocks: int
    validation_blocks: int
    vocab_size: int
    warnings: tuple[str, ...] = ()
    kind: Literal["built"] = "built"


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a training will take.

    Attributes:
        parameters: Trainable parameters.
        memory: Bytes it needs at its peak.
        what: The memory that is used: ``main memory``, or the name of a GPU.
        free: Bytes of it that are free.
        tokens_per_second: Expected speed; None where it is not known.
        basis: Where that figure comes from.
    """

    parameters: int
    memory: int
    what: str
    free: int
    tokens_per_second: float | None
    basis: str
    kind: Literal["estimated"] = "estimated"


@dataclass(frozen=True, slots=True)
class Scored:
    """The losses so far are written; see `recipe_tui.core.browsing.losses`.

    Attributes:
        done: Recipes whose loss is computed.
        total: Recipes.
    """

    done: int
    total: int
    kind: Literal["scored"] = "scored"


@dataclass(frozen=True, slots=True)
class ExperimentEstimated:
    """What an experiment of the laboratory takes at most.

    Attributes:
        text: The estimate in a line.
        needs_confirmation: Whether it ends here unless it was confirmed.
    """

    text: str
    needs_confirmation: bool
    kind: Literal["experiment_estimated"] = "experiment_estimated"


@dataclass(frozen=True, slots=True)
class ExperimentAt:
    """How far an experiment is; its texts are in its file. See `core.evaluation.laboratory.run.LaboratoryProgress`."""

    stage: str
    done: int
    total: int
    tokens: int
    kind: Literal["experiment_at"] = "experiment_at"


@dataclass(frozen=True, slots=True)
class EvaluationAt:
    """How far an evaluation is.

    Attributes:
        stage: What is being done, and for which model.
        done: Texts or recipes done.
        total: Number of them; 0 where it is not known.
        tokens: Tokens written meanwhile.
    """

    stage: str
    done: int
    total: int
    tokens: int
    kind: Literal["evaluation_at"] = "evaluation_at"


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A measure: its name, and its value for each system, rounded; see `core.evaluation.verdict.SYSTEM_TITLES`."""

    measure: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EvaluationDone:
    """What an evaluation has measured.

    Attributes:
        prompts: Number of prompts.
        verdict: The verdict, without the conditions.
        conditions: Of each condition whether it holds, what it is, and what was measured.
        rows: The main measures.
        notes: What one should know about the figures.
        report: HTML file with all measures and texts; empty if none was written.
        texts: Folder of the texts.
    """

    prompts: int
    verdict: str
    conditions: tuple[tuple[bool, str, str], ...]
    rows: tuple[EvaluationRow, ...]
    notes: tuple[str, ...]
    report: str
    texts: str
    kind: Literal["evaluation_done"] = "evaluation_done"


@dataclass(frozen=True, slots=True)
class ExportAt:
    """What an export is doing."""

    stage: str
    kind: Literal["export_at"] = "export_at"


@dataclass(frozen=True, slots=True)
class ExportDone:
    """An export is complete, and compared with its model.

    Attributes:
        folder: Its folder.
        weights: Name of the file with the weights.
        size: Bytes of that file.
        standing: The result in a word; see `recipe_tui.core.export.comparison.Standing`.
        rows: The comparison: what is compared, and how it is.
    """

    folder: str
    weights: str
    size: int
    standing: Literal["equal", "equal within rounding", "different"]
    rows: tuple[tuple[str, str], ...]
    kind: Literal["export_done"] = "export_done"


@dataclass(frozen=True, slots=True)
class TokenizerTrained:
    """A tokenizer is trained and written."""

    folder: str
    vocab_size: int
    kind: Literal["tokenizer_trained"] = "tokenizer_trained"


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker failed."""

    message: str
    hint: str = ""
    kind: Literal["failed"] = "failed"


Report = Annotated[
    Found
    | Building
    | Built
    | Estimated
    | Scored
    | ExperimentEstimated
    | ExperimentAt
    | EvaluationAt
    | EvaluationDone
    | ExportAt
    | ExportDone
    | TokenizerTrained
    | Failed,
    Discriminator("kind"),
]


def read_report(line: bytes) -> Report | None:
    """Read a report; None if the line is no report, such as a library's message."""
    try:
        report: Report = adapter(Report).validate_json(line)
    except ValidationError:
        return None
    return report


def read_config(text: str) -> Config:
    """Read the configuration that most workers are given.

    Raises:
        ConfigError: A value makes no sense.
    """
    return validated(tomllib.loads(text), origin="the form")


def run_worker(
    work: Callable[[Request, Callable[[Report], None]], None],
    read: Callable[[str], Request] = read_config,  # type: ignore[assignment]
) -> int:
    """Run a worker: read what is asked for, report, and return the exit code.

    Args:
        work: Called with what is asked for and a function that sends a report.
        read: Reads what is asked for from the text on stdin.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stdout = sys.stdout
    sys.stdout = sys.stderr  # what libraries print must not mix with the reports

    def report(what: Report) -> None:
        stdout.write(line_of(what))
        stdout.flush()

    try:
        work(read(sys.stdin.read()), report)
    except RecipeTuiError as error:
        report(Failed(error.message, error.hint))
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0
