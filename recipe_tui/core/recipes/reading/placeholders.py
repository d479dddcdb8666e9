"""Know what forms and exports write where nothing is known: ``N/A``, ``none``, ``-``, ``TBD``, ``???``."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 40  # characters
_PLACEHOLDER = re.compile(
    r"[\W_]*|[\W_]*(?:n\s?[./]?\s?a|nan|nat|nil|null|none|undefined|empty|missing|unknown|unspecified|untitled|blank"
    r"|no (?:data|title|name|value|ingredients|directions|instructions|steps)(?: (?:given|available|provided|yet))?"
    r"|not (?:available|applicable|provided|specified|given|known|set)|t\.?b\.?[adc]|to be (?:added|announced|done)"
    r"|to ?do|coming soon|x{1,5}|lorem ipsum)[\W_]*",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Return whether a text is empty or only says that nothing is known.

    Example:
        >>> is_placeholder("N/A"), is_placeholder(" - "), is_placeholder("Naan")
        (True, True, False)
    """
    text = text.strip()
    return not text or (len(text) <= _LONGEST and _says_nothing(text))


@lru_cache(maxsize=4096)  # tags are the same ones again and again
def _says_nothing(text: str) -> bool:
    return _PLACEHOLDER.fullmatch(text) is not None
