"""The arrays of a store, as files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from recipe_tui.core.blocks.arrays import release_pages


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_released_pages_take_no_memory_and_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "tokens.bin"
    np.arange(1 << 20, dtype=np.uint32).tofile(path)
    mapped = np.memmap(path, np.uint32, mode="r")

    def resident() -> int:
        """Return the kilobytes of the file that are in memory."""
        maps = Path("/proc/self/smaps").read_text(encoding="utf-8")
        return int(re.search(rf"{re.escape(str(path))}\n.*?Rss:\s+(\d+)", maps, re.DOTALL)[1])  # type: ignore[index]

    total = mapped.sum(dtype=np.int64)
    assert resident() == 4 << 10
    release_pages(mapped)
    assert resident() == 0
    assert mapped.sum(dtype=np.int64) == total
