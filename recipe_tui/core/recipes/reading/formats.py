"""The formats of recipe files: their names, endings, recognisers and readers. A new one is a module and a row here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading import (
    cooklang,
    delimited,
    documents,
    linked_data,
    markdown,
    mastercook,
    meal_master,
    parquet,
    plain,
    recipemd,
    xml_records,
)
from recipe_tui.core.recipes.reading.json_text import parse_json
from recipe_tui.core.recipes.reading.labelled import is_labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.reading.places import Place
    from recipe_tui.core.recipes.reading.records import Unreadable
    from recipe_tui.core.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Format:
    """A format of recipe files.

    Attributes:
        name: Its name in the settings.
        endings: Endings of file names that belong to it, whatever the content.
        recognises: Whether a file's first bytes are of the format; asked where no ending decides.
        read: Reads a file's recipes.
        place: What a recipe's place in a file is called.
        read_place: Reads that place again, as it is written.
    """

    name: SourceFormat
    endings: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Callable[[Path], Iterator[Recipe | Unreadable]]
    place: str
    read_place: Callable[[Path, Place], str]


_LINKED_DATA = re.compile(rb'"@(?:context|graph)"\s*:|"@type"\s*:\s*\[?\s*"[^"]*Recipe"')
_PAGE = re.compile(rb"<(?:!|\?xml|(?:html|head|body|script|div|article|main|section|meta|title)\b)", re.IGNORECASE)
_BROKEN_LINE = re.compile(rb"\s*[\[{]\s*\Z|.*[\[{,]\s*\Z", re.DOTALL)


def _is_json(content: bytes) -> bool:
    return content.startswith((b"{", b"["))


def _is_json_lines(content: bytes) -> bool:
    first_line, _, rest = content.partition(b"\n")
    if not (_is_json(content) and rest.lstrip().startswith(b"{")):
        return False
    try:
        parse_json(first_line.decode())
    except (ValueError, RecursionError):
        return False
    return True


FORMATS: tuple[Format, ...] = (
    Format(
        "parquet",
        (".parquet",),
        lambda head: head.startswith(b"PAR1"),
        parquet.read_parquet,
        "row",
        parquet.parquet_place,
    ),
    Format(
        "jsonl",
        (".jsonl", ".ndjson", ".jsonlines"),
        _is_json_lines,
        documents.read_json_lines,
        "line",
        documents.json_lines_place,
    ),
    Format(
        "meal-master",
        (".mmf",),
        meal_master.is_meal_master,
        meal_master.read_meal_master,
        "lines",
        meal_master.meal_master_place,
    ),
    Format(
        "mastercook",
        (".mxp",),
        mastercook.is_mastercook,
        mastercook.read_mastercook,
        "lines",
        mastercook.mastercook_place,
    ),
    Format(
        "xml",
        (".mx2", ".grmt", ".fdx", ".recipeml"),
        xml_records.is_xml_records,
        xml_records.read_xml,
        "record",
        xml_records.xml_place,
    ),
    Format(
        "json-ld",
        (".jsonld", ".html", ".htm", ".xhtml"),
        lambda head: bool(_PAGE.match(head) or (_is_json(head) and _LINKED_DATA.search(head))),
        linked_data.read_linked_data,
        "record",
        linked_data.linked_data_place,
    ),
    Format("json", (), _is_json, documents.read_json, "record", documents.json_place),
    Format("csv", (".csv", ".tsv"), delimited.is_delimited, delimited.read_delimited, "row", delimited.delimited_place),
    Format("cooklang", (".cook",), cooklang.is_cooklang, cooklang.read_cooklang, "file", cooklang.cooklang_place),
    Format("recipemd", (), recipemd.is_recipemd, recipemd.read_recipemd, "file", recipemd.recipemd_place),
    Format("markdown", (), markdown.is_markdown, markdown.read_markdown, "lines", markdown.markdown_place),
    Format(
        "plain",
        (".training", ".testing", ".validation"),
        lambda head: False,
        plain.read_plain,
        "lines",
        plain.plain_place,
    ),
)
"""All formats, in the order in which they are tried on a file's first bytes."""

_BY_NAME = {format_.name: format_ for format_ in FORMATS}
_BY_ENDING = {ending: format_.name for format_ in FORMATS for ending in format_.endings}
_PACKED = frozenset((".gz", ".bz2", ".xz", ".zst", ".zstd", ".zip", ".lzma"))
_JSON_ENDINGS = (".json", ".paprikarecipe", ".paprikarecipes", ".melarecipe")
_PLAIN_ENDINGS = (".txt", ".text", ".recipe", ".recipes")
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")


def named_format(name: SourceFormat) -> Format:
    """Return the format of a name.

    Raises:
        SourceError: No reader has it.
    """
    if name not in _BY_NAME:
        raise SourceError(f"{name}: not a format of files", f"choose one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def recognise(path: Path, head: bytes) -> SourceFormat | None:
    """Recognise the format of a file.

    Args:
        path: Its name decides where it is telling; ``.gz`` and the like are looked through.
        head: The first bytes of its content, decompressed, as UTF-8, without a byte order mark.

    Returns:
        The format, or None for text of an unknown kind.
    """
    content = head.lstrip(b" \t\r\n\0\x0b\x0c")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = next((suffix for suffix in reversed(suffixes) if suffix not in _PACKED), "")
    if head.startswith(b"PAR1"):
        return "parquet"
    if ending in _BY_ENDING:
        first_line, newline, _ = content.partition(b"\n")
        if _BY_ENDING[ending] == "jsonl" and newline and _BROKEN_LINE.match(first_line):
            return "json"  # an array or indented objects under the ending of lines
        if _BY_ENDING[ending] != "csv" or not _is_json(content):
            return _BY_ENDING[ending]
    if ending in _JSON_ENDINGS and not _is_json(content):
        return "json"
    if ending in _MARKDOWN_ENDINGS:
        found_kind = next((name for name in _MARKDOWN_KINDS if named_format(name).recognises(head)), None)
        return found_kind or ("markdown" if markdown.is_labelled_markdown(head) else None)
    if ending in _PLAIN_ENDINGS and is_labelled(head):
        return "plain"
    found = next((format_.name for format_ in FORMATS if format_.recognises(content)), None)
    return found or ("plain" if ending in _PLAIN_ENDINGS else None)


# RecipeMD is Markdown, too; what has neither a heading for its ingredients nor a rule is another kind of document.
_MARKDOWN_KINDS: tuple[SourceFormat, ...] = ("markdown", "recipemd")
