from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.blocks.store import BlockStore
from tests.core.browsing.stores import make_store


@pytest.fixture
def store(tmp_path: Path) -> BlockStore:
    """The store made by hand."""
    return BlockStore.open(make_store(tmp_path / "store"))
