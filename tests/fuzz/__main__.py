"""The command: every reader, or some, and the table. See `tests.fuzz`."""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from recipe_tui.core.errors import RecipeTuiError
from tests.fuzz.harness import SECONDS, Reader, Row, run_one
from tests.fuzz.readers import all_readers

FAILED = 3
"""Exit status of a reader's process where it raised or hung, which is counted in its row."""


def main() -> int:
    """Run the readers and print the table; the exit status is 1 when any fails or hangs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each reader")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="most time for each reader")
    parser.add_argument("--reader", default="", help="readers whose name contains this")
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    asked = parser.parse_args()
    print(f"{'reader':26} {'inputs':>9} {'refused':>9} {'tracebacks':>10} {'hangs':>6} {'slowest':>8} {'in all':>8}")
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        for reader in all_readers(Path(folder)):
            if asked.reader in reader.name:
                wrong |= _in_process_of_its_own(reader, asked, Path(folder) / "seed")
    return int(wrong)


def _in_process_of_its_own(reader: Reader, asked: argparse.Namespace, seed: Path) -> bool:
    """Run a reader where an end of the process, as of a library in C++, ends no other; return whether it failed."""
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        os._exit(_run(reader, asked, seed))
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status not in (0, FAILED):
        print(f"{reader.name:26} ended its process, status {status} (seed {seed.read_text()})", flush=True)
    return status != 0


def _run(reader: Reader, asked: argparse.Namespace, seed_file: Path) -> int:
    row = Row(reader.name)
    for name, data in reader.samples:  # what it imports counts for no input
        with suppress(RecipeTuiError):
            reader.read(name, data)
    began = time.perf_counter()
    with seed_file.open("w") as current:
        for seed in range(asked.seed, asked.seed + asked.inputs):
            if seed % 64 == 0:
                faulthandler.dump_traceback_later(64 * SECONDS, exit=True)  # a hang that no signal interrupts
            current.seek(0)
            current.write(str(seed))
            current.flush()
            run_one(reader, Random(f"{reader.name} {seed}"), row, seed)
            if time.perf_counter() - began > asked.seconds:
                break
    took = time.perf_counter() - began
    bad = sum(row.tracebacks.values())
    print(
        f"{row.name:26} {row.inputs:9,} {row.refused:9,} {bad:10,} {row.hangs:6,} {row.slowest:7.2f}s {took:7.0f}s",
        flush=True,
    )
    for reason, count in row.tracebacks.most_common(8):
        print(f"    {count:6,} {reason} (seed {row.first[reason]})", flush=True)
    return FAILED if bad + row.hangs else 0


if __name__ == "__main__":
    sys.exit(main())
