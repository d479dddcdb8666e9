"""Headers whose counts and lengths cannot be are refused before the library believes them."""

from __future__ import annotations

import struct

import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.gguf.header import (
    LONGEST_STRING,
    MOST_FIELDS,
    MOST_TENSORS,
    MOST_TEXTS,
    MOST_VALUES,
    check_header,
)
from recipe_tui.core.gguf.reading import GgufFile

STRING, ARRAY, UINT32 = 8, 9, 4


def text(data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(data) if length is None else length) + data


def header(fields: int = 0, tensors: int = 0, version: int = 3, body: bytes = b"") -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", version, tensors, fields) + body


def array(kind: int, count: int, data: bytes = b"") -> bytes:
    return text(b"a") + struct.pack("<IIQ", ARRAY, kind, count) + data


@pytest.mark.parametrize(
    "data",
    [
        header(),
        header(1, body=text(b"a") + struct.pack("<II", UINT32, 7)),
        header(1, body=array(STRING, 2, text(b"b") + text(b""))),
        header(1, body=array(UINT32, 2, bytes(8))),
        header(tensors=1, body=text(b"t") + struct.pack("<IQIQ", 1, 4, 0, 0)),
    ],
)
def test_a_possible_header_is_let_through(tmp_path, data) -> None:
    (tmp_path / "x.gguf").write_bytes(data)
    check_header(tmp_path / "x.gguf")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GGML" + bytes(40), "magic"),
        (header(version=1), "version 1"),
        (header()[:20], "cut off"),
        (header(MOST_FIELDS + 1), "fields"),
        (header(tensors=MOST_TENSORS + 1), "tensors"),
        (header(1, body=text(b"", LONGEST_STRING + 1)), "a text of"),
        (header(1, body=text(b"a", 1000)), "cut off"),
        (header(1, body=text(b"a") + struct.pack("<I", 99)), "unknown type 99"),
        (header(1, body=array(UINT32, 2**61)), "an array of"),
        (header(1, body=array(STRING, MOST_VALUES + 1)), "an array of"),
        (header(2, body=array(UINT32, 9, bytes(36)) + array(UINT32, MOST_VALUES - 5)), "an array of"),
        (header(1, body=array(STRING, MOST_TEXTS + 1)), f"an array of {MOST_TEXTS + 1:,} texts"),
        (header(2, body=array(STRING, 1, text(b"b")) + array(STRING, MOST_TEXTS)), f"an array of {MOST_TEXTS:,} texts"),
        (header(1, body=array(UINT32, 1000)), "cut off"),
        (header(1, body=array(ARRAY, 1)), "an array of the type 9"),
        (header(tensors=1, body=text(b"t") + struct.pack("<I", 5)), "a tensor of 5 dimensions"),
        (header(tensors=1, body=text(b"t") + struct.pack("<IQ", 1, 4)), "cut off"),
    ],
)
def test_an_impossible_header_is_refused_with_its_reason(tmp_path, data, reason) -> None:
    (tmp_path / "x.gguf").write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        check_header(tmp_path / "x.gguf")
    with pytest.raises(CheckpointError, match=f"damaged, or no GGUF file .*{reason}"):
        GgufFile(tmp_path / "x.gguf")
