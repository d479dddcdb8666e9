"""``python -m tests.faults``: tries every fault and prints a table; exit code 1 where one was not survived."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults import damage, disk, kills, signals, workbench
from tests.faults.ground import Ground
from tests.faults.trainee import Trainee


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="how many kills at random moments")
    parser.add_argument("--only", default="", help="only the faults whose name contains this")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--jobs", type=int, default=2, help="faults tried at the same time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        ground = Ground(Path(folder), Trainee())
        named = [one for one in all_faults(ground, asked.kills, asked.seed) if asked.only in one[0]]
        began = time.monotonic()
        with ThreadPoolExecutor(asked.jobs) as pool:
            results = list(pool.map(attempt, named))
        survived = sum(results)
        print(f"{survived} of {len(named)} faults survived, {time.monotonic() - began:.0f} s")
    return 0 if survived == len(named) else 1


def all_faults(ground: Ground, count: int, seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield every fault by name."""
    yield from kills.faults(ground, count, seed)
    for module in (signals, disk, damage, workbench):
        yield from module.faults(ground)


def attempt(fault: tuple[str, Callable[[], None]]) -> bool:
    """Try a fault, and print a row of the table."""
    name, run = fault
    began = time.monotonic()
    try:
        run()
    except Exception as error:
        survived, why = False, "".join(f"\n    {line}" for line in f"{type(error).__name__}: {error}".splitlines())
    else:
        survived, why = True, ""
    print(f"{'ok    ' if survived else 'FAILED'} {time.monotonic() - began:6.1f} s  {name}{why}", flush=True)
    return survived


if __name__ == "__main__":
    sys.exit(main())
