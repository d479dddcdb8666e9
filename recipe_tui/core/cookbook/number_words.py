"""Words for numbers in other languages than English: ``zwei Eier``, ``d'un citron``, ``anderthalb Liter``.

Such words are short and are others in other languages: "to" is two in Danish, and "en" is one in Swedish. So they are
numbers only before a unit or a noun of their language, see `recipe_tui.core.cookbook.nouns.is_counted_in`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction

from recipe_tui.core.cookbook.languages import LANGUAGES, split, words_of

_FROM_TWO: dict[str, str] = {
    "German": "zwei/zweier, drei/dreier, vier, fünf, sechs, sieben, acht, neun, zehn, elf, zwölf",
    "French": "deux, trois, quatre, cinq, six, sept, huit, neuf, dix, onze, douze",
    "Spanish": "dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, once, doce",
    "Italian": "due, tre, quattro, cinque, sei, sette, otto, nove, dieci, undici, dodici",
    "Portuguese": "dois/duas, três, quatro, cinco, seis, sete, oito, nove, dez, onze, doze",
    "Dutch": "twee, drie, vier, vijf, zes, zeven, acht, negen, tien, elf, twaalf",
    "Swedish": "två, tre, fyra, fem, sex, sju, åtta, nio, tio, elva, tolv",
    "Danish and Norwegian": "to, tre, fire, fem, seks, syv/sju, otte/åtte, ni, ti, elleve, tolv",
}
_MIXED: dict[str, dict[Fraction, str]] = {
    "German": {
        Fraction(3, 2): "anderthalb, eineinhalb, einundeinhalb, anderthalbe",
        Fraction(5, 2): "zweieinhalb, zweiundeinhalb",
        Fraction(7, 2): "dreieinhalb, dreiundeinhalb",
        Fraction(9, 2): "viereinhalb",
    },
    "Dutch": {Fraction(3, 2): "anderhalve, anderhalf", Fraction(5, 2): "tweeënhalve, tweeënhalf"},
    "Danish and Norwegian": {Fraction(3, 2): "halvanden, halvandet, halvannen, halvannet"},
}
_GENITIVES = "einer, eines"  # Saft einer Zitrone
_HALF_GENITIVES = "einer halben, eines halben, einem halben"


def _values() -> dict[str, dict[str, Fraction]]:
    """Return for each word the number that it is in each language that has it."""
    values: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for name, one in LANGUAGES.items():
        words = {Fraction(1): one.one, Fraction(1, 2): one.half, **_MIXED.get(name, {})}
        words |= {Fraction(2 + place): entry for place, entry in enumerate(split(_FROM_TWO[name]))}
        for value, spellings in words.items():
            for word in split(spellings.replace("/", ",")):
                values[word][name] = value
    for value, spellings in ((Fraction(1), f"{_GENITIVES}, einem"), (Fraction(1, 2), _HALF_GENITIVES)):
        for word in split(spellings):
            values[word]["German"] = value
    return dict(values)


VALUES = _values()
"""The number of each word, by language."""

WORDS = rf"(?:{'|'.join(map(re.escape, sorted(VALUES, key=lambda word: (-len(word), word))))})(?=[\s-])(?!\s?\d)"
"""A regular expression of these words, to be matched without regard to case."""

_AND = r"(?:und|et|y|e|en|och|og)"
_HALVES = "|".join((*words_of("half"), "demies?", "demis?"))
AND_HALF = rf"\s+{_AND}\s+(?:{_HALVES})(?![\w-])"
"""A regular expression of what adds a half: ``deux litres et demi``, ``una taza y media``."""

_PREPOSITION = re.compile(r"\b(?:von|aus|mit|in|zu|bei|nach)\s$", re.IGNORECASE)
_ELIDED = re.compile(r"\bd['’]$", re.IGNORECASE)


def values_of(text: str) -> dict[str, Fraction]:
    """Return the number that a text is in each language in which it is a word for one."""
    return VALUES.get(" ".join(text.lower().split()), {})


def linked(before: str, old: str) -> str:
    """Return the text before a number as it is where digits take the place of a word.

    Example:
        ``le jus d'`` becomes ``le jus de `` before 2, and ``Saft`` (of ``einer Zitrone``) ``Saft von``.
    """
    if _ELIDED.search(before):
        return f"{before[:-2]}de "
    is_genitive = old.lower().startswith(("einer", "eines", "zweier", "dreier"))
    return f"{before}von " if is_genitive and before.endswith(" ") and not _PREPOSITION.search(before) else before
