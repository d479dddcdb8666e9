"""Read a list that is written out in one string, as tables hold them.

A cell of a table cannot hold a list, so exports write it as text: JSON, Python's or numpy's repr, R's ``c("a", "b")``,
Postgres' ``{a,"b c"}``. One tolerant parser reads them all, since real files mix them and break their rules.
"""

from __future__ import annotations

import ast
import json
import re
from contextlib import suppress

from recipe_tui.core.recipes.reading.constructors import without_constructor

_DEPTH = 32  # of lists in lists
_OPENERS = {"[": "]", "(": ")", "{": "}"}
_MISSING = (
    r"(?:None|null|NULL|nan|NaN|NaT|NA|NA_character_|<NA>|nil|undefined"
    r"|(?:np|numpy|math|pd|pandas)\.(?:nan|NaN|NA|NaT|inf)|float\(\s*['\"]nan['\"]\s*\))"
)
_CALL = re.compile(r"(?:c|list|array|(?:np|numpy)\.\w+|tuple|set|frozenset|deque)\s*(?=\()")
_WRAPPED = re.compile(
    r"(?:np\.|numpy\.|pd\.)?(?:array|Series|deque|set|frozenset|tuple|list|dict_values)"
    r"\(\s*(?P<inner>\[.*\]|\{.*\}|\(.*\))\s*(?:,\s*dtype=[^()]*)?\)",
    re.DOTALL,
)
_EMPTY = re.compile(rf"(?:\[\s*\]|\{{\s*\}}|\(\s*\)|c\(\s*\)|character\(0\)|list\(\)|set\(\)|{_MISSING})")
# What only code begins with: a list whose first item is quoted, missing, or another list.
_LIST_START = re.compile(
    rf"""(?:\[\s*(?:(?:@|[bruLN]{{1,2}})?["'`\[({{]|\w+\s*=>|\w+\s*=\s*["']|:\w+\s*=>|(?:np|numpy)\.\w+\(|{_MISSING}\s*[\],\s])
    |(?:c|list|array|np\.array|numpy\.array)\(\s*(?:\w+\s*=\s*)?(?:["'\[]|{_MISSING}\b)
    |\{{\s*(?:["']|\d+\s*:\s*["'\[{{]|:?\w+\s*=>))""",
    re.VERBOSE,
)
_TUPLE_START = re.compile(rf"""\(\s*(?:["'].*["']\s*,?\s*\)$|(?:{_MISSING}\s*,|\(\s*["'\d]).*\)$)""", re.DOTALL)
_QUOTED_ITEMS = re.compile(r""""[^"]+"(?:\s*,\s*"[^"]+")+|'[^']+'(?:\s*,\s*'[^']+')+""")  # a list without its brackets
_ESCAPED = re.compile(r"""[\[({]\s*\\["']""")  # a list whose quotes were escaped once too often
_PHP = re.compile(r"a:\d+:\{|Array\s*\(\s*\[")
_PHP_ITEM = re.compile(
    r'(?<=[;{])i:\d+;s:\d+:"(.{0,4000}?)";(?=[i}])|\[\w+\]\s*=>\s*(.{0,4000}?)(?=\[\w+\]\s*=>|\)\s*\Z)', re.DOTALL
)
_POSTGRES = re.compile(r'\{(?:"(?:[^"\\]|\\.)*"|[^{}:"])*\}', re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)+"', re.DOTALL)  # the whole text, as R writes a vector of one
# Objects as Python and JavaScript print them: "Step(text='Boil.')", "OrderedDict([('1', ...)])", "[object Object]".
_OBJECT = re.compile(
    r"\[?(?:[A-Za-z_][\w.]{0,60}\((?:[\[{(]\s*[\"'\[({]|\w{1,40}=[\"'\w\[({]|<class ).*[)\]]\Z"
    r"|\[?object [A-Z]\w{0,40}\]|<(?:[\w.]{1,60} object at 0x|[A-Z]\w{0,40}: ))",
    re.DOTALL,
)
_WORD = re.compile(
    rf"(?P<missing>{_MISSING}|-?Infinity)(?!\w)|(?P<number>[+-]?\.?\d[\d.]*(?:[eE][+-]?\d+)?)"
    rf"|(?P<truth>[Tt]rue|TRUE|[Ff]alse|FALSE)\b|:?(?P<name>[^\W\d][\w.$-]*)(?=\s*[:=])"
)
_QUOTES = ("'", '"', "`")
_SPACE = re.compile(r"\s*")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
_UNQUOTED = re.compile(r"\[(?=[^\W_])(?!.*[\s,]')[^\[\]{}\"'“”\n]*,\s[^\[\]{}\"“”\n]*\]")  # "[salt, 2 eggs]"
_SENTENCE_COMMA = re.compile(r"(?<=[.!?]),\s+")
_ITEM_COMMA = re.compile(r",\s+")
_STRING_PREFIX = re.compile(r"(?:@|[bruLN]{1,2})(?=[\"'])")
_AFTER_STRING = re.compile(r"\s*(?:[,;\])}:=]|$)|\s+[\"']|\s+(?:None|nan)\b|\s+\.\.\.\s")  # numpy shortens long lists


_FORMULA = re.compile(r"=\s*(?:[\[({]\s*)?\"")
_MAY_BE_CONSTRUCTED = re.compile(
    r"(?=[^\n]{0,200}[\[({])(?:new\s|[@%$\[]?[\w.:]{1,100}\s?[!\[({<\]]|[@%$\[][\[({]|\[\]\w|shape:|Series:)|\[\d+\]\s+\""
)


class NotAListError(ValueError):
    """A text begins like a list in code, but is not one to its end."""


def written_value(text: str) -> object:
    """Read a text that is a list or an object in the notation of a programming language.

    Args:
        text: A cell of a table, or a string where a list is expected.

    Returns:
        The list or object; None for an empty list or a written missing value; the text itself where it is prose.

    Raises:
        NotAListError: It begins like a list, but is broken off or malformed: it must not pass for prose.
    """
    stripped = text.strip()
    if _FORMULA.match(stripped):  # a cell that a spreadsheet keeps as text
        stripped = stripped[1:].replace('""', '"')
    if _MAY_BE_CONSTRUCTED.match(stripped) or (stripped[:1] in _OPENERS and stripped[-1] not in "])}"):
        parted = without_constructor(stripped)
        if not isinstance(parted, str):
            return parted or None
        stripped = parted
    if _OBJECT.match(stripped) and not _WRAPPED.fullmatch(stripped) and not _LIST_START.match(stripped):
        raise NotAListError("holds a printed object, not a text")
    if not stripped or stripped[0] not in "[({\"'cnlastN<dfuApS":
        return text
    if _EMPTY.fullmatch(stripped):
        return None
    if stripped[0] == '"' and stripped[1:].lstrip(" \\n")[:1] in ("[", "{"):  # JSON that was written as JSON again
        with suppress(ValueError, RecursionError):
            return written_value(str(json.loads(stripped)))
    if match := _WRAPPED.fullmatch(stripped):
        stripped = match["inner"]
    if stripped[1:].lstrip()[:1] in ("“", "‘"):  # quotes that a text processor has made
        stripped = stripped.translate(_STRAIGHT)
    if _UNQUOTED.fullmatch(stripped) and not _LIST_START.match(stripped):
        return (_SENTENCE_COMMA if _SENTENCE_COMMA.search(stripped) else _ITEM_COMMA).split(stripped[1:-1])
    if _QUOTED.fullmatch(stripped):
        return _unescaped(stripped[1:-1])
    if _QUOTED_ITEMS.fullmatch(stripped):
        stripped = f"[{stripped}]"
    if _ESCAPED.match(stripped):
        stripped = stripped.replace('\\"', '"').replace("\\'", "'")
    if _PHP.match(stripped) and (
        items := [serialized or printed.strip() for serialized, printed in _PHP_ITEM.findall(stripped)]
    ):
        return items
    is_list = _LIST_START.match(stripped) is not None
    if not is_list and _POSTGRES.fullmatch(stripped):
        return _postgres(stripped)
    if not is_list and not _TUPLE_START.match(stripped):
        return text
    with suppress(ValueError, RecursionError):
        return json.loads(stripped, strict=False, parse_constant=lambda _: None)
    try:
        return TolerantParser(stripped).parse()
    except (NotAListError, RecursionError):
        if _POSTGRES.fullmatch(stripped):
            return _postgres(stripped)
        raise NotAListError("begins like a list, but is not one to its end") from None


def _postgres(text: str) -> list[str | None]:
    """Read an array of Postgres, whose items are quoted only where they have to be."""
    items = re.findall(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)', text[1:-1], re.DOTALL)
    words = [re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip() for quoted, bare in items]
    return [None if word == "NULL" else word for word in words if word]


class _BrokenOffError(NotAListError):
    """A text ends within a list."""


class TolerantParser:
    """Reads lists, tuples, sets and objects; commas may be missing, as between the strings of numpy's repr.

    Args:
        text: A list or object.
        is_whole: Whether a text that breaks off, or that other text follows, is refused.
    """

    def __init__(self, text: str, is_whole: bool = True) -> None:
        self._text = text
        self._place = 0
        self._is_whole = is_whole

    def parse(self) -> object:
        """Read the value that the whole text is."""
        value = self._value(0)
        self._skip()
        if self._is_whole and self._text[self._place :].strip(";"):
            raise NotAListError("text follows it")
        return value

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._place)
        self._place = match.end() if match else self._place

    def _peek(self) -> str:
        self._skip()
        return self._text[self._place : self._place + 1]

    def _value(self, depth: int) -> object:
        if depth > _DEPTH:
            raise NotAListError("nested too deeply")
        if match := _CALL.match(self._text, self._place) or _STRING_PREFIX.match(self._text, self._place):
            self._place = match.end()
        start = self._peek()
        if start in _QUOTES:
            return self._string(start)
        if start in _OPENERS:
            self._place += 1
            return self._items(_OPENERS[start], depth)
        match = _WORD.match(self._text, self._place)
        if not match:
            raise NotAListError(f"unexpected {start!r}") if start else _BrokenOffError("broken off")
        self._place = match.end()
        if match["number"]:
            with suppress(ValueError):
                return float(match["number"])
        return match["name"]

    def _items(self, closer: str, depth: int) -> object:
        items: list[object] = []
        pairs: dict[str, object] = {}
        try:
            self._fill(items, pairs, closer, depth)
        except _BrokenOffError:
            if self._is_whole:
                raise
            self._place = len(self._text)
        return pairs if pairs and not items else items

    def _fill(self, items: list[object], pairs: dict[str, object], closer: str, depth: int) -> None:
        separated = True
        while (sign := self._peek()) != closer:
            if sign and sign in ",;":
                self._place += 1
                separated = True
                continue
            quoted = sign in _QUOTES
            value = self._value(depth + 1)
            if not separated and not quoted and value is not None:
                raise NotAListError("a comma is missing")
            separated = False
            mark = self._peek()
            if mark in (":", "=") and isinstance(value, str | float):
                is_arrow = self._text.startswith("=>", self._place)  # of PHP and Ruby, whose lists may be numbered
                self._place += 1 + is_arrow
                self._skip()
                inner = self._value(depth + 1)
                if (mark == "=" and not is_arrow) or (is_arrow and isinstance(value, float)):
                    # the names of R's vectors say nothing
                    items.append(inner)
                else:
                    pairs[value if isinstance(value, str) else f"{value:g}"] = inner
            else:
                items.append(value)
        self._place += 1

    def _string(self, quote: str) -> str:
        """Read a string; a quote within it that is not escaped ends it only where a separator follows."""
        start = self._place + 1
        place = start
        while True:
            end = self._text.find(quote, place)
            if end < 0:
                raise _BrokenOffError("a quote is left open")
            backslashes = 0
            while self._text[end - 1 - backslashes] == "\\" and end - backslashes > start:
                backslashes += 1
            if backslashes % 2 == 0 and _AFTER_STRING.match(self._text, end + 1):
                break
            place = end + 1
        self._place = end + 1
        return _unescaped(self._text[start:end])


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    for parse in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError, MemoryError):
            return str(parse('"' + re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', text.replace("\n", "\\n")) + '"'))
    return text
