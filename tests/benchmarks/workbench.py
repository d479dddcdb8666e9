"""How fast the workbench is, and how much it sends: ``python -m tests.benchmarks.workbench [NAME…]``.

Everything is measured from outside, in a pseudo-terminal: what a person waits for, and what goes over their line."""

from __future__ import annotations

import os
import statistics
import string
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from recipe_tui.core import paths
from recipe_tui.core.training.events import Event, EventLog, Started, Step
from recipe_tui.core.training.process import Process
from recipe_tui.core.training.runs import Manifest
from tests.tui.terminal import Terminal

RECIPE_TUI = (sys.executable, "-m", "recipe_tui")
SIZE = (120, 40)
REPOSITORY = Path(__file__).parent.parent.parent
RUN = "0412"


def first_paint(folder: Path) -> None:
    seconds = []
    for _ in range(6):
        with opened(folder) as terminal:
            seconds.append(time.monotonic() - terminal.started)
    report("first paint, median of 5", f"{statistics.median(seconds[1:]):.2f} s", "0.6 s")


def idle(folder: Path) -> None:
    with opened(folder) as terminal:
        settle(terminal)
        report("idle traffic", f"{traffic(terminal, 10) / 10:.0f} B/s", "0 B/s")


def update(folder: Path) -> None:
    make_run(folder, 400)
    with events(folder, rate=1), opened(folder) as terminal:
        settle(terminal)
        report("a training update at 1 Hz", f"{traffic(terminal, 15) / 15 / 1000:.1f} kB", "20 kB")


def keys(folder: Path) -> None:
    make_run(folder, 2000)
    command = (sys.executable, "-m", "tests.benchmarks.fake_workbench", str(folder / "output"))
    with events(folder, rate=50), opened(folder, command) as terminal:
        settle(terminal)
        report_latency("a key while 50 events a second come, p50 / p95", press_often(terminal, "z"))
        terminal.press("2")
        terminal.wait_for("[2 Generate]")
        settle(terminal)
        terminal.press("Soup ")
        terminal.wait_for("Soup")
        terminal.press("ctrl+j")
        terminal.wait_for("simmer", 30)
        report_latency("a key while 200 tokens a second come besides", type_often(terminal))


def long_run(folder: Path) -> None:
    make_run(folder, 1_000_000)
    size = (folder / "output" / RUN / paths.EVENTS).stat().st_size
    with opened(folder) as terminal:
        shown = time.monotonic()
        terminal.wait_for(lambda text: "1,000,000/" in text or "1000000/" in text, 120)
        seconds = time.monotonic() - shown
        memory = psutil.Process(terminal.process.pid).memory_info().rss
    report(f"log of a million steps ({size / 1e6:.0f} MB)", f"{seconds:.2f} s, {memory / 1e6:.0f} MB", "2 s")


def large_store(folder: Path) -> None:
    store = make_store(folder / "output" / paths.BLOCKS / "large", 1_000_000)
    settings = folder / "config" / "recipe-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'last_store = "{store}"\n', encoding="utf-8")
    with opened(folder) as terminal:
        settle(terminal)
        pressed = time.monotonic()
        terminal.press("3")
        terminal.wait_for(lambda text: "1,000,000 blocks" in text, 60)
        seconds = time.monotonic() - pressed
        memory = psutil.Process(terminal.process.pid).memory_info().rss
    report("store of a million blocks", f"{seconds:.2f} s, {memory / 1e6:.0f} MB", "0.5 s")


@contextmanager
def opened(folder: Path, command: tuple[str, ...] = RECIPE_TUI) -> Iterator[Terminal]:
    """Give the workbench, its first frame shown."""
    folders = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    with Terminal(command, folder, SIZE, {**folders, "PYTHONPATH": str(REPOSITORY)}) as terminal:
        terminal.wait_for("[1 Train]")
        yield terminal
        terminal.press("ctrl+q")
        terminal.wait()


def settle(terminal: Terminal) -> None:
    """Wait until what comes after the first frame has come."""
    traffic(terminal, 3)


def traffic(terminal: Terminal, seconds: float) -> int:
    """Return the bytes that are sent in some seconds."""
    before = len(terminal.received)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    return len(terminal.received) - before


def press_often(terminal: Terminal, key: str) -> list[float]:
    """Press a key that changes the titles of the panels; return the seconds until they have changed."""

    def titles() -> str:
        return terminal.text.splitlines()[1]

    seconds = []
    for _ in range(40):
        before = titles()
        seconds.append(answer(terminal, key, lambda before=before: titles() != before))
    return seconds


def type_often(terminal: Terminal) -> list[float]:
    """Type into the title of the prompt, and return the seconds until each letter shows."""
    typed = "".join(string.ascii_lowercase[number * 7 % 26] for number in range(60))
    ends = [("Soup " + typed)[number : number + 6] for number in range(len(typed))]  # each with one letter more
    return [answer(terminal, end[-1], lambda end=end: end in terminal.text) for end in ends]


def answer(terminal: Terminal, key: str, is_shown: Callable[[], bool]) -> float:
    """Press a key and return the seconds until its answer has come.

    What comes is put on the screen afterwards: the emulator of this script would take longer than the workbench.
    """
    terminal.read(0)
    pressed = time.perf_counter()
    terminal.press(key)
    arrived = float("inf")
    for moment, written in terminal.take(0.4):
        terminal.show(written)
        if arrived == float("inf") and is_shown():
            arrived = moment - pressed
    return arrived


def make_run(folder: Path, steps: int) -> None:
    """Write a run that trains for ever: its process is this one."""
    run = folder / "output" / RUN
    (run / paths.CHECKPOINTS).mkdir(parents=True)
    values = dict.fromkeys(("data", "tokenizer", "config", "code"), "0")
    store = str(folder / "output" / paths.BLOCKS / "none")
    Manifest(RUN, time.time(), "gpt2", store, **values, process=Process.current()).write(run)
    (run / paths.RUN_CONFIG).write_text("[training]\nepochs = 3\n", encoding="utf-8")
    log = EventLog(run / paths.EVENTS)
    now = time.time() - steps
    log.append(Started(now, 0, 10 * steps, steps / 3, 124_000_000, 5000, 16 * 512))
    for number in range(1, steps + 1):
        log.append(step_event(number, now + number))
    log.close()


def step_event(number: int, now: float) -> Event:
    loss = 2 + 7 / (1 + number / 300) + (number * 7919 % 101) / 300
    return Step(now, number, number / 300, loss, 1e-4, 1 + loss / 9, 8000, 41_000.0, 3 << 30, None, 3600.0)


@contextmanager
def events(folder: Path, rate: float) -> Iterator[None]:
    """Have the run go on meanwhile, so many steps a second."""
    done = threading.Event()

    def write() -> None:
        log = EventLog(folder / "output" / RUN / paths.EVENTS)
        number = 100_000
        while not done.wait(1 / rate):
            number += 1
            log.append(step_event(number, time.time()))
        log.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def make_store(folder: Path, blocks: int) -> Path:
    """Write a store of so many blocks: the sample's, again and again."""
    from dataclasses import replace

    import numpy as np

    from recipe_tui.core.blocks.build import build_store
    from recipe_tui.core.blocks.manifest import Manifest as StoreManifest
    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.text.tokenizer import load_tokenizer

    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=64, validation_fraction=0.02)
    build_store(config, folder, load_tokenizer(paths.SAMPLE_MODEL, "sections"))
    split = folder / "train"
    input_ids = np.load(split / paths.STORE_INPUT_IDS)
    segments = np.load(split / paths.STORE_SEGMENTS)
    first = np.load(split / paths.STORE_FIRST_SEGMENTS)
    times = blocks // len(input_ids) + 1
    np.save(split / paths.STORE_INPUT_IDS, np.tile(input_ids, (times, 1))[:blocks])
    offsets = np.arange(times, dtype=np.int64)[:, None] * first[-1] + first[:-1]
    first_segments = np.append(offsets.ravel(), times * first[-1])[: blocks + 1]
    np.save(split / paths.STORE_FIRST_SEGMENTS, first_segments)
    np.save(split / paths.STORE_SEGMENTS, np.tile(segments, times)[: first_segments[-1]])
    manifest = StoreManifest.read(folder)
    sizes = {name: (folder / name).stat().st_size for name in manifest.files}
    replace(manifest, files=sizes).write(folder)
    return folder


def report_latency(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    report(what, f"{p50 * 1000:.0f} / {p95 * 1000:.0f} ms", "50 ms (p95)")


def report(what: str, measured: str, wanted: str) -> None:
    print(f"{what:55} {measured:>20}   wanted: {wanted}", flush=True)


MEASUREMENTS = {measure.__name__: measure for measure in (first_paint, idle, update, keys, long_run, large_store)}


def main() -> None:
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, terminal of {SIZE[0]}x{SIZE[1]}")
    for name in sys.argv[1:] or MEASUREMENTS:
        with tempfile.TemporaryDirectory() as folder:
            MEASUREMENTS[name](Path(folder))


if __name__ == "__main__":
    main()
