"""The client of the writing process: starts it when a model is first needed, sends requests, and ends it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.errors import OutputError
from recipe_tui.core.paths import state_folder
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterDiedError, WriterError
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.protocol import (
    Alternatives,
    Cancel,
    Cancelled,
    Failed,
    Found,
    Generate,
    Load,
    Loaded,
    ProtocolError,
    Reply,
    Request,
    RequestProgress,
    Switch,
    Trace,
    Traced,
    Written,
    Wrote,
    read_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.workers.protocol import Alternative

LONGEST_LINE = 1 << 26
"""Bytes of the longest reply that is read."""

LAST_WORDS = 4_000
"""Bytes of the log that are shown when the process dies."""

LARGEST_LOG = 1 << 20
"""Bytes from which the log is started over."""

COMMAND = (sys.executable, "-m", "recipe_tui.workers.writer")


class ProcessClient:
    """Speaks to a real process.

    Args:
        command: What starts it.
        log: File of what it writes to stderr; in the state folder when None.
        timeout: Seconds it is given to exit before it is killed.
    """

    def __init__(self, command: Sequence[str] = COMMAND, log: Path | None = None, timeout: float = 2.0) -> None:
        self.on_death: Callable[[WriterDiedError], None] = lambda error: None
        self._command = command
        self._log = log
        self._log_start = 0
        self._timeout = timeout
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = count(1)
        self._asked: dict[int, tuple[asyncio.Future[Reply], Callable[[Reply], None]]] = {}
        self._leaving = False

    async def load(self, request: Load, progress: Callable[[str], None]) -> Loaded:
        """See `WriterClient.load`."""
        return self._loaded(await self._ask(replace(request, id=next(self._ids)), _progress_to(progress)))

    async def switch(self, model: str, progress: Callable[[str], None]) -> Loaded:
        """See `WriterClient.switch`."""
        return self._loaded(await self._ask(Switch(next(self._ids), model), _progress_to(progress)))

    async def generate(
        self, prompt: Prompt, config: GenerationConfig, begun: Sequence[int], observer: Callable[[Wrote], None]
    ) -> Written:
        """See `WriterClient.generate`."""

        def on_progress(reply: Reply) -> None:
            if isinstance(reply, Wrote):
                observer(reply)

        reply = await self._ask(Generate(next(self._ids), prompt, config, tuple(begun)), on_progress)
        return reply if isinstance(reply, Written) else Written(reply.id, ())

    async def alternatives(self, prompt: Prompt, written: Sequence[int], number: int) -> tuple[Alternative, ...]:
        """See `WriterClient.alternatives`."""
        reply = await self._ask(Alternatives(next(self._ids), prompt, tuple(written), number), lambda _: None)
        return reply.alternatives if isinstance(reply, Found) else ()

    async def trace(self, model: str, text: str, progress: Callable[[str], None]) -> Traced:
        """See `WriterClient.trace`."""
        reply = await self._ask(Trace(next(self._ids), model, text), _progress_to(progress))
        return reply if isinstance(reply, Traced) else Traced(reply.id, "", ())

    def cancel(self) -> None:
        """See `WriterClient.cancel`."""
        for id_ in self._asked:
            self._send(Cancel(id_))

    async def abandon(self) -> None:
        """See `WriterClient.abandon`."""
        process, self._process = self._process, None
        for id_, (future, _) in self._asked.items():
            if not future.done():
                future.set_result(Cancelled(id_))
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def close(self) -> None:
        """See `WriterClient.close`."""
        self._leaving = True
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), self._timeout)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader

    @staticmethod
    def _loaded(reply: Reply) -> Loaded:
        if isinstance(reply, Loaded):
            return reply
        raise LoadingStoppedError("loading was stopped", "it starts again when the model is needed")

    async def _ask(
        self, request: Load | Switch | Generate | Alternatives | Trace, on_progress: Callable[[Reply], None]
    ) -> Reply:
        if self._process is None:
            await self._start()
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[request.id] = (future, on_progress)
        self._send(request)
        try:
            reply = await future
        except asyncio.CancelledError:
            self._send(Cancel(request.id))
            raise
        finally:
            self._asked.pop(request.id, None)
        if isinstance(reply, Failed):
            raise WriterError(reply.message, reply.hint, reply.traceback)
        return reply

    async def _start(self) -> None:
        path = self._log or state_folder() / "writer.log"
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.exists() and path.stat().st_size > LARGEST_LOG
            log = path.open("wb" if fresh else "ab")
        with log:
            self._log_start = log.tell()
            self._log = path
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=log,
                    limit=LONGEST_LINE,
                    start_new_session=True,  # signals of the terminal, such as that of ctrl+c, are not for it
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                )
            except OSError as error:
                raise WriterError(
                    f"the writing process cannot be started ({error})", "check the installation"
                ) from error
        self._reader = asyncio.create_task(self._read(self._process))

    def _send(self, request: Request) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line_of(request).encode())

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        problem = ""
        try:
            while line := await process.stdout.readline():
                self._take(read_reply(line))
        except (ValueError, ProtocolError) as error:  # too long a line, or none of ours: nothing more can be trusted
            problem = str(error)
            process.kill()
        code = await process.wait()
        if self._process is not process:
            return  # it was abandoned
        self._process = None
        if not self._leaving:
            self._report_death(problem or _manner(code))

    def _take(self, reply: Reply) -> None:
        future, on_progress = self._asked.get(reply.id, (None, None))
        if future is None or on_progress is None or future.done():
            return
        if isinstance(reply, RequestProgress | Wrote):
            on_progress(reply)
        elif isinstance(reply, Loaded | Written | Found | Traced | Cancelled | Failed):
            future.set_result(reply)

    def _report_death(self, manner: str) -> None:
        error = WriterDiedError(
            f"the writing process died ({manner})",
            "write again to start another, with a smaller model if memory ran out",
            self._last_words(),
        )
        waiting = [future for future, _ in self._asked.values() if not future.done()]
        for future in waiting:
            future.set_exception(error)
        if not waiting:
            self.on_death(error)

    def _last_words(self) -> str:
        """Return the end of what this process, and not one before it, wrote to its log."""
        if self._log is None:
            return ""
        try:
            with self._log.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, end - LAST_WORDS))
                return log.read().decode("utf-8", "replace").strip()
        except OSError as error:
            return str(OutputError(f"{self._log}: cannot be read ({error})"))


def _progress_to(progress: Callable[[str], None]) -> Callable[[Reply], None]:
    """Return what passes on the progress of a request."""

    def pass_on(reply: Reply) -> None:
        if isinstance(reply, RequestProgress):
            progress(reply.text)

    return pass_on


def _manner(code: int) -> str:
    """Say how a process ended."""
    import signal

    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
