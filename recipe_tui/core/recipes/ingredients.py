"""Which listed ingredients a text mentions: any content word of the ingredient's name, with endings folded.

A content word is what is left of an ingredient line without quantity, unit, size, preparation and words of grammar:
"2 tbsp freshly ground black pepper, to taste" has *black* and *pepper*. It is mentioned where the text has the same
word, singular or plural. No dictionary is needed for that: English plurals are folded by their endings, and since both
sides are folded alike, a fold that is no word (*molasses* to *molass*) does no harm.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.lines import NUMBER_WORDS, PREPARED, UNITS
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Iterable

_GRAMMAR = """and as at but each extra for from in into less more of off on or other per plus the to up very
    with without"""
_NOTES = """accompaniment assorted any best choice coarsely cold cool desired equipment finest garnish garnishing good
    hot inches lightly lukewarm needed optional or preferably quality recipe room serving servings special store bought
    taste temperature total warm well your"""
_PREPARED = """baked beaten blanched boiled boned boneless broken cleaned cored cracked deveined drained finest firmly
    freshly generous heaped heaping jumbo level little long medium mini packed picked pitted plain prepared pounded
    punnet roughly roasted scant scrubbed seedless shelled shucked skin skinless skinned small softened squeezed
    stemmed stoned strained tablet thick thick-cut thickly thin tiny torn tied unpeeled washed whole wide young
    zested"""
_MEASURES = (
    "bottle centimetre centimeter fl fluid kilogram kilograms knob litre mm ounce quantity rasher rashers tbs tbsps"
)
_UNTOLD = frozenset(
    {*UNITS, *NUMBER_WORDS, *PREPARED, *f"{_GRAMMAR} {_NOTES} {_PREPARED} {_MEASURES}".split()}
    # What is a unit in one line is what is eaten in another: "4 cloves", "2 ears", "1 fillet of beef".
    - {"clove", "cloves", "ear", "ears", "fillet", "fillets"}
)
_WORD = re.compile(r"[^\W\d_¼-¾⅐-⅞]+(?:['’][^\W\d_¼-¾⅐-⅞]+)?")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_IRREGULAR = {
    "leaves": "leaf",
    "loaves": "loaf",
    "halves": "half",
    "calves": "calf",
    "knives": "knife",
    "geese": "goose",
    "teeth": "tooth",
    "cookies": "cookie",
    "brownies": "brownie",
    "pies": "pie",
}


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Return a word without case, accents and the ending of an English plural.

    Example:
        >>> fold("Tomatoes"), fold("berries"), fold("jalapeños"), fold("asparagus")
        ('tomato', 'berry', 'jalapeno', 'asparagus')
    """
    decomposed = unicodedata.normalize("NFKD", word.casefold().partition("'")[0].partition("’")[0])
    word = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("oes", "ches", "shes", "sses", "xes", "zes")) else word[:-1]


def inflections(word: str) -> frozenset[str]:
    """Return a word in lower case as it stands, and its singular and plural, all of which fold alike.

    Example:
        >>> sorted(inflections("Berries")), sorted(inflections("leaf"))
        (['berries', 'berry'], ['leaf', 'leafs', 'leaves'])
    """
    singular = fold(word)
    plurals = {plural for plural, one in _IRREGULAR.items() if one == singular}
    plurals |= {singular + "s", singular + "es", singular.removesuffix("y") + "ies"}
    wrong = singular.endswith(("s", "x", "z", "ch", "sh", "o"))  # these take es, the others s
    plurals -= {singular + "s"} if wrong else {singular + "es"}
    return frozenset({word.lower(), singular, *(one for one in plurals if fold(one) == singular)})


def name_words(line: str) -> tuple[str, ...]:
    """Return the content words of an ingredient line as they stand, in their order; a heading has none.

    What is in brackets or after the first comma is left out, unless nothing is left without it.
    """
    if is_heading(line):
        return ()
    for part in (*_ASIDE.sub(" ", line).split(","), line):
        words = tuple(word for word in _WORD.findall(part) if word.casefold() not in _UNTOLD)
        if words:
            return words
    return ()


def content_words(line: str) -> frozenset[str]:
    """Return the folded content words of an ingredient line, any of which mentions it."""
    return frozenset(map(fold, name_words(line)))


class Checklist:
    """Ticks ingredients off as directions are written.

    Args:
        ingredients: The ingredient lines. Those without any content word, such as headings, are left out.
    """

    def __init__(self, ingredients: Iterable[str]) -> None:
        every = [(line, content_words(line)) for line in ingredients]
        self._words = [(line, words) for line, words in every if words]
        self._mentioned: set[str] = set()
        self._unfinished = ""

    @property
    def ingredients(self) -> tuple[str, ...]:
        """The lines that can be ticked."""
        return tuple(line for line, _ in self._words)

    @property
    def ticks(self) -> tuple[bool, ...]:
        """For each line, whether it was mentioned."""
        known = self._mentioned | {fold(self._unfinished)}
        return tuple(not words.isdisjoint(known) for _, words in self._words)

    def read(self, text: str) -> None:
        """Take the next part of the directions; a word at its end may go on in the part after it."""
        *words, self._unfinished = self._split(self._unfinished + text)
        self._mentioned.update(map(fold, words))

    @staticmethod
    def _split(text: str) -> list[str]:
        """Return the words of a text; the last is the one that may go on, or empty."""
        words = _WORD.findall(text)
        goes_on = bool(words) and text.endswith(words[-1])
        return words if goes_on else [*words, ""]


def mentioned(ingredients: Iterable[str], directions: str) -> dict[str, bool]:
    """Tell of each ingredient line with a content word whether directions mention it."""
    checklist = Checklist(ingredients)
    checklist.read(directions)
    return dict(zip(checklist.ingredients, checklist.ticks, strict=True))


def folded_words(text: str) -> list[str]:
    """Return the folded words of a text in order."""
    return list(map(fold, _WORD.findall(text)))


def first_mentions(ingredients: Iterable[str], directions: str) -> list[int | None]:
    """Return where directions first mention each ingredient line that has a content word.

    Returns:
        The number of the word for each line, None where it is not mentioned.
    """
    places: dict[str, int] = {}
    for number, word in enumerate(folded_words(directions)):
        places.setdefault(word, number)
    found = []
    for words in filter(None, map(content_words, ingredients)):
        mentions = [places[word] for word in words if word in places]
        found.append(min(mentions) if mentions else None)
    return found
