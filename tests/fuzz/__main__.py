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
from tests.fuzz.harness import SECONDS, Row, run_one
from tests.fuzz.readers import all_readers


def main() -> int:
    """Run the readers and print the table; the exit status is 1 when any fails or hangs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each reader")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="most time for each reader")
    parser.add_argument("--reader", default="", help="readers whose name contains this")
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    asked = parser.parse_args()
    print(f"{'reader':26} {'inputs':>9} {'refused':>9} {'tracebacks':>10} {'hangs':>6} {'slowest':>8} {'in all':>8}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for reader in all_readers(Path(folder)):
            if asked.reader not in reader.name:
                continue
            row = Row(reader.name)
            for name, data in reader.samples:  # what it imports counts for no input
                with suppress(RecipeTuiError):
                    reader.read(name, data)
            began = time.perf_counter()
            for seed in range(asked.seed, asked.seed + asked.inputs):
                if seed % 64 == 0:
                    faulthandler.dump_traceback_later(64 * SECONDS, exit=True)  # a hang that no signal interrupts
                run_one(reader, Random(f"{reader.name} {seed}"), row, seed)
                if time.perf_counter() - began > asked.seconds:
                    break
            took = time.perf_counter() - began
            bad = sum(row.tracebacks.values())
            wrong += bad + row.hangs
            print(
                f"{row.name:26} {row.inputs:9,} {row.refused:9,} {bad:10,} {row.hangs:6,} {row.slowest:7.2f}s "
                f"{took:7.0f}s",
                flush=True,
            )
            for reason, count in row.tracebacks.most_common(8):
                print(f"    {count:6,} {reason} (seed {row.first[reason]})", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
