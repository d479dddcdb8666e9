"""The steps of a log, which are many: skipping them quickly, and drawing curves of their numbers.

NumPy and Arrow do both for whole chunks of a log, and release the interpreter's lock meanwhile, so that a screen can be
drawn by another thread.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

from recipe_tui.core.runs.event_log import parse_event
from recipe_tui.core.runs.events import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.runs.curves import Curve, CurveBuilder, Integers

NO_CURVE = ("kind", "time", "step", "epoch", "tokens", "eta", "fraction")
"""Fields of a step that say where it is, or follow from others."""

CURVES = tuple(field.name for field in fields(Step) if field.name not in NO_CURVE)
"""Fields of a step that there is a curve of."""

SOMETIMES_UNKNOWN = tuple(field.name for field in fields(Step) if "None" in str(field.type))
"""Fields that may be null, which is no gap in a curve: there is no accelerator, or the first step compiles."""

DAMAGED = 3_000
"""Damaged lines of a chunk that are parsed: what is wrong with a line takes longer to find than to read a whole one."""

STEP = b'{"kind": "step"'
"""How the line of a step begins."""


class StepCurves:
    """Gathers the curves of steps.

    Attributes:
        skipped: Lines of steps that were damaged.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._builders: dict[str, CurveBuilder] = {}

    def add(self, data: bytes, last_step: float, in_bulk: bool) -> None:
        """Add the steps among complete lines.

        Args:
            data: The lines.
            last_step: Steps after this one are left out.
            in_bulk: Whether they are so many that reading them at once is faster.
        """
        import numpy as np

        from recipe_tui.core.runs.curves import CurveBuilder

        columns, skipped = _columns_in_bulk(data) if in_bulk else _columns(data)
        self.skipped += skipped
        steps = np.asarray(columns["step"], np.int64)
        kept = steps <= last_step
        order = np.argsort(steps, kind="stable") if (np.diff(steps) < 0).any() else slice(None)  # ours are in order
        for name in CURVES:
            values = np.asarray(columns[name], float)
            known = kept & ~np.isnan(values) if name in SOMETIMES_UNKNOWN else kept
            if known.any():
                builder = self._builders.setdefault(name, CurveBuilder())
                builder.add(steps[order][known[order]], values[order][known[order]])

    def curves(self) -> dict[str, Curve]:
        """Return the curves so far, by the names of `CURVES`."""
        return {name: builder.curve() for name, builder in self._builders.items()}


def every_line(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each of some complete lines begins and ends."""
    start = 0
    while start < len(data):
        end = data.index(b"\n", start)
        yield start, end
        start = end + 1


def lines_that_matter(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each of some complete lines begins and ends; of steps in a row, only the last; no empty ones."""
    import numpy as np

    starts, ends, is_step = _lines(data)
    is_followed_by_step = np.append(is_step[1:], False)
    matter = (~is_step | ~is_followed_by_step) & (ends > starts)
    yield from zip(starts[matter].tolist(), ends[matter].tolist(), strict=True)


def _lines(data: bytes) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Return where each of some complete lines begins and ends, and whether it begins like a step."""
    import numpy as np

    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_step = ends - starts >= len(STEP)
    for place, letter in enumerate(STEP):
        is_step &= letters[np.minimum(starts + place, len(letters) - 1)] == letter
    return starts, ends, is_step


def _steps_alone(data: bytes) -> bytes:
    """Return the lines that begin like steps. Arrow gets no others: a line that is null alone crashes its reader."""
    import numpy as np

    starts, ends, is_step = _lines(data)
    edges = np.flatnonzero(np.diff(is_step, prepend=False, append=False))
    rows = zip(starts[edges[::2]].tolist(), ends[edges[1::2] - 1].tolist(), strict=True)
    return b"".join(data[start : end + 1] for start, end in rows)


def valid_step_before(data: bytes, offset: int) -> Step | None:
    """Return the last valid step of the steps in a row that end at an offset, which `lines_that_matter` left out.

    It is searched for in `DAMAGED` lines.
    """
    end = offset - 1
    for _ in range(DAMAGED):
        if end <= 0:
            break
        start = data.rfind(b"\n", 0, end) + 1
        line = data[start:end]
        if not line.startswith(STEP):
            return None
        event = parse_event(line)
        if isinstance(event, Step):
            return event
        end = start - 1
    return None


def _columns(data: bytes) -> tuple[Mapping[str, Sequence[float]], int]:
    """Read the fields of steps one by one. Returns them and how many damaged lines were skipped."""
    columns: dict[str, list[float]] = {name: [] for name in ("step", *CURVES)}
    skipped = 0
    lines = iter(data.split(b"\n"))
    for line in lines:
        if not line.startswith(STEP):
            continue
        event = parse_event(line)
        if not isinstance(event, Step):
            skipped += 1
            if skipped == DAMAGED:
                skipped += sum(line.startswith(STEP) for line in lines)
            continue
        columns["step"].append(event.step)
        for name in CURVES:
            number = getattr(event, name)
            columns[name].append(math.nan if number is None else number)
    return columns, skipped


def _columns_in_bulk(data: bytes) -> tuple[Mapping[str, Sequence[float]], int]:
    """Read the fields of steps at once; if any line is damaged, one by one. Returns the same as `_columns`."""
    import pyarrow
    import pyarrow.json

    data = _steps_alone(data)
    fields = [(name, pyarrow.int64() if name == "step" else pyarrow.float64()) for name in ("step", *CURVES)]
    options = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema(fields), unexpected_field_behavior="ignore")
    alone = pyarrow.json.ReadOptions(use_threads=False)  # whoever waits for a key to be answered needs a processor too
    for is_last in (False, True):
        try:
            table = pyarrow.json.read_json(pyarrow.BufferReader(data), read_options=alone, parse_options=options)
        except pyarrow.ArrowException:
            if is_last:
                break
            for word in (b"nan", b"inf", b"-inf"):  # how the log writes what JSON has no numbers for
                data = data.replace(b': "' + word + b'"', b": null")
        else:
            columns = {name: table[name].to_numpy() for name, _ in fields}
            if table["step"].null_count or table["memory"].null_count or (columns["step"] < 0).any():
                break
            return columns, 0
    return _columns(data)
