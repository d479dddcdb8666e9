"""``python -m tests.faults``: tries every fault and prints a table; exit code 1 where one was not survived."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults import damage, disk, folders, kills, signals, workbench
from tests.faults.ground import Ground, Scenario
from tests.faults.trainee import Trainee


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a scenario: why it was not survived, if so."""

    scenario: Scenario
    problem: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="how many kills at random moments")
    parser.add_argument("--only", default="", help="only the faults whose name contains this, or one of these: a,b")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--jobs", type=int, default=2, help="faults tried at the same time")
    parser.add_argument(
        "--minutes", type=float, default=60, help="after so long no further fault is tried, which fails"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        ground = Ground(Path(folder), Trainee())
        wanted = asked.only.split(",")
        scenarios = [
            one for one in all_scenarios(ground, asked.kills, asked.seed) if any(words in str(one) for words in wanted)
        ]
        print(f"trained without a fault: {ground.whole.ending.state}", file=sys.stderr, flush=True)
        with ThreadPoolExecutor(asked.jobs) as pool:
            results = list(pool.map(lambda one: attempt(one, began + 60 * asked.minutes), scenarios))
    print(table(results))
    print(f"{time.monotonic() - began:,.0f} s")
    return 1 if any(result.problem for result in results) else 0


def all_scenarios(ground: Ground, count: int, seed: int) -> Iterator[Scenario]:
    """Yield every scenario."""
    yield from kills.scenarios(ground, count, seed)
    for module in (signals, disk, folders, damage, workbench):
        yield from module.scenarios(ground)


def attempt(scenario: Scenario, deadline: float) -> Result:
    """Try a fault, and say on stderr how it went."""
    began = time.monotonic()
    problem = ""
    if began > deadline:
        problem = "not tried: no time was left"
    else:
        try:
            scenario.run()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
    shown = "".join(f"\n    {line}" for line in problem.splitlines())
    word = "FAILED" if problem else "ok    "
    print(f"{word} {time.monotonic() - began:6.1f} s  {scenario}{shown}", file=sys.stderr, flush=True)
    return Result(scenario, problem)


def table(results: Sequence[Result]) -> str:
    """Return the table: each fault, how often it was tried, and how often it was survived."""
    by_fault: dict[str, list[Result]] = {}
    for result in results:
        by_fault.setdefault(result.scenario.fault, []).append(result)
    rows = [("fault", "tried", "held")]
    for fault, some in (*by_fault.items(), ("in all", list(results))):
        rows.append((fault, str(len(some)), str(sum(not result.problem for result in some))))
    width = max(len(fault) for fault, _, _ in rows)
    return "\n".join(f"| {fault:{width}} | {tried:>5} | {held:>4} |" for fault, tried, held in rows)


if __name__ == "__main__":
    sys.exit(main())
