"""Pressures of canners and pressure cookers, which are in pounds too: ``process at 10 lb``, ``15 lb pressure``.

A pressure makes food safe. It is neither scaled nor converted, so that what may be one stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.units import KG, LB

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.amounts import Amount

_NAMED = re.compile(
    r"[.']?[\s-](?:of\s)?(?:(?:steam|gauge|dial|weighted|canner|cooker|high|low|more|less|extra|additional)\s)?"
    r"(?:pressure\b(?![\s-]?(?:cook|can))|p\.?s\.?i\b|Druck\b|Überdruck\b|de pression\b|de presión\b|di pressione\b)"
    r"|\.?\s?(?:/|per\s)\s?(?:cm|sq|in\b|inch)",
    re.IGNORECASE,
)
_TIMED = re.compile(r"\.?,?\s(?:for\s)?\d+(?:\s?(?:-|–|to|or)\s?\d+)?\s?(?:min|hour|hr)", re.IGNORECASE)
_AT = re.compile(
    r"\b(?:at|@)\s(?:(?:about|a|full|steady)\s){0,2}(?:\d+(?:\s?(?:lbs?\b\.?|pounds))?(?:,|\s(?:or|and|to))\s){0,3}$",
    re.IGNORECASE,
)
_HELD_AT = re.compile(r"\b(?:(?<!up )to|under|with|reach(?:es|ed)?|use|reads)\s(?:about\s)?$", re.IGNORECASE)
_CANNING = re.compile(
    r"pressur|\bcann(?:er|ing)|(?<!slow )(?<!rice )\bcookers?\b|\bgauges?\b|\bpetcock|\bfor (?:pints|quarts)\b"
    r"|\bprocess(?!(?:ed)?\s(?:[^\W\d_]+\s)?cheese)|\baltitude|\belevation",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"\W*(?:(?:about|approx|approximately)\b)?\W*", re.IGNORECASE)
_LINKED = re.compile(r"\.?\s(?:for|in|at|until)\b", re.IGNORECASE)
_NO_FOOD = """for in at or and to until up above below under over with when on if per is then gauge gauged minimum
    maximum while by as from through weight weighted dial canner cooker depending according during before after
    once processing"""
_FOOD = re.compile(
    rf"\.?\s(?!(?<=\.\s)(?-i:[A-Z]))(?:of\s(?:the\s)?)?(?!(?:{'|'.join(_NO_FOOD.split())})\b)[^\W\d_]", re.IGNORECASE
)


def is_pressure(text: str, amount: Amount) -> bool:
    """Return whether an amount is a pressure, or may be one.

    Pounds are a pressure after ``at``, beside a time, and where no food follows in directions for a canner or cooker.

    Args:
        text: The direction or ingredient line.
        amount: An amount of it.
    """
    if _NAMED.match(text, amount.end - amount.spelling.endswith(".")):
        return True
    if amount.unit not in (LB, KG):
        return False
    if _TIMED.match(text, amount.end):
        return True
    if amount.unit is LB and _AT.search(text, 0, amount.start):
        return True
    if amount.gap == "-" or _FOOD.match(text, amount.end - amount.spelling.endswith(".")):
        return False
    if _BEGINS.fullmatch(text, 0, amount.start) and not _LINKED.match(text, amount.end):
        return False  # 2 lb (4 cups) tomatoes, for canning
    is_held = amount.unit is LB and _HELD_AT.search(text, 0, amount.start) is not None
    return is_held or _CANNING.search(text) is not None
