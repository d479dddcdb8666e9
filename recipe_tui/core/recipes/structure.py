"""Repairs of a recipe's lists: which lines there are, and which of them are headings, notes or numbers.

Every function takes the lines of one list and returns them repaired. Single lines are repaired before, see
`recipe_tui.core.recipes.repairs`; they may hold newlines until `part_ingredients` and `part_steps` have split them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from recipe_tui.core.recipes.numbering import number_of
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Callable

Lines: TypeAlias = tuple[str, ...]

_UNFINISHED = re.compile(
    r"(?:[,–—-]|\b(?:an?|and|about|at|by|di|du|for|from|in|into|of|on|or|plus|the|to|with))$", re.IGNORECASE
)
_NEEDLESS_BREAK = re.compile(r"(?<=\w-)\n(?=\w)|\n(?=[,;:.)])")
_CONTINUES = re.compile(r"[a-zà-ÿ,;:.)%&]")
_STARTS_AN_ITEM = re.compile(r"(?![\d/ ]+[ -]?(?:inch|cm|mm))[\d½¼¾⅓⅔⅛•·*-]")


def part_ingredients(lines: Lines) -> Lines:
    """Resolve newlines inside ingredients: items if each further part starts with a quantity or bullet, else text."""
    return _part(lines, lambda parts: all(_STARTS_AN_ITEM.match(part) for part in parts[1:]))


def part_steps(lines: Lines) -> Lines:
    """Resolve newlines inside steps: each part becomes a step, unless text was merely wrapped."""
    return _part(lines, lambda parts: True)


def _part(lines: Lines, is_list: Callable[[list[str]], bool]) -> Lines:
    if not any("\n" in line for line in lines):
        return lines
    mended: list[str] = []
    for line in lines:
        parts = line.split("\n")
        if _is_wrapped(parts) or not is_list(parts):
            parts = [_NEEDLESS_BREAK.sub("", line).replace("\n", " ")]
        mended += parts
    return tuple(mended)


def _is_wrapped(parts: list[str]) -> bool:
    """Return whether any break falls within a sentence."""
    return any(_UNFINISHED.search(one) or _CONTINUES.match(other) for one, other in pairwise(parts))


_BULLET = re.compile(
    r"""(?:[•·»▪◦‣●○■□▢☐☑✓✔→➔➢▸▶►◆◇★☆\uf0b7]+\s*
    |(?:[-*]\s+)?\[[ ]?[xX]?\]\s+  # a task's box
    |[–-]\s+(?!.*[–-]$)
    )(?=[^\W_]|[(\"“½¼¾⅓⅔⅛])""",
    re.VERBOSE,
)


def remove_bullets(lines: Lines) -> Lines:
    """Remove bullets at the start of lines; an asterisk marks a footnote and stays."""
    return tuple(line[match.end() :] if (match := _BULLET.match(line)) else line for line in lines)


_BARE_NUMBER = re.compile(r"(\d{1,2})\s*")


def remove_numbering(lines: Lines) -> Lines:
    """Remove step numbers (``1. ``, ``1) ``, ``Step 1:``) where they really count up 1, 2, 3, once or several times.

    Lines without a number, such as notes and headings, may stand in between. A number may be a line of its own.
    """
    found = [number_of(line) for line in lines]
    if not any(found):
        bare = [_BARE_NUMBER.fullmatch(line) for line in lines]
        found = [(int(match[1]), match.end()) if match else None for match in bare]
    numbers = [number for number, _ in filter(None, found)]
    if not numbers or any(n not in (1, last + 1) for last, n in zip([0, *numbers], numbers, strict=False)):
        return lines
    return tuple(line[mark[1] :] if mark else line for line, mark in zip(lines, found, strict=True))


_ITEM_NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=[^\W_]|[(½¼¾⅓⅔⅛])")


def remove_item_numbers(lines: Lines) -> Lines:
    """Remove the numbers of ingredients, ``1. 2 eggs``, where every line but headings has one and they count up."""
    items = [line for line in lines if not is_heading(line)]
    found = [match for line in items if (match := _ITEM_NUMBER.match(line))]
    numbers = [int(match[1]) for match in found]
    if len(items) < 2 or numbers != [*range(1, len(items) + 1)]:
        return lines
    return tuple(line if is_heading(line) else _ITEM_NUMBER.sub("", line, count=1) for line in lines)


_PLACEHOLDER = re.compile(r"n/a(?:\s+|$)", re.IGNORECASE)


def remove_placeholders(lines: Lines) -> Lines:
    """Remove ``N/A``, alone or where a quantity should be."""
    return tuple(_PLACEHOLDER.sub("", line, count=1) if _PLACEHOLDER.match(line) else line for line in lines)


_WORD = re.compile(r"\w")


def remove_empty(lines: Lines) -> Lines:
    """Remove lines without a letter or a digit."""
    return tuple(line for line in lines if _WORD.search(line))


# Headings as note books and programs mark them: "## Glaze" (Nextcloud), "--- Glaze ---", "[Glaze]" (RecipeSage).
_RULED_HEADING = re.compile(
    r"#{1,6}\s+(.+)|[-*]{3,}(.+)|(.+?)\s*-{3,}|([-–—=~+★☆])\4+(.+?)\4{2,}|={1,6}\s+(.+)|[-–—]\s+(.+?)\s+[-–—]|[★☆]\s*(.+?)\s*[★☆]",
    re.DOTALL,
)
_SET_OFF_HEADING = re.compile(r"([*_]{1,4})([^*]+)\1|[\[【〔]([^\[\]【】]+)[\]】〕]")
_HEADING_MARKS = "#-–—=~+*_★☆[【〔]】〕"
_BULLET_BEFORE = re.compile(r"(?:[•·▪◦*-]|\d{1,2}[.)])\s+(?=[#*_\[【〔])")
_HEADING_TEXT = re.compile(
    r"(?=[^\W\d_])(?![A-Z]\Z|optional\b|(?:and|or|und|oder|ou|et)\Z)[^.!?。！？…]{1,60}", re.IGNORECASE
)
_LONGEST_MARKED = 120  # characters of a heading with its marks
_MOST_WORDS = 8  # of a heading


def unmark_headings(lines: Lines) -> Lines:
    """Write headings that are marked as such with a colon: ``## Glaze``, ``--- Glaze ---``, ``[Glaze]``, ``**Glaze**``.

    What only sets words off is a heading's mark unless half of the lines, or the last one, have it.
    """
    if not any(map(_may_be_marked, lines)):
        return lines
    parted: list[str] = []
    for line in lines:
        first, newline, rest = line.strip().partition("\n")
        parted += [first, rest] if newline and (_ruled(first) or _set_off(first)) else [line]
    ruled = [_ruled(line) for line in parted]
    set_off = [_set_off(line) for line in parted]
    if all(ruled):  # bullets
        return lines
    if 2 * sum(map(bool, set_off)) > len(parted):
        set_off = [""] * len(parted)
    set_off[-1:] = [""]
    headings = (one or other for one, other in zip(ruled, set_off, strict=True))
    return tuple(f"{heading}:" if heading else line for heading, line in zip(headings, parted, strict=True))


def _may_be_marked(line: str) -> bool:
    return line.lstrip("0123456789.) •·▪◦\t").startswith(tuple(_HEADING_MARKS)) or "---" in line


def _ruled(line: str) -> str:
    return _marked_text(_RULED_HEADING, line)


def _set_off(line: str) -> str:
    return _marked_text(_SET_OFF_HEADING, line)


def _marked_text(pattern: re.Pattern[str], line: str) -> str:
    """Return the text of a heading that a pattern's marks stand around; empty for another line."""
    if len(line) > _LONGEST_MARKED:  # the patterns take quadratic time
        return ""
    match = pattern.fullmatch(_BULLET_BEFORE.sub("", line.strip(), count=1).rstrip(":： "))
    text = max(filter(None, match.groups()), key=len, default="").strip(f" :：{_HEADING_MARKS}") if match else ""
    return text if _HEADING_TEXT.fullmatch(text) and len(text.split()) <= _MOST_WORDS else ""


# A label in front of something that is used but not cooked, or only laid beside or on top.
_LABEL = re.compile(
    r"((?:(?:special|optional|suggested|serving|additional)\s)*"
    r"(?:equ?i?pment|accompaniments?|garnish(?:es)?|toppings?|condiments?|suggestions?|glassware|decorations?|optional"
    r"|to serve|for (?:serving|garnish|decorations?|dipping))"
    r"(?:,? if desired|,? optional|,? \(optional\))?)\s*:\s*(?=\S)",
    re.IGNORECASE,
)


def part_labels(lines: Lines) -> Lines:
    """Make ``Garnish: mint`` the heading ``Garnish:`` and the line ``mint``, at the end of its section.

    A label applies to its own line only, so lines without a label are kept above it.
    """
    if not any(_LABEL.match(line) for line in lines):
        return lines
    sections: list[list[str]] = [[]]
    for line in lines:
        if is_heading(line):
            sections.append([])
        sections[-1].append(line)
    return tuple(line for section in sections for line in _labels_last(section))


def _labels_last(section: list[str]) -> list[str]:
    plain = [line for line in section if not _LABEL.match(line)]
    heading = ""
    for line in section:
        if match := _LABEL.match(line):
            if heading.casefold() != match[1].casefold():
                heading = match[1]
                plain.append(f"{heading}:")
            plain.append(line[match.end() :])
    return plain


# Parts of a dish: in capitals with up to three words before, or bare; sauces that are bought are ingredients.
_COMPONENT = re.compile(
    r"(?:the )?(?:[A-Z][\w'’&-]* ){0,3}(?:sauce|filling|topping|crust|dough|batter|glaze|frosting|icing|marinade"
    r"|dressing|vinaigrette|streusel|ganache|custard|meringue|syrup|cake|pastry|pie|soup|meatballs|gravy|stuffing"
    r"|brine|layer|mixture|garnish|assembly)s?",
    re.IGNORECASE,
)
_BARE_COMPONENT = re.compile(
    r"(?:filling|topping|crust|dough|batter|glaze|frosting|icing|marinade|streusel|ganache|sauce|dressing)s?",
    re.IGNORECASE,
)
_SAUCES = re.compile(r"(?:soy|hot|fish|chil[ei]|oyster|tabasco|barbecue|bbq|steak|maple|corn)\b", re.IGNORECASE)
_PURPOSE = re.compile(
    r"(?:For|FOR|for)(?: the| THE)? (?!(?i:garnish|serving|dusting|frying|brushing|sprinkling|drizzling|greasing))"
    r"[^\W\d_][\w'’&/ -]{1,40}"
)


def mark_headings(lines: Lines) -> Lines:
    """End every section heading in a colon: ``FOR SAUCE``, ``For the sauce``, ``Sauce :``.

    Without its colon, a line is taken for a heading if it says ``For (the) …`` in a few words, if it names a part of
    a dish in capitals among lines that are not, or if it is such a part's bare name; never if it is the last one.
    """
    candidates = [number for number, line in enumerate(lines[:-1]) if _may_be_heading(line)]
    if not candidates and not any(line.endswith((" :", "：")) for line in lines):
        return lines
    in_capitals = sum(line.isupper() for line in lines) * 2 > len(lines)
    unmarked = {number for number in candidates if _is_heading_without_colon(lines[number], in_capitals)}
    return tuple(
        f"{line.rstrip(' ;:：')}:" if number in unmarked or line.endswith((" :", "：")) else line
        for number, line in enumerate(lines)
    )


def _may_be_heading(line: str) -> bool:
    return len(line) <= 50 and not line[:1].isdigit() and line.count(" ") <= 5


def _is_heading_without_colon(line: str, in_capitals: bool) -> bool:
    line = line.rstrip(" ;")
    if line.isupper() and not in_capitals:
        return _COMPONENT.fullmatch(line) is not None and not _SAUCES.match(line)
    return _PURPOSE.fullmatch(line) is not None or _BARE_COMPONENT.fullmatch(line) is not None


_NOTE = re.compile(
    r"\*++\s*+(?=.*\b(?:also|available|called|can|found|from|if|is|are|known|made|makes|may|see|sold|tip|to|use|was)\b)"
    r"|\W*(?:ingredient info|(?:test-?)?kitchen tip|ingredient tip|market tip|(?:cooks?['’]?s?['’]? )?notes?)\s*:"
    r"|\W*(?:available|sold) (?:at|in|from|by|online)\b"
    r"|can be (?:made|prepared) ",
    re.IGNORECASE,
)


def is_note(line: str) -> bool:
    """Return whether a line is a footnote, a shopping hint or a make-ahead note."""
    return _NOTE.match(line) is not None


def move_notes(ingredients: Lines, steps: Lines) -> tuple[Lines, Lines]:
    """Move notes, which are no ingredients, to the end of the steps."""
    notes = tuple(line for line in ingredients if is_note(line))
    if not notes:
        return ingredients, steps
    return tuple(line for line in ingredients if not is_note(line)), steps + notes
