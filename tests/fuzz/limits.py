"""Memory and time of files that are made to exhaust them; ``python -m tests.fuzz.limits`` prints the table.

Each file is read in a process of its own, which must end below `MEMORY` and `SECONDS`: with what it read, or with one
of the project's own errors. The memory is the most that the process had, Python and its libraries included. The time
is that of the processor, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

MEMORY = 2**30
SECONDS = 10.0


@dataclass(frozen=True)
class Measured:
    """What reading a file came to.

    Attributes:
        size: Bytes of the files.
        seconds: Processor time of the reading alone.
        memory: Most bytes that the process had.
        outcome: The error, or what was read.
        failed: Whether it was a traceback, or was killed.
    """

    size: int
    seconds: float
    memory: int
    outcome: str
    failed: bool

    @property
    def is_within_limits(self) -> bool:
        return not self.failed and self.seconds < SECONDS and self.memory < MEMORY


def measure(name: str, seconds: float = 600) -> Measured:
    """Write the files of a case and read them in another process."""
    from tests.fuzz.hostile.cases import CASES

    with tempfile.TemporaryDirectory() as folder:
        CASES[name].write(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        command = [sys.executable, "-m", __spec__.name, "--read", name, "--folder", folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return Measured(size, seconds, 0, "killed, as it took too long", True)
    try:
        took, memory, outcome = done.stdout.splitlines()[-1].split("\t")
    except (IndexError, ValueError):
        return Measured(size, 0.0, 0, next(iter(done.stderr.splitlines()[-1:]), f"exit {done.returncode}"), True)
    return Measured(size, float(took), int(memory), outcome, done.returncode != 0)


def read(name: str, folder: Path) -> int:
    """Read the files of a case, and print seconds, memory and outcome on one line."""
    from recipe_tui.core.errors import RecipeTuiError
    from tests.fuzz.hostile.cases import CASES

    resource.setrlimit(resource.RLIMIT_DATA, (4 * MEMORY, 4 * MEMORY))  # what goes beyond harms no other process
    case = CASES[name]
    failed = False
    began = time.process_time()
    try:
        outcome = f"read: {case.read(folder)}"
    except RecipeTuiError as error:
        outcome = error.message.replace(str(folder), "")
        failed = "\n" in outcome
    except BaseException as error:
        outcome, failed = f"{type(error).__name__}: {str(error)[:80]}", True
    took = time.process_time() - began
    print(took, _peak(), outcome.replace("\n", "\\n").replace("\t", " ").encode("ascii", "replace").decode(), sep="\t")
    return int(failed)


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def main() -> int:
    """Measure all cases, or those whose name contains a text, and print the table."""
    from tests.fuzz.hostile.cases import CASES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="", help="cases whose name contains this")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        return read(asked.read, asked.folder)
    print(f"{'file':46} {'MB':>7} {'seconds':>8} {'peak MB':>8}  outcome")
    wrong = 0
    for name in CASES:
        if asked.case not in name:
            continue
        one = measure(name)
        wrong += not one.is_within_limits
        mark = " " if one.is_within_limits else "!"
        print(
            f"{name:46} {one.size / 1e6:7.1f} {one.seconds:8.1f} {one.memory / 1e6:8.0f} {mark}{one.outcome[:110]}",
            flush=True,
        )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
