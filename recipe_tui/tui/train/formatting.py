"""The texts of the training screen: a run's state and figures, its log, samples and configuration."""

from __future__ import annotations

import math
import time
import tomllib
from typing import TYPE_CHECKING, Any

from textual.content import Content

from recipe_tui.core.runs.event_text import overlap_figures, summary
from recipe_tui.core.runs.events import Sample
from recipe_tui.core.runs.formatting import duration
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.widgets.ticks import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.tui.train.machine import Machine
    from recipe_tui.tui.train.watch import RunView

SAMPLES = 50
"""Samples shown, the newest ones."""

LINES = 150
"""Lines of the log shown, the newest ones."""

SEARCHED = 5_000
"""Lines of the log that are searched, the newest ones."""

NEXT: dict[str, str] = {
    "starting": "reading recipes",
    "stopped": "r resumes it",
    "failed": "r resumes it from the last checkpoint",
    "lost": "r resumes it from the last checkpoint",
}
"""What to do, by state."""

SHORT = {"loss": "loss", "validation": "val", "perplexity": "ppl", "tokens/s": "tok/s", "ETA": "ETA", "elapsed": "in"}
"""The figures in the strip of a narrow screen, with their labels there."""


def figures(view: RunView) -> list[tuple[str, str]]:
    """Return the figures of a run as names and values, the most important first."""
    log, latest = view.log, view.log.latest
    found: list[tuple[str, str]] = []
    if log.started and log.started.steps_per_epoch > 0:
        per_epoch = log.started.steps_per_epoch
        epochs = f"/{log.total_steps / per_epoch:.3g}" if log.total_steps else ""
        found.append(("epoch", f"{log.step / per_epoch:.2f}{epochs}"))
    if log.total_steps:
        found.append(("step", f"{log.step:,}/{log.total_steps:,}"))
    elif log.started and log.started.max_minutes:
        found.append(("step", f"{log.step:,} in {log.started.max_minutes:g} min"))
    if latest:
        found.append(("loss", _figure(latest.loss)))
    if log.validation:
        found.append(("validation", _figure(log.validation.loss)))
        found.append(("perplexity", _figure(log.validation.perplexity)))
    if log.best:
        found.append(("best", f"{_figure(log.best.loss)} @{short(log.best.step)}"))
    if log.scored:
        found.append(("score", f"{log.scored.score:.3f}"))
    sample = next((event for event in reversed(log.events) if isinstance(event, Sample)), None)
    if sample is not None and sample.overlap is not None:
        found.append(("overlap", f"{sample.overlap:.0%}"))
    if sample is not None and sample.extraction is not None:
        found.append(("extraction", f"{sample.extraction:.0%}"))
    if latest and latest.tokens_per_second:
        found.append(("tokens/s", short(latest.tokens_per_second)))
    if latest and latest.eta is not None and view.summary.state in ("running", "paused"):
        found.append(("ETA", duration(latest.eta)))
    if log.seconds:
        found.append(("elapsed", duration(log.seconds)))
    return found


def machine_figures(machine: Machine) -> list[tuple[str, str]]:
    """Return the load of the machine as names and values."""
    if not machine.total:
        return []
    found = [("CPU", f"{machine.cpu}%"), ("memory", f"{_gigabytes(machine.used)}/{_gigabytes(machine.total)}G")]
    for number, gpu in enumerate(machine.gpus):
        name = "GPU" if len(machine.gpus) == 1 else f"GPU {number}"
        found.append((name, f"{gpu.busy}% {_gigabytes(gpu.used)}/{_gigabytes(gpu.total)}G"))
    return found


def table(figures: Sequence[tuple[str, str]], width: int) -> Content:
    """Return a table with names on the left and values on the right."""
    lines = [
        Content.assemble((name, "$text-muted"), " " * max(1, width - len(name) - len(value)), value)
        for name, value in figures
    ]
    return Content("\n").join(lines)


def strip(name: Content, state: Content, figures: Sequence[tuple[str, str]], why: str) -> Content:
    """Return state and figures in two lines, for narrow screens."""
    known = dict(figures)
    pairs = [f"{label} {known[name]}" for name, label in SHORT.items() if name in known]
    first = Content("  ").join([state, name, *([Content(f"step {known['step']}")] if "step" in known else [])])
    return Content("\n").join(
        [first, Content.styled(why.replace("\n", "; "), "$text-warning") if why else Content("  ".join(pairs))]
    )


def state_line(view: RunView, mark: str, asked: str = "") -> Content:
    """Return the state with its mark, and the pending request."""
    state = view.summary.state
    line = Content.styled(f"{mark} {state.upper()}", f"bold $run-{state}")
    return Content.assemble(line, Content.styled(f"  {asked}", "$text-muted")) if asked else line


def explanation(view: RunView) -> str:
    """Return why a run ended and what to do next; empty for a run that needs nothing."""
    summary = view.summary
    if summary.state == "finished":
        return ""
    return "\n".join(filter(None, [sanitize_line(summary.reason, 400), NEXT.get(summary.state, "")]))


def samples_text(view: RunView) -> Content:
    """Return the samples of a run, the latest first."""
    samples = [event for event in view.log.events if isinstance(event, Sample)][: -SAMPLES - 1 : -1]
    if not samples:
        return Content.styled("No samples yet. They are written at each validation, always from one prompt.", "dim")
    parts: list[Content] = []
    for sample in samples:
        parts += [
            Content.styled(f"step {sample.step:,}  ", "bold $primary"),
            Content.styled(f"{overlap}  " if (overlap := overlap_figures(sample)) else "", "$curve-overlap"),
            Content.styled(sanitize(sample.prompt), "$text-muted"),
            Content(sanitize(sample.text) + "\n\n"),
        ]
    return Content.assemble(*parts)


def log_lines(view: RunView, most: int = SEARCHED) -> list[str]:
    """Return the output of the process, then the events; sanitized, the latest last."""
    printed = [sanitize_line(line) for line in view.output.splitlines()[-most:]]
    events = [
        f"{time.strftime('%m-%d %H:%M:%S', time.localtime(event.time))}  {sanitize_line(summary(event))}"
        for event in view.log.events[-most:]
    ]
    if view.log.skipped:
        printed.append(f"{view.log.skipped:,} lines of the event log are damaged and were skipped")
    return [*printed, *events]


def log_text(lines: Sequence[str], search: str) -> Content:
    """Return the lines that contain a search text, with all its occurrences highlighted."""
    if not search:
        return Content("\n".join(lines[-LINES:]))
    found = [line for line in lines if search.lower() in line.lower()]
    if not found:
        return Content.styled(f"nothing found for {sanitize_line(search, 60)}", "dim")
    contents: list[Content] = []
    for line in found[-LINES:]:
        content, at = Content(line), line.lower().find(search.lower())
        while at >= 0:
            content = content.stylize("bold reverse", at, at + len(search))
            at = line.lower().find(search.lower(), at + len(search))
        contents.append(content)
    return Content("\n").join(contents)


def config_text(view: RunView) -> Content:
    """Return a run's configuration."""
    if not view.config:
        return Content.styled("No configuration in this folder.", "dim")
    return Content(sanitize(view.config))


def difference_text(views: Sequence[RunView]) -> Content:
    """Return the settings in which runs differ."""
    if len(views) < 2:
        return Content.styled("Overlay another run (space) to see how the two configurations differ.", "dim")
    settings = [_flat(view.config) for view in views]
    broken = [sanitize_line(view.name, 40) for view, found in zip(views, settings, strict=True) if found is None]
    if broken:
        return Content.styled(f"The configuration of {', '.join(broken)} cannot be read.", "$text-error")
    known = [found for found in settings if found is not None]
    names = [sanitize_line(view.name, 20) for view in views]
    width = max(map(len, names))
    parts: list[Content] = []
    for key in dict.fromkeys(key for found in known for key in found):
        values = [found.get(key, "unset") for found in known]
        if key in ("run", "output") or len(set(values)) == 1:
            continue
        parts.append(Content.styled(f"{sanitize_line(key)}\n", "bold"))
        parts += [
            Content.assemble((f"  {name:<{width}}  ", "$text-muted"), f"{sanitize_line(value, 200)}\n")
            for name, value in zip(names, values, strict=True)
        ]
    return Content.assemble(*parts) if parts else Content("The configurations are the same.")


def _flat(config: str) -> dict[str, str] | None:
    """Return the settings by their dotted names; None if this is not TOML."""
    try:
        return dict(_items("", tomllib.loads(config)))
    except (ValueError, RecursionError):
        return None


def _items(prefix: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        found += _items(f"{prefix}{name}.", value) if isinstance(value, dict) else [(prefix + name, str(value))]
    return found


def _figure(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.3g}"
