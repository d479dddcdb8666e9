"""Recognise the encoding of a text by its first bytes."""

from __future__ import annotations

import codecs
import re

FOREIGN_SHARE = 0.3
"""Share of bytes that are not UTF-8, from which on a file is no text with a few bad lines."""

_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.02  # of control characters, from which on a file is no text
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]{3,20})|encoding\s*=\s*["']([\w-]{3,20})["']""", re.IGNORECASE)
_BY_BOM = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_EXPECTED = frozenset("àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝ¡¿‘’“”«»–—…•°½¼¾™®©£€")
_CAPITAL_INSIDE = re.compile(r"[a-zß-ÿ][À-ÝŒ]")


def encoding_of(head: bytes) -> str | None:
    """Return the encoding of a text that is not UTF-8, or None for UTF-8, ASCII and what is no text.

    Args:
        head: The first bytes of the file; they may end within a character.
    """
    for mark, name in _BY_BOM:
        if head.startswith(mark):
            return name
    pairs = head[:512]
    if pairs and b"\0" in pairs:
        for name, zeros, letters in (("utf-16-le", pairs[1::2], pairs[::2]), ("utf-16-be", pairs[::2], pairs[1::2])):
            if zeros.count(0) > 0.7 * len(zeros) and letters.count(0) == 0 and len(pairs) > 8:
                return name
    if head.isascii() or is_binary(head):
        return None
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head)
    foreign = sum("\udc80" <= character <= "\udcff" for character in text)
    others = any(character > "\x7f" and not "\udc80" <= character <= "\udcff" for character in text)
    if others or not foreign:  # a line that is damaged does not make the others another encoding
        return None
    return _named_encoding(head) or (_western_encoding(head) if foreign <= FOREIGN_SHARE * len(text) else None)


def is_binary(head: bytes) -> bool:
    """Return whether a file holds no text, by its first bytes."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"PAR1", b"%PDF", b"GIF8", b"SQLite format 3")):
        return True
    return len(_CONTROLS.findall(head)) > _CONTROL_SHARE * len(head)


def _named_encoding(head: bytes) -> str | None:
    match = _CHARSET.search(head, 0, 4096)
    if not match:
        return None
    name = (match[1] or match[2]).decode("ascii").lower()
    if name.replace("-", "").replace("_", "") in ("utf8", "ascii", "iso88591", "latin1", "usascii"):
        return None
    try:
        return codecs.lookup(name).name if codecs.lookup(name)._is_text_encoding else None
    except LookupError:
        return None


def _western_encoding(head: bytes) -> str:
    """Return the one of Windows' and the old Macintosh's encodings in which more of the text is as people write."""
    return max(("cp1252", "mac_roman"), key=lambda name: _plausibility(head.decode(name, "replace")))


def _plausibility(text: str) -> int:
    """Count the characters that recipes hold; a capital within a word counts against them."""
    return sum(character in _EXPECTED for character in text) - 2 * len(_CAPITAL_INSIDE.findall(text))
