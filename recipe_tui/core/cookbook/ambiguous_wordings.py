"""Wordings of ingredient lines that can be read in two ways, or whose amounts are shares of each other.

A line with one of them is left as it is: it is neither scaled nor converted.
"""

from __future__ import annotations

import re
from fractions import Fraction

from recipe_tui.core.cookbook.amounts import is_count_and_size
from recipe_tui.core.cookbook.numbers import VULGAR
from recipe_tui.core.cookbook.units import CONTAINER_PATTERN

_NUMBER = rf"(?:\d[\d./⁄]*(?:\s\d/\d)?\s?[{VULGAR}]?|[{VULGAR}])"
_WHOLE = r"(?<![\w./⁄-])(?:[1-9]|1\d)"
_BETWEEN = r"[^,;()]{0,25}?"
_STATE = r"(?:(?:left|very|[^\W\d_]+ly)\s)?(?:whole|(?!red\b)[^\W\d_]+ed|for\s(?:the\s)?[^\W\d_]+)\b"
_PIECES = (
    "breasts fillets filets steaks chops thighs cutlets patties portions tails burgers",
    "chickens ducks hens turkeys lobsters crabs rabbits pheasants roasts squashes",
)
_IN_OUNCES, _IN_POUNDS = ("|".join(words.split()) for words in _PIECES)
_COUNT_AND_SIZE = re.compile(  # 3-3 oz. pkgs.
    rf"(?P<count>{_WHOLE})\s?[-–—]\s?(?P<size>\d{{1,2}})\s?-?(?:oz|ounces?|lbs?|pounds?)\b\.?[\s-]{CONTAINER_PATTERN}\b",
    re.IGNORECASE,
)
_CUBES = (
    r"[^\W\d_]*würfeln?|cubes?|dad[oi]s?|cubitos?|tablets?|tabletten?|sachets?|envelopes?|packets?|blokjes?"
    r"|tärning(?:ar)?|terning(?:er)?"
)
_WORDINGS = (
    # Counts and sizes with the hyphen of old cards: 2 - 1/4 oz. pkg., 4 - 6 oz. chicken breasts
    rf"{_WHOLE}\s?[-–—]\s?(?:\d[/⁄]\d{{1,2}}|[{VULGAR}])\s?-?(?:oz|ounces?|lbs?|pounds?|pints?)\b\.?[\s-]{CONTAINER_PATTERN}\b",
    rf"^{_WHOLE}\s?[-–—]\s?\d{{1,2}}\s?(?:oz|ounces?)\b\.?\s(?:[\w,-]+\s){{0,4}}(?:{_IN_OUNCES})\b",
    rf"^{_WHOLE}\s?[-–—]\s?\d\s?(?:lbs?|pounds?)\b\.?\s(?:[\w,-]+\s){{0,3}}(?:{_IN_POUNDS})\b",
    # Lists of shares: divided use: 1/2 cup + 1/2 cup; 1 chopped and 1 sliced
    rf"\bdivided\b[^;\d{VULGAR}]{{0,20}}(?<!plus ){_NUMBER}[^()\d]{{0,25}}?(?:\+|&|,|\band)\s?{_NUMBER}",
    rf"[,;:(–—-]\s?{_NUMBER}\s{_STATE}{_BETWEEN}(?:,|;|\band|&)\s(?:and\s)?{_NUMBER}\s{_STATE}",
    rf"{_NUMBER}\s(?:of\s(?:them|these|which|it)|davon)\b",
    rf"[,;:(–—]\s?{_NUMBER}\sfor\sthe\b",
    r"\bhalf\s(?!and\b)[^\W\d_]+,?\s(?:and\s|&\s)?half\s",
    # Shares: of which 50g melted
    rf"\b(?:of\s(?:which|this|these)|davon|dont|di\scui|waarvan|varav|hvorav|heraf|(?:de\sl[oa]s?\s(?:cuale?s|que))"
    rf"|d[oa]s?\squais)\s(?:about\s)?{_NUMBER}",
    # What is dissolved: water with 2 bouillon cubes
    rf"\b(?:with|using|in\swhich|mit|avec|con|com|met|med)\s(?:{_NUMBER}|an?|one|two|three)\s(?:[\w-]+\s){{0,4}}(?:{_CUBES})\b",
    # A share of a number: half of 1 onion, 1 quarter cup
    rf"(?:\b(?:half|halves|thirds?|quarters?|fourths?)|[/⁄]\d|[{VULGAR}])\sof\s\d{{1,2}}\s[^\W\d_]",
    r"(?<![\w./⁄])\d\s(?:quarters?|thirds?|half|eighths?)\s(?:cups?|c\.|tsp|tbsp|teaspoons?|tablespoons?|pounds?|lbs?|pints?)\b",
)
_AMBIGUOUS = [re.compile(wording, re.IGNORECASE) for wording in _WORDINGS]


def has_ambiguous_wording(line: str) -> bool:
    """Return whether an ingredient line has a wording whose amounts can be read in two ways."""
    sized = _COUNT_AND_SIZE.search(line)
    is_range_or_count = sized is not None and not is_count_and_size(Fraction(sized["count"]), Fraction(sized["size"]))
    return is_range_or_count or any(wording.search(line) for wording in _AMBIGUOUS)
