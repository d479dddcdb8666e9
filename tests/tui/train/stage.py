"""Runs written by hand, and the training screen over them with everything that waits taken out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from textual.pilot import Pilot
from textual.screen import Screen

from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Event, Sample, Started, Step, Validation
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.settings import Settings
from recipe_tui.tui.train.machine import Gpu, Machine
from recipe_tui.tui.train.screen import TrainScreen
from recipe_tui.tui.train.watch import RunReader, Snapshot
from recipe_tui.tui.widgets.title_bar import Status

GIB = 2**30
MACHINE = Machine(37, 12 * GIB, 64 * GIB, (Gpu(71, 38 * GIB, 140 * GIB),))
STARTED = Started(1000.0, 0, 200, 50.0, 3_700_000, 400, 4096)
CONFIG = 'run = "{name}"\n\n[training]\nepochs = {epochs}\nlearning_rate = 0.001\n'


def step(number: int, loss: float | None = None, total: int = 200) -> Step:
    loss = 2 + 7 * math.exp(-number / 30) + 0.3 * math.sin(number * 1.7) if loss is None else loss
    return Step(
        1000.0 + number, number, number / 50, loss, 1e-3 * (1 - number / total), 1.5, 4000, 412_300.0, 2 * GIB,
        38 * GIB, float(total - number) * 1.5,
    )  # fmt: skip


def steps(count: int, first: int = 1) -> list[Step]:
    return [step(number) for number in range(first, count + 1)]


def validation(number: int, loss: float) -> Validation:
    return Validation(1000.5 + number, number, loss, math.exp(loss), True)


def training(count: int = 120) -> list[Event]:
    """What a run tells that has come so far."""
    events: list[Event] = [STARTED]
    for number in range(1, count + 1):
        events.append(step(number))
        if number % 40 == 0:
            events.append(validation(number, 2.2 + 5 * math.exp(-number / 30)))
            text = f"Boil {number} minutes."
            overlap = number / 400
            events.append(
                Sample(1001.0 + number, number, "Pumpkin Soup\n1 small pumpkin\n", text, overlap, number // 4)
            )
    return events


def gone() -> Process:
    return Process(Process.current().host, 2**22 + 1, 1.0)


def a_run(
    output: Path,
    name: str,
    events: Sequence[Event] = (STARTED,),
    created: float = 1000.0,
    process: Process | None = None,
    epochs: float = 4.0,
) -> Path:
    run = output / name
    run.mkdir(parents=True)
    owner = process or Process.current()
    RunManifest(name, created, "gpt2", "/stores/one", "d", "t", "c", "k", {}, owner).write(run)
    (run / "config.toml").write_text(CONFIG.format(name=name, epochs=epochs))
    append(run, *events)
    return run


def append(run: Path, *events: Event) -> None:
    log = EventLog(run / "events.jsonl")
    for event in events:
        log.append(event)
    log.close()


def ended(state: str, reason: str = "", at: int = 120) -> Ended:
    return Ended(2000.0, at, state, reason)


class StillWatcher:
    """Looks when it is told to."""

    def __init__(self, output: Path) -> None:
        self.reader = RunReader(output, lambda: MACHINE)
        self.wanted: tuple[str, ...] = ()
        self.asleep = self.stopped = False
        self._post: Callable[[Snapshot], object] = lambda snapshot: None

    def start(self, post: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        self._post = post
        self.look()

    def want(self, names: tuple[str, ...]) -> None:
        self.wanted = names
        self.look()

    def sleep(self, sleeps: bool) -> None:
        self.asleep = sleeps

    def stop(self) -> None:
        self.stopped = True

    def look(self) -> None:
        self._post(self.reader.read(self.wanted))


class FakeLauncher:
    """Lets nothing go on, and remembers what it was asked for."""

    def __init__(self, error: RunError | None = None) -> None:
        self.resumed: list[Path] = []
        self.error = error

    def resume(self, run: Path) -> object:
        if self.error is not None:
            raise self.error
        self.resumed.append(run)
        return None


class StillStatus:
    def read(self) -> Status:
        return Status()


class Stage(Workbench):
    """The workbench with nothing but the training screen in it."""

    def __init__(self, output: Path, launcher: FakeLauncher | None = None, **settings: object) -> None:
        super().__init__(output, Settings.model_validate(settings), status_reader=StillStatus())  # type: ignore[arg-type]
        self.watcher = StillWatcher(output)
        self.launcher = launcher or FakeLauncher()
        self.train = TrainScreen(output, self.watcher, self.launcher.resume)
        self.written_with: list[str] = []
        self.looked_at: list[Path] = []

    def new_screen(self, tab: str) -> Screen[None]:
        return self.train

    def write_with(self, model: str) -> None:
        self.written_with.append(model)

    def look_at(self, store: Path, block: int | None = None, recipe: int | None = None) -> None:
        self.looked_at.append(store)

    async def look(self, pilot: Pilot[None]) -> None:
        """Have the watcher look, and the screen show what it saw."""
        self.watcher.look()
        await pilot.pause()


def show(app: Stage, body: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (120, 40)) -> None:
    """Run the screen, and what a test does with it."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await body(pilot)

    asyncio.run(main())


async def settled(pilot: Pilot[None]) -> None:
    for _ in range(3):
        busy = [worker for worker in pilot.app.workers if worker.group == "resume" and worker.is_running]
        if busy:
            await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()
