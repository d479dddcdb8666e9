"""Recognise the format of a file by its name and its first bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.delimited import header

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.config import SourceFormat

_BY_SUFFIX: dict[str, SourceFormat] = {
    ".training": "plain",
    ".testing": "plain",
    ".validation": "plain",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonld": "json-ld",
    ".html": "json-ld",
    ".htm": "json-ld",
    ".parquet": "parquet",
}
_PLAIN_SUFFIXES = (".txt", ".text", ".recipe", ".recipes")
_LINKED_DATA = re.compile(rb'"@(?:context|graph)"\s*:|"@type"\s*:\s*\[?\s*"[^"]*Recipe"')


def recognise(path: Path, head: bytes) -> SourceFormat | None:
    """Recognise the format of a file.

    Args:
        path: Its name decides where it is telling; ``.gz`` is looked through.
        head: The first bytes of its content, uncompressed, without a byte order mark.

    Returns:
        The format, or None for text of an unknown kind.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    content = head.lstrip()
    if content.startswith((b"{", b"[")) or suffix == ".json":
        return _json_kind(content)
    if content.startswith(b"<!") or re.match(rb"<(html|head|body|script)\b", content, re.IGNORECASE):
        return "json-ld"
    first_line = content.partition(b"\n")[0].decode("utf-8", "replace")
    if header(first_line) is not None:
        return "csv"
    return "plain" if suffix in _PLAIN_SUFFIXES else None


def _json_kind(content: bytes) -> SourceFormat:
    first_line, _, rest = content.partition(b"\n")
    if rest.lstrip().startswith(b"{") and _is_whole(first_line):
        return "jsonl"
    return "json-ld" if _LINKED_DATA.search(content) else "json"


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
