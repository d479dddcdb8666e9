"""Stands for a worker process that does a job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from recipe_tui.workers.reports import Report


class FakeWorker:
    """Reports what it is given, and waits in between until it is released."""

    def __init__(self, name: str, *reports: Report) -> None:
        self.name = name
        self.reports = reports
        self.requests: list[Any] = []
        self.ended = 0
        self.released = asyncio.Event()

    async def __call__(self, worker: str, request: Any, /) -> AsyncIterator[Report]:
        assert worker == self.name
        self.requests.append(request)
        try:
            for number, report in enumerate(self.reports):
                if number:
                    await self.released.wait()
                yield report
        finally:
            self.ended += 1
