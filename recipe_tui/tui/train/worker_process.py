"""Workers in processes of their own, such as those that check before a training: their reports as they come."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from recipe_tui.workers.lines import line_of
from recipe_tui.workers.reports import Failed, read_report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recipe_tui.core.config import Config
    from recipe_tui.workers.evaluation import EvaluationRequest
    from recipe_tui.workers.export import ExportRequest
    from recipe_tui.workers.laboratory import LaboratoryRequest
    from recipe_tui.workers.reports import Report
    from recipe_tui.workers.tokenizer import TokenizerRequest

    WorkerRequest = Config | LaboratoryRequest | EvaluationRequest | ExportRequest | TokenizerRequest

WorkerName = Literal["preflight", "preview", "losses", "laboratory", "evaluation", "export", "tokenizer"]


class StreamReports(Protocol):
    """Starts a worker and yields its reports; when the iteration is abandoned, the worker is terminated."""

    def __call__(self, worker: WorkerName, config: WorkerRequest, /) -> AsyncIterator[Report]:
        """Run one of the workers."""


async def stream_reports(worker: WorkerName, config: WorkerRequest, /) -> AsyncIterator[Report]:
    """Yield the reports of a worker; one that dies yields `Failed` with the last line of its stderr."""
    with tempfile.TemporaryFile() as words:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"recipe_tui.workers.{worker}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=words,
            start_new_session=True,  # so that what it started ends with it
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without its pipes")
        try:
            process.stdin.write((line_of(config) if is_dataclass(config) else config.to_toml()).encode())
            process.stdin.close()
            failed = False
            async for line in process.stdout:
                report = read_report(line)
                if report is not None:
                    failed = failed or isinstance(report, Failed)
                    yield report
            if await process.wait() != 0 and not failed:
                words.seek(0)
                said = words.read().decode("utf-8", "replace").strip().splitlines()
                yield Failed(said[-1] if said else "the worker ended without a word", "run recipe-tui doctor")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                await process.wait()
