"""What the workbench's tests share: the two sizes, settings in a temporary place, and snapshots as pictures."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


class SvgSnapshot(SingleFileSnapshotExtension):
    """A screenshot a file, which the README can show."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare `normalised(app.export_screenshot())` with the picture that was kept; --snapshot-update keeps it anew."""
    return snapshot.use_extension(SvgSnapshot)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings and history out of the home folder of whoever runs the tests."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Textual draw and look whether it is idle four times as often: most of a test's time is spent between looks.

    The names are private to Textual 8.2.8, whose pilot waits until the process has been idle for one period.
    """
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 1 / 240)
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 1 / 200)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 1 / 1000)


@pytest.fixture(autouse=True, scope="module")
def garbage_is_collected_seldom() -> Iterator[None]:
    """Have the garbage collector run less often: an application makes many objects, nearly none of them garbage."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, *usual[1:])
    yield
    gc.set_threshold(*usual)


def normalised(svg: str) -> str:
    """Take the number that changes with every export out of a screenshot."""
    return re.sub(r"terminal-\d+", "terminal", svg)
