"""Repairs within one line of text: what scraping, double escaping and lost encodings do to a recipe.

Each repair is a pure function of one line, together with a cheap test of a whole recipe's text, since most text needs
no repair. `REPAIRS` lists them in the order in which they run: what was written as an escape is decoded first, then
markup goes, then letters are restored while the traces of their loss (U+FFFD, U+2029) are still there, and then blanks
and joined words are corrected.

A repair may leave newlines in a line; `recipe_tui.core.recipes.structure` joins or splits there.
"""

from __future__ import annotations

import html
import html.entities
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ftfy

from recipe_tui.core.recipes.accents import mark_lost_fractions, may_be_lost, restore_accents
from recipe_tui.core.recipes.markup import SPECIAL_TOKEN, html_lines, is_html

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of repair.

    Attributes:
        name: What the ledger calls it.
        suspects: Whether lines, joined by ``SEPARATOR``, may need the repair; false only where none does.
        mend: The repair of one line.
    """

    name: str
    suspects: Callable[[str], object]
    mend: Callable[[str], str]


SEPARATOR = "|"
"""Joins lines for `Repair.suspects`; printable ASCII, so that no repair suspects it."""


# Terminal control sequences, operating system commands, and what is left of torn ones.
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b")


def remove_terminal_escapes(line: str) -> str:
    """Remove ANSI escape sequences."""
    return _ESCAPE.sub("", line)


_MISTYPED_ENTITIES = {  # as they occur in scraped recipes
    "def": "°",
    "eaacute": "é",
    "eauce": "é",
    "emdash": "—",
    "endash": "–",
    "entilde": "ñ",
    "eucate": "ú",
    "ircirc": "î",
    "nitilde": "ñ",
    "ntilede": "ñ",
    "ocute": "ó",
}
_LETTERS = r"[aeiou](?:acute|grave|circ|uml)|[ano]tilde|ccedil"
_ENTITY = re.compile(r"#?(?:&;?|\$amp;)(?:amp;+)*#?(\w{2,8});+")  # &eacute; &amp;deg; $amp;eacute; &;deg; #&151;
_UNTERMINATED_ENTITY = re.compile(rf"&(?:nbsp|(?:{_LETTERS}|deg)(?![a-z;]))")
_BARE_ENTITY = re.compile(rf"(?<=\w);?({_LETTERS}|deg);|\b(lt|gt|quot|amp|nbsp);")
_BARE_ENDINGS = ("cute;", "rave;", "circ;", "uml;", "tilde;", "cedil;", "deg;", "lt;", "gt;", "quot;", "amp;", "nbsp;")
_STRAY_AMPERSAND = re.compile(r"(?<=[a-z])&(?=[à-ÿ])")
_DEGREE_AMPERSAND = re.compile(r"(?<=\d)&(?=[FC]\b)")


def _may_hold_entities(text: str) -> bool:
    return "&" in text or any(map(text.__contains__, _BARE_ENDINGS))


def decode_entities(line: str) -> str:
    """Decode HTML entities: proper, doubly escaped (``&amp;deg;``), mistyped (``&ircirc;``), bare (``375deg;F``)."""
    line = _ENTITY.sub(lambda match: _character(match[1]) or match[0], line)
    line = _UNTERMINATED_ENTITY.sub(lambda match: html.unescape(f"{match[0]};"), line)
    line = _BARE_ENTITY.sub(lambda match: _character(match[1] or match[2]) or match[0], line)
    return _STRAY_AMPERSAND.sub("", _DEGREE_AMPERSAND.sub("°", line))


def _character(name: str) -> str | None:
    if name.isdecimal():
        return html.unescape(f"&#{name};")
    for spelling in (name, name.lower()):
        if spelling in _MISTYPED_ENTITIES:
            return _MISTYPED_ENTITIES[spelling]
        if f"{spelling};" in html.entities.html5:
            return html.entities.html5[f"{spelling};"]
    return html.unescape(f"&#{name};") if re.fullmatch(r"[xX][0-9a-fA-F]{2,6}", name) else None


_RECIPE_LINK = re.compile(r'[<>]?/?(?:epi|pei):?\s?recipe[Ll]ink(?:=""|\s+id="?\d*"?)*\s*[<>]?')
_TEXT_AS_TAG = re.compile(r'<([^<>]*="")>')  # <homemade sun-dried="" buns="">: text that was parsed as a tag
_CLOSING_TAG = re.compile(r"</\s*(\w[\w:-]*)\s*>")
_TORN_TAG = re.compile(
    r"""<\s*+"*+\s*+>|(?<![\d"])"+>|<"+"""
    r"""|(?:[<>,]/|(?<!\w)[<,/])(?:i|b|u|em|epi[\w-]*)>|(?<!\w)>/?[ib]<|>/[ib]$""",
    re.IGNORECASE,
)
_IN_BRACKETS = r"<(?=\w)[^<>]{1,60}(?<=\w)>"  # "<special>", "a <b and c> d"
_COMPARISON = r"(?<![|<>\"'])[<>]=?\s?[-+~$€£.]?[\d½¼¾⅓⅔⅛]|(?<=[\w)])[<>]=?(?=[\w(])|(?<=[\w)] )[<>]=?(?= [\w(])"
_ARROW = r"<?[-=]{1,9}>|<[-=]{1,9}"
_STRAY_BRACKET = re.compile(rf"({_ARROW}|{_IN_BRACKETS}|{_COMPARISON})|[<>]")


def _may_hold_markup(text: str) -> bool:
    return any(map(text.__contains__, ("<", ">", "ecipelink", "ecipeLink", '=""')))


def remove_markup(line: str) -> str:
    """Remove tags, whole and torn, recipe links and special tokens; text inside stays, blocks of HTML become lines."""
    line = SPECIAL_TOKEN.sub(_gap, line)
    line = _TEXT_AS_TAG.sub(r"\1", _RECIPE_LINK.sub(_gap, line)).replace('=""', "")
    if is_html(line):
        line = "\n".join(html_lines(line))
    for name in set(_CLOSING_TAG.findall(line)):
        line = line.replace(f"<{name}>", "")
    line = _CLOSING_TAG.sub(_gap, line)
    return _STRAY_BRACKET.sub(lambda match: match[1] or "", _TORN_TAG.sub("", line))


def part_markup(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Make the blocks of HTML within lines lines of their own, and drop comments, also those that span lines."""
    if not any("<" in line or "&lt;" in line for line in lines):
        return lines
    parted: list[str] = []
    is_comment = False
    for line in lines:
        if is_comment:
            _, end, line = line.partition("-->")
            is_comment = not end
        text = decode_entities(line) if "&lt;" in line else line
        text = _TEXT_AS_TAG.sub(r"\1", _RECIPE_LINK.sub(_gap, text))
        if is_html(text):
            is_comment = text.rfind("<!--") > text.rfind("-->")
            parted += html_lines(text, is_list=True)
        else:
            parted.append(line)
    return tuple(parted)


def _gap(match: re.Match[str]) -> str:
    """Keep words apart where something between them is taken out."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    return " " if before.isalnum() and after.isalnum() else ""


_FTFY = ftfy.TextFixerConfig(unescape_html=False, uncurl_quotes=False, fix_character_width=False)
_MOJIBAKE = re.compile("[Â-ô][\xa0-¿€‚-”†-•…‰‹›™ŠŒŽšœžŸˆ˜]")
_LINE_SEPARATORS = dict.fromkeys(map(ord, "\v\f\x1c\x1d\x1e"), "\n")
_LIGATURE = re.compile("[ﬀ-ﬆ]")


def _may_be_miscoded(text: str) -> bool:
    return not text.isprintable() or not (
        text.isascii()
        or (unicodedata.is_normalized("NFC", text) and not _MOJIBAKE.search(text) and not _LIGATURE.search(text))
    )


def fix_characters(line: str) -> str:
    """Undo wrong decoding, C1 and other control characters, ligatures and decomposed letters, by ftfy."""
    if not _may_be_miscoded(line):
        return line
    fixed: str = ftfy.fix_text(line.translate(_LINE_SEPARATORS), _FTFY)
    return fixed.replace("\ufffd", "")


# Zero-width and direction marks, soft hyphens; joiners stay where they shape a script or an emoji.
_HYPHEN = re.compile(r"(?<=[a-z])\xad(?=[A-Z])|(?<=\bmedium)\xad(?=high|low)")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<![\u0600-\u1fff\u2190-\ufdff\U00010000-\U0001ffff\ufe0f])[\u200c\u200d]"
)


def remove_invisible(line: str) -> str:
    """Remove characters that show nothing: zero-width ones, byte order and direction marks, soft hyphens, controls."""
    return _INVISIBLE.sub("", _HYPHEN.sub("-", line))


_DEGREE = re.compile(r"(?<=\d)\s?[º˚¡](?=\s?[FC]\b)")


def _may_hold_degrees(text: str) -> bool:
    return any(map(text.__contains__, "º˚¡"))


def fix_degrees(line: str) -> str:
    """Put the degree sign where a look-alike stands: ``350ºF``, ``350˚F``, ``350¡F``."""
    return _DEGREE.sub("°", line)


_BLANKS = re.compile(r"[^\S\n]+")
_BLANKS_AT_NEWLINES = re.compile(r" *\n[ \n]*")


def _may_hold_blanks(text: str) -> bool:
    within = "  " in text or f" {SEPARATOR}" in text or f"{SEPARATOR} " in text
    return within or text != text.strip() or not text.isprintable()


def collapse_blanks(line: str) -> str:
    """Make every run of blanks, of whatever kind, one space, and trim the line."""
    return _BLANKS_AT_NEWLINES.sub("\n", _BLANKS.sub(" ", line)).strip()


_STRONG = re.compile(r"(?<![\w*)])\*\*(?=\w)([^*\n]+?)(?<=[\w:.!?)])\*\*(?!\*)(?=(\w)?)")
_EMPHASIS = re.compile(r"(?<=[\s(])\*(?=\w)([^*\n]+?)(?<=[\w:.!?)])\*(?![\w*])")


def remove_emphasis(line: str) -> str:
    """Remove Markdown's asterisks around words; a footnote's asterisk is none of them."""
    line = _STRONG.sub(lambda match: match[1] + (" " if match[2] else ""), line)
    return _EMPHASIS.sub(r"\1", line)


# The address has a slash, a full stop or a leading #, unlike a remark in brackets, "[nuts](optional)".
_LINK = re.compile(
    r"""(!?)\[([^\[\]\n]{0,200})\]\((?=[^()\s]{0,500}[/.]|\#)[^()\s]{1,500}(?:\s["'][^"'()\n]{0,200}["'])?\)"""
)


_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|\n]{0,100}\|)?([^\[\]|\n]{1,100})\]\]")


def remove_links(line: str) -> str:
    """Remove images and addresses of Markdown and wikis: ``![alt](x.png)``, ``[text](/address)``, ``[[a|text]]``."""
    line = _WIKI_LINK.sub(r"\1", line) if "[[" in line else line
    for _ in range(2):  # an image may be a link's text
        line = _LINK.sub(lambda match: "" if match[1] else match[2], line)
    return line


_PUNCTUATION = re.compile(
    r"(?:(?<=[a-zà-ÿ]{2})|(?<=\w\))|(?<=°[FC])|(?<=° [FC]))(?<!www)([.!?;]\)?)"
    r"(?=[A-Z](?:[a-zà-ÿ]| |[A-Z]+ ))(?!(?:Com|Net|Org)\b)"
    r"|(?<=[a-zà-ÿ]{2})(,)(?=[a-zà-ÿ]{2})"
)


def part_sentences(line: str) -> str:
    """Put a space after punctuation that glues two words: ``minutes.Stir``, ``beets,peeled``."""
    return _PUNCTUATION.sub(lambda match: f"{match[0]} ", line)


_UNIT = re.compile(
    r"([0-9½¼¾⅓⅔⅛])(?=[A-Za-z])(?<![A-WYZa-wyz].)(?=(?i:cup|tablespoon|teaspoon|tbsp|tsp|ounce|pound|pint|quart|gallon"
    r"|stick|clove|sprig|slice|package|large|medium|small|minute|hour|second|inche?)s?\b)"
)


def part_units(line: str) -> str:
    """Put a space between a number and its unit, ``1cup``; abbreviations such as ``500g`` and ``9oz`` are usage."""
    return _UNIT.sub(r"\1 ", line)


_MIXED_NUMBER = re.compile(r"([1-9](?<![\d/.,⁄].)[0-9]?)(?=(?:1[/⁄][2348]|3[/⁄][48]|2[/⁄]3|[57][/⁄]8)(?![\d/]))")


def part_mixed_numbers(line: str) -> str:
    """Put a space into a mixed number, ``11/2 cups``; kitchens know no eleven halves."""
    return _MIXED_NUMBER.sub(r"\1 ", line)


_NEXT_WORD = r"(?:until|over|the|them|through|in|for|about|with|and|on)\b"
_JOINED_WORDS = re.compile(
    r"(?<![^\W\d_])(?:cups?|tablespoons?|teaspoons?|ounces?|pounds?|recipes?|loaf|loaves|cooked|crumbled|chilled|oval"
    r"|prepared|about|for|from|into|and|or|as|with|the)(?=[A-ZÀ-Ý][a-zà-ÿ]|[0-9])"
    rf"|\b(?:[Ss]auté|[Pp]urée|[Ss]oufflé)(?=[0-9]|{_NEXT_WORD})"
)
_CAPITAL_INSIDE = re.compile(r"[A-ZÀ-Ý0-9](?<=[a-z].)")
_ACCENT_INSIDE = re.compile(rf"ée?(?=[0-9]|{_NEXT_WORD})")


def _may_hold_joined_words(text: str) -> bool:
    return _CAPITAL_INSIDE.search(text) is not None or _ACCENT_INSIDE.search(text) is not None


def part_words(line: str) -> str:
    """Put a space between joined words where it is certain: ``cupsVeal stock``, ``sautéuntil golden``."""
    return _JOINED_WORDS.sub(lambda match: f"{match[0]} ", line)


REPAIRS: tuple[Repair, ...] = (
    Repair("terminal escapes", lambda text: "\x1b" in text or "\x9b" in text, remove_terminal_escapes),
    Repair("entities", _may_hold_entities, decode_entities),
    Repair("markup", _may_hold_markup, remove_markup),
    Repair("lost fractions", lambda text: "\ufffd" in text, mark_lost_fractions),
    Repair("lost letters", may_be_lost, restore_accents),
    Repair("characters", _may_be_miscoded, fix_characters),
    Repair("invisible characters", lambda text: not text.isprintable(), remove_invisible),
    Repair("degree signs", _may_hold_degrees, fix_degrees),
    Repair("blanks", _may_hold_blanks, collapse_blanks),
    Repair("links", lambda text: "](" in text or "[[" in text, remove_links),
    Repair("emphasis", lambda text: "*" in text, remove_emphasis),
    Repair("joined sentences", re.compile(r"[.!?;,]\)?[A-Za-zÀ-ÿ]").search, part_sentences),
    Repair("joined units", _UNIT.search, part_units),
    Repair("joined numbers", re.compile(r"[0-9][1-7][/⁄][2348]").search, part_mixed_numbers),
    Repair("joined words", _may_hold_joined_words, part_words),
)
"""The repairs of a line, in their order."""
