"""Parse JSON: strictly first, then with what pages and exports do to it mended; long arrays element by element."""

from __future__ import annotations

import codecs
import html
import json
import re
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.cut_json import before_cut, is_cut_off
from recipe_tui.core.recipes.reading.files import cut_off, open_source, read_text
from recipe_tui.core.recipes.reading.written import NotAListError, TolerantParser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SMALL = 16 * 2**20  # bytes of a document that is parsed whole, and mended where it is malformed
_ELEMENT_LIMIT = 24 * 2**20  # characters of one element of an array
_CHUNK = 2**20  # bytes
_MEMORY = 2**29  # bytes that a parsed document may take
_MENDABLE = 4 * 2**20  # characters of a malformed value that is mended
_CERTAINLY_FITS = 2**20  # characters
_LONGEST_INTEGER = 4300  # digits that Python parses


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


_STRICT = json.JSONDecoder(parse_constant=lambda _: None, parse_int=_integer)
_LAX = json.JSONDecoder(parse_constant=lambda _: None, parse_int=_integer, strict=False)
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
_BETWEEN = re.compile(r"[\s,;]*")
_COMMENT = re.compile(rf"(?P<string>{_STRING})|/\*.*?(?:\*/|\Z)|//[^\n]*|<!\[CDATA\[|\]\]>|<!--|-->", re.DOTALL)
_COMMA = re.compile(rf"(?P<string>{_STRING})|,(?=[\s,]*[}}\]])|,(?=\s*,)", re.DOTALL)
_VALUE = re.compile(r"\s*(?:(?:const|let|var)\s+)?(?:[\w$][\w.$]*\s*=\s*)?[{\[]")  # a script may assign it
_BAD_ESCAPE = re.compile(
    r"(?P<good>\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}))|\\x(?P<byte>[0-9a-fA-F]{2})|\\(?P<kept>[^xuU]|\Z)?", re.DOTALL
)


def parse_json(text: str, strict: bool = True) -> object:
    """Parse one JSON value; NaN, which pandas may write for a missing value, becomes None.

    Args:
        text: The value.
        strict: Refuse control characters, newlines among them, inside strings, as the standard does.

    Raises:
        ValueError: It is malformed, or would fill the memory.
    """
    if len(text) > _CERTAINLY_FITS:
        _require_memory(text)
    return (_STRICT if strict else _LAX).decode(text)


def parse_lenient(text: str) -> object:
    """Parse a JSON value as pages and exports write it.

    Read over are comments and CDATA marks, trailing commas and semicolons, NUL, bad escapes, bare newlines and quotes
    in strings, single quotes, and text that is escaped as HTML.

    Raises:
        ValueError: It is malformed all the same; the error is that of the strict parser.
    """
    try:
        return parse_json(text, strict=False)
    except json.JSONDecodeError as error:
        failure = error
    if len(text) > _MENDABLE:
        raise failure
    if failure.msg == "Extra data" and (values := list(_concatenated(text))):
        return values
    mended = text.replace("\0", "").strip("\ufeff \t\r\n;")
    if mended.startswith(("{&quot;", "[{&quot;", "{ &quot;", "&#123;")) or "{&quot;" in mended[:20]:
        mended = html.unescape(mended)
    mended = _COMMENT.sub(lambda match: match["string"] or "", mended)
    mended = _COMMA.sub(lambda match: _escaped(match["string"]) if match["string"] else "", mended).strip().strip(";")
    with suppress(ValueError, RecursionError):
        return parse_json(mended, strict=False)
    for candidate in (mended, text):  # what looks like a comment may stand in a string of single quotes
        if match := _VALUE.match(candidate):
            with suppress(NotAListError, RecursionError):
                return TolerantParser(candidate[match.end() - 1 :]).parse()
    raise failure


def parse_beginning(text: str) -> object:
    """Parse a JSON value that is broken off, or that other text follows, as far as it goes.

    What was not complete when it broke off, such as the last text of a list, is left out.

    Raises:
        ValueError: It is malformed before it ends, or too large to be mended.
    """
    if len(text) > _MENDABLE:
        raise ValueError(f"more than {_MENDABLE // 2**20} MB")
    return TolerantParser(text.strip(), is_whole=False).parse()


def _escaped(string: str) -> str:
    if "\\" not in string:
        return string
    return _BAD_ESCAPE.sub(_good_escape, string)


def _good_escape(match: re.Match[str]) -> str:
    r"""Return an escape as JSON has it; that of JavaScript, ``\xe9``, is the character of that number."""
    return match["good"] or (f"\\u00{match['byte']}" if match["byte"] else match["kept"] or "")


def json_values(path: Path) -> Iterator[object]:
    """Yield the values of a JSON document: the elements of an array, one after the other, or its one value.

    Several values written one after the other, as by ``jq``, are read as well. A large array is parsed as it is read.

    Raises:
        BrokenOffError: It is cut off; what stands whole before the cut has been yielded.
        SourceError: It is not JSON, or a part of it is too large to be parsed.
    """
    try:
        with open_source(path) as stream:
            head = stream.read(_SMALL + 1)
            if len(head) <= _SMALL:
                yield from _whole(head.decode("utf-8", "surrogateescape"), path)
            elif head.lstrip().startswith(b"["):
                yield from _array(head, stream, path)
            else:
                yield from _whole(read_text(stream, path, before=head), path)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}: malformed JSON: {error.msg} (line {error.lineno}, column {error.colno})",
            "mend it, or give the format as jsonl if every line is an object of its own",
        ) from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: malformed JSON: {error}", "mend it, or convert it to JSON Lines") from None


def _whole(text: str, path: Path) -> Iterator[object]:
    is_cut = False
    try:
        value = parse_json(text)
    except json.JSONDecodeError as error:
        values = list(_concatenated(text)) if error.msg == "Extra data" else []
        try:
            value = values or parse_lenient(text)
        except json.JSONDecodeError:
            value, is_cut = before_cut(text), True
            if value is None:
                raise
    if isinstance(value, list):
        yield from value
    else:
        yield value
    if is_cut:
        raise cut_off(path, text.count("\n") + 1)


def _concatenated(text: str) -> Iterator[object]:
    """Yield values that are written one after the other; nothing where any is malformed."""
    values = []
    place = 0
    while place < len(text):
        try:
            value, place = _LAX.raw_decode(text, place)
        except json.JSONDecodeError:
            return
        if not isinstance(value, dict | list):
            return
        values.append(value)
        match = _BETWEEN.match(text, place)
        place = match.end() if match else place
    yield from values


def _require_memory(text: str) -> None:
    """Refuse a document whose lists, objects and strings would fill the memory, before they do."""
    size = len(text) + 72 * (text.count("[") + text.count("{")) + 30 * text.count('"') + 8 * text.count(",")
    if size > _MEMORY:
        raise ValueError(f"it would take about {size // 2**20:,} MB of memory")


def _array(head: bytes, stream: IO[bytes], path: Path) -> Iterator[object]:
    """Yield the elements of an array that is too large to be parsed whole.

    Raises:
        BrokenOffError: It is cut off.
    """
    incoming = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    separators = re.compile(r"[\s,]*")
    text = incoming.decode(head)
    place = text.index("[") + 1
    lines_before = 0
    step = _CHUNK
    ended = False
    while True:
        match = separators.match(text, place)
        place = match.end() if match else place
        failure: json.JSONDecodeError | None = None
        if place < len(text):
            if text[place] == "]":
                return
            try:
                value, end = _LAX.raw_decode(text, place)
            except json.JSONDecodeError as error:
                failure = error
            else:
                if end < len(text) or ended:
                    yield value
                    place, step = end, _CHUNK
                    continue
        if ended or len(text) - place > _ELEMENT_LIMIT:
            failure = failure or json.JSONDecodeError("Expecting ',' or ']'", text, place)
            failure.lineno += lines_before
            if ended and (place == len(text) or is_cut_off(text[place:])):
                raise cut_off(path, failure.lineno)
            raise failure
        data = stream.read(step)
        ended = not data
        lines_before += text.count("\n", 0, place)
        text = text[place:] + incoming.decode(data, final=ended)
        place, step = 0, step * 2
