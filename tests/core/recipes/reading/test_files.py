from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path
from random import Random

import pyarrow
import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading import files
from recipe_tui.core.recipes.reading.files import (
    BrokenOffError,
    numbered_lines,
    open_seekable,
    open_source,
    raw_lines,
    read_head,
)
from recipe_tui.core.recipes.reading.records import Unreadable


def zstandard(data: bytes) -> bytes:
    return pyarrow.compress(data, codec="zstd", asbytes=True)


def zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("book.txt", data)
    return packed.getvalue()


def test_gzip_is_known_by_its_first_bytes_and_not_by_its_name(tmp_path):
    (tmp_path / "packed.txt").write_bytes(gzip.compress(b"Mint Tea\n", mtime=0))
    (tmp_path / "plain.gz").write_bytes(b"Mint Tea\n")
    for name in ("packed.txt", "plain.gz"):
        with open_source(tmp_path / name) as stream:
            assert stream.read() == b"Mint Tea\n"
        with open_seekable(tmp_path / name) as stream:
            stream.seek(-4, io.SEEK_END)
            assert stream.read() == b"Tea\n"


def test_lines_end_at_newlines_and_nowhere_else():
    text = "a\u2028b\r\nc\x0bd\x85e\n\nf\rg"
    assert list(numbered_lines(io.BytesIO(text.encode()), "f")) == [
        (1, "a\u2028b"),
        (2, "c\x0bd\x85e"),
        (3, ""),
        (4, "f\rg"),
    ]


def test_a_byte_order_mark_at_the_beginning_is_no_text(write):
    with open_source(write("f.txt", b"\xef\xbb\xbfTea\n\xef\xbb\xbfTea\n")) as stream:
        assert list(numbered_lines(stream, "f")) == [
            (1, "Tea"),
            (2, "\ufeffTea"),
        ]


@pytest.mark.parametrize("marks", ["\ufeff\ufeff", "ï»¿", "\ufeffï»¿"])
def test_doubled_byte_order_marks_and_those_read_as_cp1252_are_no_text(write, marks):
    with open_source(write("f.txt", f"{marks}Tea")) as stream:
        assert stream.read() == b"Tea"


@pytest.mark.parametrize("encoding", ["ascii", "utf-16", "utf-16-le"])
def test_lines_that_end_at_carriage_returns_alone_end_at_line_feeds(write, encoding):
    with open_source(write("f.txt.gz", "Mint tea\rmint\r\rBoil.\nPour.\r".encode(encoding))) as stream:
        assert stream.read() == b"Mint tea\nmint\n\nBoil.\nPour.\n"


@pytest.mark.parametrize("text", [b"Tea\nmi\rnt", b"Tea\r\nmi\rnt", b"Te\ra\r\nmint", b"\x89PNG\r\0"])
def test_carriage_returns_within_lines_stay(write, text):
    with open_source(write("f.txt", text)) as stream:
        assert stream.read() == text


def test_a_line_that_is_not_utf_8_is_unreadable_and_the_next_is_read():
    assert list(numbered_lines(io.BytesIO(b"Tea\ncaf\xe9\nToast"), "f")) == [
        (1, "Tea"),
        Unreadable("f", 2, "not UTF-8 (byte 4 of the line)"),
        (3, "Toast"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a binary file, not text"),
        (bytes(range(128, 256)) * 3, "not UTF-8 text"),
        ("Чай с мятой".encode("cp1251"), "not UTF-8 text"),
        (bz2.compress(b"Mint Tea " * 100)[:-30], "the bzip2 file breaks off"),
        (gzip.compress(b"Mint Tea", mtime=0)[:-8] + bytes(8), "the gzip file is damaged"),
        (gzip.compress(b"Mint Tea", mtime=0)[:10] + b"\xff" * 20, "the gzip file is damaged"),
    ],
)
def test_a_file_that_is_no_text_is_an_error_that_says_so(tmp_path, content, said):
    path = tmp_path / "book.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError) as error:
        read_head(path)
    assert error.value.message.startswith(f"{path}: {said}")
    assert error.value.hint


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard])
def test_a_compressed_file_that_breaks_off_is_read_up_to_there_and_then_an_error(tmp_path, pack):
    lines = b"".join(b"%d: Mint Tea\n" % number for number in Random(1).choices(range(10**9), k=60_000))
    path = tmp_path / "book.txt"
    path.write_bytes(pack(lines)[:-300])
    read = []
    with pytest.raises(BrokenOffError, match=r"the \w+ file breaks off"), open_source(path) as stream:
        read += stream
    assert 0.5 * len(lines) < len(b"".join(read)) < len(lines)
    assert lines.startswith(b"".join(read))


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize(
    "text",
    ["Crème brûlée à l’orange, 180°", "Käsespätzle „wie früher“", "¡Corta la piña! Sírvela con café.", "Don’t boil it"],
)
def test_the_old_encodings_of_windows_and_the_macintosh_are_told_apart(tmp_path, encoding, text):
    path = tmp_path / "book.txt"
    path.write_bytes(f"{text}\n".encode(encoding))
    assert read_head(path).decode() == f"{text}\n"


def test_text_with_a_few_bytes_of_another_encoding_is_text(tmp_path):
    path = tmp_path / "book.txt"
    path.write_bytes("Crème fraîche with ".encode("latin-1") + "purée and more".encode())
    assert read_head(path).startswith(b"Cr\xe8me")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard, zipped])
def test_text_is_read_in_its_encoding_and_its_packing(tmp_path, encoding, pack):
    path = tmp_path / "book.txt"
    path.write_bytes(pack("Crème brûlée – 2 eggs\n".encode(encoding)))
    assert read_head(path).decode() == "Crème brûlée – 2 eggs\n"


def test_utf_8_is_known_by_a_single_character_at_the_end(tmp_path):
    path = tmp_path / "book.txt"
    for text in ("Heat to 200°C\n", "Heat to 200°C", "Add some 🧂\n"):
        path.write_text(text, "utf-8")
        assert read_head(path).decode() == text
    path.write_bytes("Heat to 200°C\n".encode("cp1252"))
    assert read_head(path).decode() == "Heat to 200°C\n"


def test_a_page_is_read_in_the_encoding_that_it_names(tmp_path):
    path = tmp_path / "book.html"
    path.write_bytes('<meta charset="windows-1251"><p>Чай с мятой'.encode("cp1251"))
    assert read_head(path).decode().endswith("Чай с мятой")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard, zipped])
def test_what_unpacks_to_out_of_all_proportion_is_refused(tmp_path, pack):
    path = tmp_path / "book.jsonl"
    path.write_bytes(pack(bytes(40 * 2**20)))
    with open_source(path) as stream:
        assert stream.read(10) == bytes(10)
    with pytest.raises(SourceError, match="unpacks to more than 32 MB"), open_source(path) as stream:
        while stream.read(2**20):
            pass


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LINE_LIMIT", 1000)
    assert len(list(numbered_lines(io.BytesIO(b"a" * 998 + b"\n" + b"b" * 999), "f"))) == 2
    with pytest.raises(SourceError, match="a line of more than"):
        list(numbered_lines(io.BytesIO(b"a" * 1001), "f"))


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(5, "Input/output error"), "cannot be read"),
    ],
)
def test_a_file_that_the_system_refuses_is_an_error_that_names_it(tmp_path, monkeypatch, raised, said):
    def refuse(*arguments, **options):
        raise raised

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError) as error:
        read_head(tmp_path / "book.txt")
    assert error.value.message.startswith(f"{tmp_path / 'book.txt'}: {said}")
    assert error.value.hint


def test_blank_lines_that_do_not_end_are_refused(write):
    path = write("book.jsonl", b'{"title": "Tea"}\n' + b"\n" * 1_000_001)
    with open_source(path) as stream, pytest.raises(SourceError, match="more than 1,000,000 blank lines in a row"):
        list(raw_lines(stream, str(path)))


@pytest.mark.parametrize(
    ("compress", "junk"),
    [
        (gzip.compress, b"\0" * 8),
        (gzip.compress, b"garbage"),
        (bz2.compress, b"garbage"),
        (lzma.compress, b"garbage, more than a header"),
    ],
)
def test_what_follows_compressed_data_does_not_lose_it(tmp_path, compress, junk):
    path = tmp_path / "book.jsonl.gz"
    path.write_bytes(compress(b"Tea\n") + junk)
    try:
        with open_source(path) as stream:
            assert stream.read() == b"Tea\n"
    except BrokenOffError as error:
        assert "what follows the gzip data is not compressed, and is not read" in error.message
        assert compress is gzip.compress


def test_two_compressed_files_in_one_are_read_as_one(tmp_path):
    path = tmp_path / "book.jsonl.gz"
    path.write_bytes(gzip.compress(b"Tea\n") + gzip.compress(b"Soup\n"))
    with open_source(path) as stream:
        assert stream.read() == b"Tea\nSoup\n"
