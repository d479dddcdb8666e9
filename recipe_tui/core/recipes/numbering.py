"""Step numbers: ``1.``, ``(2)``, ``3 -``, ``Step 4:``, ``⑤``, ``六、`` and the like, in several languages."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = "step|schritt|étape|etape|paso|passo|stap|steg|trin|krok|шаг|adım|步骤|步驟|手順|工程|단계"
_HAN = "一二三四五六七八九十"
_NUMBER = rf"""\*{{0,2}}(?:
    (?:{_WORDS})\s*(?P<word>\d{{1,2}}|[{_HAN}])(?!\d)\s*[.):：、．–—-]?
    | 第(?P<ordinal>\d{{1,2}}|[{_HAN}])步\s*[：:、.]?
    | [(（\[【](?P<bracket>\d{{1,2}})[)）\]】]
    | \#(?P<hash>\d{{1,2}})(?=[\s.:])[.:]?
    | (?P<plain>\d{{1,2}})(?:[.)、．]|:(?=\s)|\s?[–—-](?=\s+[^\W\d_]))
    | (?P<sign>[①-⑳⑴-⒇⒈-⒛❶-❿➀-➓]|\d\ufe0f?\u20e3)
    | (?P<han>[{_HAN}])、
    | (?P<letter>[a-h])\)(?=\s)
    )\*{{0,2}}(?:\s+|$|(?=[^\W\d_]))"""
_AT_START = re.compile(_NUMBER, re.IGNORECASE | re.VERBOSE)
_WITHIN = re.compile(rf"(?:^|(?<=[.!?;:)\]*。！？；：])\s*|\s){_NUMBER}", re.IGNORECASE | re.VERBOSE)
_RARE = ("hash", "letter")  # which stand within sentences, too: "Feeding #1"
_ORDINAL = ("plain",)  # and so does this, if less often: "auf 2. Stufe"
_ENDED = re.compile(r"(?:\A|[.!?;:)\]。！？；：\n])\s*\Z")
_MAY_NUMBER = re.compile(rf"[\d①⑴⒈❶➀{_HAN}]|\ba\)")


def _value(match: re.Match[str]) -> int:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "letter":
        return ord(text.lower()) - ord("a") + 1
    return int(text) if text.isdecimal() else int(unicodedata.numeric(text[0]))


def number_of(line: str) -> tuple[int, int] | None:
    """Return the number that a line begins with and the place after it; None where it has none."""
    match = _AT_START.match(line)
    return (_value(match), match.end()) if match else None


def numbered_steps(text: str) -> list[str]:
    """Part a text at step numbers that count up from 1; empty where they do not.

    A text may stand above the first of at least three. Numbers begin sentences; where these contradict none within
    sentences, and the text begins with the first, the sentences may lack their periods: "1. Boil it 2. Serve it".
    """
    if not _MAY_NUMBER.search(text):
        return []
    starts, anywhere = list(_starts(text, (*_RARE, *_ORDINAL))), list(_starts(text, _RARE))
    if anywhere and not text[: anywhere[0]].strip() and set(starts) <= set(anywhere):
        starts = anywhere
    has_text_above = bool(starts) and bool(text[: starts[0]].strip())
    if len(starts) < 2 + has_text_above:
        return []
    bounds = [0, *starts, len(text)] if has_text_above else [*starts, len(text)]
    return [text[start:end].strip() for start, end in pairwise(bounds)]


def _starts(text: str, ordinals: tuple[str, ...]) -> Iterator[int]:
    """Yield where the numbers 1, 2, 3 and so on stand; all are of one kind, ordinals only before sentences."""
    kind, last = None, 0
    for match in _WITHIN.finditer(text):
        if match.lastgroup in ordinals and not _ENDED.search(text[max(match.start() - 4, 0) : match.start()]):
            continue
        if _value(match) == last + 1 and kind in (None, match.lastgroup):
            kind, last = match.lastgroup, last + 1
            yield match.start()
