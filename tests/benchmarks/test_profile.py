"""The table of a profile; the trace itself needs a GPU."""

from __future__ import annotations

from collections import Counter

from tests.benchmarks.profile import table


def test_kernels_are_summed_by_kind_and_divided_by_the_steps() -> None:
    times = Counter({"nvjet_sm90_tst": 6_000_000, "gemm_fusion_dot_8": 2_000_000, "loop_add_fusion": 4_000_000})
    assert table(times, steps=2, longest=1).splitlines() == [
        "    4.00 ms  matrix products",
        "    2.00 ms  element by element",
        "    6.00 ms  all",
        "    3.00 ms  nvjet_sm90_tst",
    ]
