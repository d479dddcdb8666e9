"""``recipe-tui generate --prompts``: a text for each prompt of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.cli.command import Outcome
from recipe_tui.cli.progress import ProgressView
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.cli.terminal import Terminal
    from recipe_tui.core.config import GenerationConfig

SHOWN_LINES = 10
"""Lines that are left out and said one by one."""


def write_prompt_file(
    terminal: Terminal,
    file: Path,
    to: Path | None,
    model: str | Path,
    config: GenerationConfig,
    weights: dict[str, Any],
) -> Outcome:
    """Write the texts of a file of prompts to a file of JSON lines, and say what was left out.

    Args:
        terminal: Where to say it.
        file: The prompts.
        to: The file of the texts.
        model: See `locate_model`.
        config: The decoding settings.
        weights: Precision and quantization, as `Generator.load` takes them.

    Raises:
        UsageError: No file is named, or it is the file of prompts.
        SourceError, OutputError, CheckpointError: A file cannot be used, or the model.
    """
    from recipe_tui.core.text.prompt_file import BrokenLine, read_prompts

    if to is None:
        raise UsageError("--prompts writes to a file", "name it: --to texts.jsonl")
    if to.exists() and to.samefile(file):
        raise UsageError(f"{to}: the file of prompts itself", "name another file: --to texts.jsonl")
    read = read_prompts(file)
    broken = [(one.line, one.reason) for one in read if isinstance(one, BrokenLine)]
    prompts = [one for one in read if not isinstance(one, BrokenLine)]
    _say_left_out(terminal, file, broken)

    from recipe_tui.core.backend import select_backend

    select_backend()
    from recipe_tui.core.generation.generator import Generator
    from recipe_tui.core.generation.prompt_batch import write_prompts
    from recipe_tui.core.registry.locate import locate_model

    folder = locate_model(model)
    settings = {"model": str(folder), **weights}
    with ProgressView(terminal) as progress:
        report = write_prompts(
            lambda: Generator.load(folder, **weights, progress=terminal.say),
            prompts,
            config,
            settings,
            to,
            progress.prompts,
        )
    _say_left_out(terminal, file, report.refused)
    terminal.say(
        f"{to}: {report.written:,} texts written, {report.kept:,} were there, "
        f"{len(broken) + len(report.refused):,} lines left out"
    )
    if report.noted:
        terminal.say(f"note: {report.noted:,} texts have notes on their lines, the first: {report.note}")
    if report.others:
        terminal.say(f"note: {report.others:,} lines of {to} are of other prompts or settings; they stay")
    left_out = [{"line": line, "reason": reason} for line, reason in sorted(broken + report.refused)]
    return Outcome({"file": to, "written": report.written, "kept": report.kept, "left_out": left_out})


def _say_left_out(terminal: Terminal, file: Path, lines: list[tuple[int, str]]) -> None:
    for line, reason in lines[:SHOWN_LINES]:
        terminal.say(f"left out: {file}:{line}: {reason}")
    if len(lines) > SHOWN_LINES:
        more = ", ".join(str(line) for line, _ in lines[SHOWN_LINES : 10 * SHOWN_LINES])
        dots = ", …" if len(lines) > 10 * SHOWN_LINES else ""
        terminal.say(f"left out: {len(lines) - SHOWN_LINES:,} more, lines {more}{dots}")
