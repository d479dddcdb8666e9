"""The steps of a log, which are many: passing over them quickly, and making curves of their numbers.

NumPy and Arrow do both for whole chunks of a log, and let other threads run meanwhile: a screen is drawn beside.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from recipe_tui.core.runs.events import Event, MemoryPlanned, MemoryProbed, Started, Step, Validation, parse_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recipe_tui.core.runs.curves import Curve, CurveBuilder

CURVES = ("loss", "learning_rate", "gradient_norm", "memory", "gpu_memory", "tokens_per_second")
"""Fields of a step that there is a curve of."""

SOMETIMES_UNKNOWN = ("gpu_memory", "tokens_per_second")
"""Those among them whose missing values say nothing: there is no accelerator, or the first step compiles."""

STEP = f'{{"kind": "{Step.kind}"'.encode()
"""How the line of a step begins."""

STARTED = f'{{"kind": "{Started.kind}"'.encode()
"""How the line of a start begins."""


class StepCurves:
    """Gathers the curves of steps."""

    def __init__(self) -> None:
        self._builders: dict[str, CurveBuilder] = {}

    def add(self, data: bytes, last_step: float, in_bulk: bool) -> None:
        """Add the steps among whole lines.

        Args:
            data: The lines.
            last_step: Steps after this one are left out.
            in_bulk: Whether they are so many that it pays to read them at once.
        """
        import numpy as np

        from recipe_tui.core.runs.curves import CurveBuilder

        columns = _columns_in_bulk(data) if in_bulk else _columns(data)
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
    """Yield where each of some whole lines begins and ends."""
    start = 0
    while start < len(data):
        end = data.index(b"\n", start)
        yield start, end
        start = end + 1


def lines_that_matter(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each of some whole lines begins and ends; of steps in a row, only the last."""
    import numpy as np

    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_step = ends - starts >= len(STEP)
    for place, letter in enumerate(STEP):
        is_step &= letters[np.minimum(starts + place, len(letters) - 1)] == letter
    is_followed_by_step = np.append(is_step[1:], False)
    matter = ~is_step | ~is_followed_by_step
    yield from zip(starts[matter].tolist(), ends[matter].tolist(), strict=True)


def sound_event(line: bytes) -> Event | None:
    """Read a line; None as well if its numbers are none, which may happen to a damaged file."""
    event = parse_event(line)
    numbers = (getattr(event, "time", None), getattr(event, "step", 0))
    if isinstance(event, MemoryPlanned | MemoryProbed):
        numbers = tuple(value for name, value in asdict(event).items() if name != "what")
    if any(not isinstance(number, int | float) or number < 0 for number in numbers):
        return None
    if isinstance(event, Step | Validation) and _number(event.loss) is None:
        return None
    return event


def _number(value: object) -> float | None:
    """Return a logged number, whose NaN and infinities are strings; None if it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _columns(data: bytes) -> Mapping[str, Sequence[float]]:
    """Read the fields of steps one by one; damaged lines are left out."""
    columns: dict[str, list[float]] = {name: [] for name in ("step", *CURVES)}
    for line in data.split(b"\n"):
        if line.startswith(STEP) and isinstance(event := sound_event(line), Step):
            columns["step"].append(event.step)
            for name in CURVES:
                number = _number(getattr(event, name))
                columns[name].append(math.nan if number is None else number)
    return columns


def _columns_in_bulk(data: bytes) -> Mapping[str, Sequence[float]]:
    """Read the fields of steps at once; if any line is not as it should be, one by one."""
    import pyarrow
    import pyarrow.json

    fields = [(name, pyarrow.int64() if name == "step" else pyarrow.float64()) for name in ("step", *CURVES)]
    options = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema(fields), unexpected_field_behavior="ignore")
    alone = pyarrow.json.ReadOptions(use_threads=False)  # whoever waits for a key to be answered needs a processor too
    for is_last in (False, True):
        try:
            table = pyarrow.json.read_json(pyarrow.BufferReader(data), read_options=alone, parse_options=options)
        except pyarrow.ArrowInvalid:
            if is_last:
                break
            for word in (b"nan", b"inf", b"-inf"):  # how the log writes what JSON has no numbers for
                data = data.replace(b': "' + word + b'"', b": null")
        else:
            table = table.filter(table["learning_rate"].is_valid())  # only steps have one
            return {name: table[name].to_numpy() for name, _ in fields}
    return _columns(data)
