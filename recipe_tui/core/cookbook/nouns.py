"""What is counted, in singular or plural: ``1 (14-ounce) can`` becomes ``2 (14-ounce) cans``, ``1 Ei`` ``2 Eier``."""

from __future__ import annotations

import re

from recipe_tui.core.cookbook.languages import LANGUAGES, pairs, with_lower_case
from recipe_tui.core.cookbook.units import PIECES, PLURALS
from recipe_tui.core.recipes.lines import PREPARED

_Forms = tuple[str, str]

_ENGLISH: dict[str, _Forms] = {form: pair for pair in PLURALS.items() for form in pair}
_PIECES = [form for one in LANGUAGES.values() for pair in (*pairs(one.containers), *pairs(one.counts)) for form in pair]
_FOREIGN: dict[str, _Forms] = with_lower_case(
    {
        form: pair
        for one in reversed(LANGUAGES.values())
        for pair in (*pairs(one.containers), *pairs(one.counts), *pairs(one.nouns))
        for form in pair
    }
)
_ADJECTIVES_OF: dict[_Forms, dict[str, _Forms]] = {}  # of the languages that have a noun
for _language in LANGUAGES.values():
    _adjectives = {form: pair for pair in pairs(_language.adjectives) for form in pair}
    for _pair in (*pairs(_language.nouns), *pairs(_language.counts), *pairs(_language.containers)):
        _ADJECTIVES_OF[_pair] = _ADJECTIVES_OF.get(_pair, {}) | _adjectives


def _any_of(words: set[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


_PIECE = _any_of({*PIECES, *(PLURALS[name] for name in PIECES), *_PIECES})
_NOUN = _any_of({*_ENGLISH, *_FOREIGN})
_MEASURE = r"\s?-?\d[\d./ ⁄¼-¾⅐-⅞-]{0,12}(?:(?:to|or)\s\d[\d./ ⁄¼-¾⅐-⅞-]{0,12})?[^\W\d_]+\.?"
_SIZE = rf"(?:\s?[x×]\s?)?(?:{_MEASURE})?(?:\s?\([^()]{{1,40}}\))?"
_STOPS = "of with in or and for from plus into cut dozen de di von mit con avec com med met van und et oder ou och og"
_STOP = rf"(?:{_STOPS.replace(' ', '|')})\b"
_WORD = rf"(?:-[\w-]+|\s(?:lge?|sm|med)\.|\s(?!{_STOP}|\d+\s)[\w'’-]+(?:(?<=less),)?)"  # skinless, boneless breasts
_PARTICIPLE = (
    rf"(?:{_any_of({*PREPARED, 'beaten', 'split', 'torn', 'stuck'})}|(?!fl|fill|coat|stuff)[^\W\d_]+(?:ed|ly))\b"
)
_COUNTED = re.compile(
    rf"(?P<before>{_SIZE}(?:{_WORD}){{0,6}}?(?:\.?\s\(\d[^()]{{1,30}}\))?\s)(?!half\s\w)(?P<piece>{_PIECE})\b(?!-|\s(?:{_PIECE})\b)"
    rf"|(?P<between>{_SIZE}(?:{_WORD}){{0,4}}\s)(?P<noun>{_NOUN})\b(?!-|['’]\w)",
    re.IGNORECASE,
)
_VARIETY = r"\s(?:or|and)\s[\w-]+\.?\s(?:chil\w+|peppers?)\b"  # 1 serrano or jalapeño chile
_ENDS = re.compile(rf"(?!{_VARIETY})(?:$|[^\w\s]|\s(?:\W|{_STOP}|to\b|at\b|per\b|{_PARTICIPLE}))", re.IGNORECASE)
OPTIONAL_PLURAL = r"(?P<optional>\((?:e?s|n?e?n|e?r|e)\)|/-?(?:e?s|n?e?n|e?r|e)(?![\w/]))"
"""A regular expression of the ending of several that a line leaves open: ``1 Zwiebel(n)``, ``2 Zehe/n``, ``1 cup(s)``.
"""

_OPTIONAL_PLURAL = re.compile(OPTIONAL_PLURAL)
_NEXT = re.compile(r"\s[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def respelled_noun(line: str, place: int, is_one: bool) -> tuple[str, int]:
    """Return what a number counts, written for one or for several, and the place after it.

    A piece or package is what is counted (``6-ounce salmon fillets``), else the last noun of up to four words (``large
    egg whites``). A noun before another word, such as ``candy cane``, is not respelled. Adjectives agree with the noun
    in languages in which they do.

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
    before, noun, end = match["before"] or match["between"], match["piece"] or match["noun"], match.end()
    forms, adjectives = _forms(noun)
    after = ""
    while (word := _NEXT.match(line, end)) and word[0][1:].lower() in adjectives:
        after, end = after + word[0], word.end()
    if match["noun"] and not _ENDS.match(line, end):
        return "", place
    if optional := _OPTIONAL_PLURAL.match(line, end):
        end = optional.end()

    def agreeing(word: re.Match[str]) -> str:
        return adjectives.get(word[0].lower(), (word[0], word[0]))[not is_one]

    counted = forms[not is_one]
    if noun[0].isupper() and noun.lower() in _ENGLISH:
        counted = counted.capitalize()
    return _LETTERS.sub(agreeing, before) + counted + _LETTERS.sub(agreeing, after), end


def _forms(noun: str) -> tuple[_Forms, dict[str, _Forms]]:
    """Return singular and plural of a noun, and the adjectives of the languages that have it."""
    if noun.lower() in _ENGLISH:
        return _ENGLISH[noun.lower()], {}
    forms = _FOREIGN.get(noun) or _FOREIGN[noun.lower()]
    return forms, _ADJECTIVES_OF[forms]


_FORMS_OF = {
    name: frozenset(
        form.lower()
        for kind in (one.nouns, one.counts, one.containers, one.vague, one.tablespoons, one.teaspoons)
        for pair in pairs(kind)
        for form in pair
    )
    for name, one in LANGUAGES.items()
}
_FEW = re.compile(
    r"\s(?:klein(?:es)?\s)?(?:paar|par|peu|poco|wenig|bisschen|beetje|lite|litt|lidt|pouco)\b", re.IGNORECASE
)


def is_counted_in(language: str, line: str, place: int) -> bool:
    """Return whether what follows a place of a line is counted, and has a name of a language.

    Args:
        language: A key of `LANGUAGES`.
        line: The line.
        place: Where the number ends.
    """
    match = _COUNTED.match(line, place)
    if match is None or _FEW.match(line, place):
        return False
    return (match["piece"] or match["noun"]).lower() in _FORMS_OF[language]


def is_unit_of(language: str, spelling: str) -> bool:
    """Return whether a language has a unit of a spelling, besides those of the metric system."""
    return spelling.rstrip(".").lower() in _FORMS_OF[language]


def singular(word: str) -> str:
    """Return the singular of a noun of another language than English that is known; any other word as it is."""
    forms = None if word.lower() in _ENGLISH else _FOREIGN.get(word) or _FOREIGN.get(word.lower())
    return forms[0] if forms else word
