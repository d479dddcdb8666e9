from pathlib import Path

import pytest

from recipe_tui.core.config import toml_file
from recipe_tui.core.config.toml_file import read_toml


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_a_file_is_read(path: Path) -> None:
    path.write_text("[data]\nblock_size = 8\n")
    assert read_toml(path) == {"data": {"block_size": 8}}


def test_a_file_larger_than_any_configuration_is_refused_before_it_is_parsed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toml_file, "LARGEST", 2 << 10)
    path.write_text("#" * 2049)
    with pytest.raises(ValueError, match="larger than 2 KB"):
        read_toml(path)


@pytest.mark.parametrize(
    "data", [b"a = ", b"\xff", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000, b"a." * 150 + b"a = 1"]
)
def test_what_is_no_toml_is_a_value_error(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"."):
        read_toml(path)
