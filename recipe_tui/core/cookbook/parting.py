"""Number, unit and name of an ingredient line, for formats that write them apart."""

from __future__ import annotations

import re

from recipe_tui.core.cookbook.amounts import amount_at, is_size
from recipe_tui.core.cookbook.numbers import DIGITS
from recipe_tui.core.cookbook.units import UNIT_PATTERN


def leading_amount(line: str) -> tuple[str, str, str]:
    """Part an ingredient line into number, unit and the rest, so that single spaces join them to the line again.

    Returns:
        For ``1 1/2 cups flour`` the texts ``1 1/2``, ``cups``, ``flour``. The size of a package belongs to its unit:
        ``1``, ``(14-ounce) can``, ``tomatoes``. Without a number at the beginning, the rest alone.
    """
    amount = amount_at(line, 0)
    if amount is None or is_size(line, amount) or line[: amount.end] == line:
        return "", "", line
    number = line[: amount.end - len(amount.gap + amount.spelling)] if amount.spelling else line[: amount.end]
    package = _PACKAGE.match(line, len(number)) if not amount.spelling else None
    unit = line[len(number) + 1 : package.end()] if package else (amount.gap + amount.spelling).strip(" -")
    taken = " ".join(filter(None, (number, unit)))
    rest = line[len(taken) + 1 :]
    if not rest or not line.startswith(f"{taken} ") or rest.startswith(" "):
        return "", "", line
    return number, unit, rest


_PACKAGE = re.compile(rf" \({DIGITS}[ -]?{UNIT_PATTERN}\.?\) {UNIT_PATTERN}", re.IGNORECASE)


def simple_amount(line: str) -> str:
    """Return number and unit that a line begins with, where it is one number: ``1 1/2 cups``; empty for others."""
    amount = amount_at(line, 0)
    if amount is None or amount.high is not None or not line[:1].isnumeric():
        return ""
    number, unit, _ = leading_amount(line)
    has_thousands = "," in number and amount.style != "comma"
    has_words = re.search(r"[a-z]", number, re.IGNORECASE) is not None  # 1 and a half, 2 dozen
    return "" if has_thousands or has_words else number if "(" in unit else f"{number} {unit}".strip()
