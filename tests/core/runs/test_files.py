"""Reading a file while another process appends to it."""

from __future__ import annotations

from pathlib import Path

from recipe_tui.core.runs.files import LineTail


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_only_whole_lines_that_were_appended_are_read(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    tail = LineTail(path)
    assert tail.read() == ([], False)
    append(path, b"one\ntwo\nthr")
    assert tail.read() == ([b"one", b"two"], False)
    assert tail.read() == ([], False)
    append(path, b"ee\n\nfour")
    assert tail.read() == ([b"three", b""], False)


def test_a_file_that_was_replaced_cut_or_removed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    tail = LineTail(path)
    append(path, b"one\ntwo\n")
    tail.read()
    path.write_bytes(b"six\n")
    assert tail.read() == ([b"six"], True)
    append(tmp_path / "other", b"seven\neight\n")
    (tmp_path / "other").replace(path)
    assert tail.read() == ([b"seven", b"eight"], True)
    path.unlink()
    assert tail.read() == ([], True)
    assert tail.read() == ([], False)
