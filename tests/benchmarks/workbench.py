"""How fast the workbench is, and how much it sends: ``python -m tests.benchmarks.workbench [NAME…]``.

Everything is measured from outside, in a pseudo-terminal: what a person waits for, and what goes over their line. The
runs and block stores that it shows are written by inner parts of the core, since none takes so long to be made.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import string
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from recipe_tui.core import paths
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Event, Started, Step
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from tests.tui.terminal import Terminal

RECIPE_TUI = (sys.executable, "-m", "recipe_tui")
SIZE = (120, 40)
REPOSITORY = Path(__file__).parent.parent.parent
RUN = "0412"
EMPTY = "from textual.app import App; from textual.widgets import Static; "
EMPTY += "type('Empty', (App,), {'compose': lambda self: [Static('[1 Train]', markup=False)]})().run()"
EMPTY_APPLICATION = (sys.executable, "-c", EMPTY)
"""A Textual application with one line, which stands for what any of them costs."""


def first_paint(folder: Path) -> None:
    report("first paint, median of 5", f"{statistics.median(first_paints(folder, 6)[1:]):.2f} s", "0.6 s")


def first_paints(folder: Path, rounds: int, command: tuple[str, ...] = RECIPE_TUI) -> list[float]:
    """Return the seconds from the start of the workbench, or of another program, to its first frame, each time."""
    seconds = []
    for _ in range(rounds):
        with opened(folder, command) as terminal:
            seconds.append(time.monotonic() - terminal.started)
    return seconds


def idle(folder: Path) -> None:
    with opened(folder) as terminal:
        settle(terminal)
        report("idle traffic", f"{traffic(terminal, 10) / 10:.0f} B/s", "0 B/s")


def update(folder: Path) -> None:
    make_run(folder, 400)
    with events(folder, rate=1), opened(folder) as terminal:
        settle(terminal)
        report("a training update at 1 Hz", f"{traffic(terminal, 15) / 15 / 1000:.1f} kB", "20 kB")


def train_keys(folder: Path) -> None:
    make_run(folder, 2000)
    with events(folder, rate=50), opened(folder) as terminal:
        settle(terminal)
        report_latency("a key while 50 events a second come", smooth_often(terminal))


def generate_keys(folder: Path) -> None:
    command = (sys.executable, "-m", "tests.benchmarks.fake_workbench", str(folder / "output"))
    with opened(folder, command) as terminal:
        settle(terminal)
        terminal.press("2")
        terminal.wait_for("[F3 Generate]")
        settle(terminal)
        terminal.press("Soup")
        terminal.wait_for("Soup")
        terminal.press("ctrl+j")
        terminal.wait_for("simmer", 30)
        report_latency("a letter while 200 tokens a second come", type_often(terminal))
        written = [int(word.replace(",", "")) for word in terminal.text.split() if word.replace(",", "").isdigit()]
        assert max(written, default=0) > 1000, "the text did not go on meanwhile"


def long_run(folder: Path) -> None:
    make_run(folder, 1_000_000)
    size = (folder / "output" / RUN / paths.EVENTS).stat().st_size
    with opened(folder) as terminal:
        shown = time.monotonic()
        terminal.wait_for(lambda text: "1,000,000/" in text or "1000000/" in text, 120)
        seconds = time.monotonic() - shown
        settle(terminal)
        report(f"log of a million steps ({size / 1e6:.0f} MB)", f"{seconds:.2f} s, {memory(terminal)}", "2 s")


def large_store(folder: Path) -> None:
    store = make_store(folder / "output" / paths.BLOCKS / "large", 1_000_000)
    settings = folder / "config" / "recipe-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'last_store = "{store}"\n', encoding="utf-8")
    seconds = []
    for _ in range(6):
        with opened(folder) as terminal:
            settle(terminal)
            seconds.append(answer(terminal, "3", lambda terminal=terminal: selected_block(terminal) == 0, 3))
    report("first rows of a million blocks, median of 5", f"{statistics.median(seconds[1:]):.2f} s", "0.5 s")
    with opened(folder) as terminal:
        settle(terminal)
        terminal.press("3")
        terminal.wait_for("Block 0:")
        settle(terminal)
        report_latency("a key among a million blocks", move_often(terminal))
        report("memory with a million blocks", memory(terminal), "")


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


def memory(terminal: Terminal) -> str:
    """Return what the workbench holds in memory, and how much of that is no file that is mapped."""
    held = psutil.Process(terminal.process.pid).memory_info()
    return f"{held.rss / 1e6:.0f} MB ({(held.rss - held.shared) / 1e6:.0f} own)"


def smooth_often(terminal: Terminal) -> list[float]:
    """Press the key that changes the smoothing; return the seconds until the chart says another one."""

    def smoothing() -> str:
        found = re.search(r"smoothed [\d.]+", terminal.text)
        return found[0] if found else ""

    seconds = []
    for _ in range(60):
        before = smoothing()
        seconds.append(answer(terminal, "z", lambda before=before: smoothing() != before))
    return seconds


def type_often(terminal: Terminal) -> list[float]:
    """Type into the title of the prompt; return the seconds until its field ends with each letter.

    The text that streams stands elsewhere, so that nothing but the letter can bring this about.
    """
    row = next(number for number, line in enumerate(terminal.text.splitlines()) if "Soup" in line)
    typed = "Soup"
    seconds = []
    for number in range(60):
        typed += string.ascii_lowercase[number * 7 % 26]
        end = typed[-8:]
        seconds.append(answer(terminal, typed[-1], lambda end=end: f"{end} " in terminal.screen.display[row]))
    return seconds


def move_often(terminal: Terminal) -> list[float]:
    """Move in the list of blocks; return the seconds until another block is selected."""
    keys = ("down",) * 10 + ("up",) * 5 + ("pagedown",) * 10 + ("pageup",) * 5 + ("end", "pageup", "home", "down") * 6
    seconds = []
    for key in keys:
        before = selected_block(terminal)
        seconds.append(answer(terminal, key, lambda before=before: selected_block(terminal) not in (before, None)))
    return seconds


def selected_block(terminal: Terminal) -> int | None:
    """Return the number in the row that is marked as selected, or None."""
    for line in range(2, terminal.screen.lines - 3):
        if terminal.screen.buffer[line][12].bold:
            words = terminal.screen.display[line].strip("│ ").split()
            return int(words[0].replace(",", "")) if words and words[0].replace(",", "").isdigit() else None
    return None


def answer(terminal: Terminal, key: str, is_shown: Callable[[], bool], longest: float = 0.4) -> float:
    """Press a key and return the seconds until its answer has come; infinite when it has not in the longest time.

    What comes is put on the screen afterwards: the emulator of this script would take longer than the workbench. What
    came before is put there first, or else the workbench would be waiting for us.
    """
    while terminal.read(0):
        pass
    assert not is_shown(), f"{key} would change nothing"
    pressed = time.perf_counter()
    terminal.press(key)
    arrived = float("inf")
    for moment, written in terminal.take(longest):
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
    RunManifest(RUN, time.time(), "gpt2", store, **values, process=Process.current()).write(run)
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
    """Write a store of so many blocks: the sample's again and again, each time of recipes of their own."""
    import numpy as np

    from recipe_tui.core.blocks.build import build_store
    from recipe_tui.core.blocks.manifest import StoreManifest
    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.text.tokenizer import load_tokenizer

    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=64, validation_fraction=0.02)
    build_store(config, folder, load_tokenizer(paths.SAMPLE_MODEL, "sections"))
    split = folder / "train"
    input_ids = np.load(split / paths.STORE_INPUT_IDS)
    segments = np.load(split / paths.STORE_SEGMENTS)
    first = np.load(split / paths.STORE_FIRST_SEGMENTS)
    outcomes = np.load(folder / paths.STORE_OUTCOMES)
    times = blocks // len(input_ids) + 1
    round_ = np.arange(times)
    np.save(split / paths.STORE_INPUT_IDS, np.tile(input_ids, (times, 1))[:blocks])
    first_segments = np.append((round_[:, None] * first[-1] + first[:-1]).ravel(), times * first[-1])[: blocks + 1]
    np.save(split / paths.STORE_FIRST_SEGMENTS, first_segments.astype(first.dtype))
    many_segments = np.tile(segments, times)
    many_segments["recipe"] += np.repeat(round_ * len(outcomes), len(segments)).astype(np.int32)
    np.save(split / paths.STORE_SEGMENTS, many_segments[: first_segments[-1]])
    many_outcomes = np.tile(outcomes, times)
    many_outcomes["cluster"] += np.where(
        many_outcomes["cluster"] < 0, 0, np.repeat(round_ * len(outcomes), len(outcomes))
    )
    np.save(folder / paths.STORE_OUTCOMES, many_outcomes)
    repeat_recipes(folder / paths.STORE_RECIPES, times)
    manifest = StoreManifest.read(folder)
    sizes = {name: (folder / name).stat().st_size for name in manifest.files}
    replace(manifest, files=sizes).write(folder)
    return folder


def repeat_recipes(path: Path, times: int) -> None:
    """Have a table hold its recipes so many times, in batches as it had them."""
    import numpy as np
    import pyarrow as pa

    from recipe_tui.core.blocks.table import ROWS, SCHEMA

    with pa.OSFile(str(path), "rb") as file:
        table = pa.ipc.open_file(file).read_all().combine_chunks()
    total = len(table) * times
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, SCHEMA) as writer:
        for begin in range(0, total, ROWS):
            rows = np.arange(begin, min(begin + ROWS, total)) % len(table)
            writer.write_batch(table.take(rows).combine_chunks().to_batches()[0])


def report_latency(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    report(f"{what}, p50 / p95 of {len(ordered)}", f"{p50 * 1000:.0f} / {p95 * 1000:.0f} ms", "50 ms (p95)")


def report(what: str, measured: str, wanted: str) -> None:
    print(f"{what:62} {measured:>22}   wanted: {wanted}", flush=True)


MEASUREMENTS = {
    measure.__name__: measure
    for measure in (first_paint, idle, update, train_keys, generate_keys, long_run, large_store)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of them alone: {', '.join(MEASUREMENTS)}")
    names = parser.parse_args().names
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, terminal of {SIZE[0]}x{SIZE[1]}")
    for name in names or MEASUREMENTS:
        with tempfile.TemporaryDirectory() as folder:
            MEASUREMENTS[name](Path(folder))


if __name__ == "__main__":
    main()
