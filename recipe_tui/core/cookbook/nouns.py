"""What is counted, in singular or plural: ``1 (14-ounce) can`` becomes ``2 (14-ounce) cans``."""

from __future__ import annotations

import re

from recipe_tui.core.cookbook.units import PIECES, PLURALS

_SINGULARS = {plural: name for name, plural in PLURALS.items()}
_PIECE = "|".join({*PIECES, *(PLURALS[name] for name in PIECES)})
_NOUN = "|".join({*PLURALS, *_SINGULARS})
_SIZE = r"(?:\s?[x×]\s?)?(?:\s?\([^()]{1,40}\)|\s?-?\d[\d./ ⁄¼-¾⅐-⅞-]*(?:(?:to|or)\s\d[\d./ ⁄¼-¾⅐-⅞-]*)?[^\W\d_]+\.?)?"
_WORD = r"(?:-[\w-]+|\s(?!(?:of|with|in|or|and|for|from|plus|into|cut|dozen)\b)[\w'’-]+)"
_COUNTED = re.compile(
    rf"(?P<before>{_SIZE}(?:{_WORD}){{0,4}}?\s)(?P<piece>{_PIECE})\b(?!-|\shal)|(?P<between>{_SIZE}(?:{_WORD}){{0,3}}\s)(?P<noun>{_NOUN})\b(?!-)",
    re.IGNORECASE,
)


def respelled_noun(line: str, place: int, is_one: bool) -> tuple[str, int]:
    """Return what a number counts, written for one or for several, and the place after it.

    A piece or package is what is counted (``6-ounce salmon fillets``), else the last noun of up to four words (``large
    egg whites``).

    Args:
        line: The line.
        place: Where the number ends.
        is_one: Whether the number is at most one.

    Returns:
        An empty text and the place itself where no noun is known.
    """
    match = _COUNTED.match(line, place)
    if not match:
        return "", place
    before, noun = (match["before"], match["piece"]) if match["piece"] else (match["between"], match["noun"])
    name = _SINGULARS.get(noun.lower(), noun.lower())
    counted = name if is_one else PLURALS[name]
    return before + (counted.capitalize() if noun[0].isupper() else counted), match.end()
