"""Take the constructor off a list that is written in a program: ``new Array("a")``, ``List(a, b)``, ``vec!["a"]``.

What stands before the bracket is the name of a collection in PHP, JavaScript, Java, Kotlin, Scala, Spark, Rust, Go,
C++, C#, Ruby, Perl, SQL or Python. Spark and Scala print the items of their collections without quotes.
"""

from __future__ import annotations

import re

from recipe_tui.core.recipes.reading.field_names import names, plain_name

_NAMES = frozenset(
    names(
        """array arraylist arraybuffer arrayseq arrayof aslist any buffer c collection constant deque dict_keys
        dict_values frozenset hashset immutablelist immutableset index indexedseq iterable json_array jsonarray
        linkedhashset linkedlist list listbuffer listof listwrapper mutablelist mutablelistof mutableset objectarray of
        persistentlist q queue qw seq sequence series set setof stack str stream strings string tensor treeset tuple
        unmodifiablelist unmodifiableset vec vector w wrappedarray"""
    )
)
_PRINTED = frozenset(  # by Scala, Spark and Java, without quotes, with a capital
    names(
        """array arraybuffer arrayseq arraylist buffer indexedseq iterable linkedlist list listbuffer mutablelist queue
        seq set stream vector wrappedarray"""
    )
)
_TYPE = r"(?:<[\w:.<>?\[\] ]{0,60}>)?"
_CONSTRUCTOR = re.compile(
    rf"(?:new\s+)?[@%$]?(?:\[\d{{0,4}}\])?(?P<name>[A-Za-z_]\w{{0,30}}(?:(?:::|\.)\w{{1,30}}){{0,5}}|){_TYPE}"
    r"(?:!|\[\d{0,4}\]|\(\d{0,6}\))?(?P<gap>\s*)(?P<opener>[\[({])"
)
_AFTER = re.compile(
    r"(?:\s*;|::\w{1,20}(?:\[\])?|,?\s*dtype=[\w('\")]{1,30}|\.(?:freeze|toList|to_vec|toArray|copy)(?:\(\))?)*\s*\Z"
)
_PLAIN_NAME = re.compile(r"(?:new\s+)?[\w.]*")
_OPTIONS = re.compile(r"(?:,\s*\w+\s*=[^()]*)?,?\s*")
_CLOSERS = {"[": "]", "(": ")", "{": "}"}
_QUOTED = re.compile(r"""(?:@|:?\w{0,30}\s*=>?\s*|[bruLN]{1,2}|String::from\()?["'`]""")
_QUOTED_TWICE = re.compile(r"""(?:"[^"]*"|'[^']*')\s*,\s*(?:"[^"]*"|'[^']*')""")
_CONVERTED = re.compile(r"""(?:String::from\()?(?P<text>"(?:[^"\\]|\\.)*")(?:\)|\.(?:to_string|to_owned|into)\(\))""")
_ITEM_COMMA = re.compile(r",\s+")
_SIGNS = re.compile(r"""[()\[\]{}"'`]""")
_STARTS_STRING = re.compile(r"(?:[\[({,;>=:@]|\s)\s*[bruLN]?\Z")
_ENDS_STRING = re.compile(r"\s*(?:[,;\])}=:.]|\Z)")
_VAR_DUMP = re.compile(r'string\(\d+\) "(.*)"$', re.MULTILINE)
_R_PRINT = re.compile(r"^\s*\[\d+\](?=\s+\")", re.MULTILINE)
_POLARS = re.compile(r"\A(?:shape: \(\d+,\)\s+)?Series: '[^'\n]*' \[\w+\]\s+(?=\[)")


def without_constructor(text: str) -> str | list[str]:
    """Return a list without its constructor, in brackets alone, or its items where these are not quoted.

    Args:
        text: A cell of a table, trimmed. Prose and other notations are returned as they are.

    Example:
        >>> without_constructor('new Array("salt", "oil")'), without_constructor("List(salt, oil)")
        ('["salt", "oil"]', ['salt', 'oil'])
    """
    if text.startswith("array(") and (dumped := _VAR_DUMP.findall(text)):  # PHP's var_dump
        return dumped
    if _R_PRINT.match(text):
        return f"[{_R_PRINT.sub('', text)}]"
    text = _POLARS.sub("", text)
    if text[0] in _CLOSERS and (end := _closing(text, 0)) and _AFTER.match(text, end + 1):
        return text[: end + 1]
    match = _CONSTRUCTOR.match(text)
    if match is None or (text[0] in _CLOSERS and not match["name"]):
        return text
    end = _closing(text, match.end() - 1)
    if end is None or not _AFTER.match(text, end + 1):
        return text
    name, before, inner = match["name"], match[0][: -len(match["gap"]) - 1], text[match.end() : end].strip()
    last = re.split(r"::|\.", name)[-1]
    has_type = _PLAIN_NAME.fullmatch(before) is None  # "new String[]", "std::vector<string>"
    is_named = plain_name(last) in _NAMES or has_type
    if inner[:1] in _CLOSERS and is_named and (end := _closing(inner, 0)) and _OPTIONS.fullmatch(inner, end + 1):
        return inner[: end + 1]
    if _QUOTED.match(inner) and (is_named or _QUOTED_TWICE.search(inner)):
        return f"[{_CONVERTED.sub(_without_conversion, inner)}]"
    if last in ("w", "qw") and not match["gap"] and before in ("%w", "qw"):
        return inner.split()
    if match["opener"] == "(" and last[:1].isupper() and plain_name(last) in _PRINTED and not match["gap"]:
        return _ITEM_COMMA.split(inner) if inner and inner[0] not in "([{" else text
    return text


def _without_conversion(match: re.Match[str]) -> str:
    return match["text"]


def _closing(text: str, start: int) -> int | None:
    """Return the place of the bracket that closes the one at a place; brackets within quotes are not counted."""
    quote = ""
    depth = 0
    for match in _SIGNS.finditer(text, start):
        sign = match[0]
        if quote:
            is_end = sign == quote and _ENDS_STRING.match(text, match.end())
            quote = "" if is_end else quote
        elif sign in "\"'`":
            quote = sign if _STARTS_STRING.search(text, max(0, match.start() - 3), match.start()) else ""
        elif sign in "([{":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return match.start()
    return None
