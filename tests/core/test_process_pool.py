from __future__ import annotations

import operator
import os
import signal

import pytest

from recipe_tui.core.errors import StoreError
from recipe_tui.core.process_pool import ProcessPool


def test_results_come_in_the_order_of_the_items_and_errors_where_the_result_is_awaited() -> None:
    with ProcessPool(operator.neg, 2) as pool:
        assert list(pool.map(range(20))) == [-number for number in range(20)]
        assert list(pool.map([])) == []
        with pytest.raises(TypeError, match="bad operand"):
            list(pool.map([1, "two"]))
        assert list(pool.map([3])) == [-3]
        with pytest.raises(StoreError, match="was ended"):
            list(ProcessPool.map(_killing(pool), [1, 2]))


def _killing(pool: ProcessPool) -> ProcessPool:
    for worker in pool._workers:
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
    return pool
