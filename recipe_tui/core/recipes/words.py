"""Words: counted in scripts with and without spaces, and folded so that spellings of one thing are one word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# One character is about a word in Chinese and Japanese, and a word has some four letters in Thai, Lao, Khmer, Burmese.
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTHEAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN_OR_KANA = re.compile(f"[{_HAN}{_KANA}]")

_UNSPACED = f"{_HAN}{_KANA}{_SOUTHEAST_ASIAN}"
_NO_SPACES = re.compile(f"[{_UNSPACED}]")
_NUMBER = r"\d+(?:\.\d+)?(?=[A-Za-z]*\b)"  # with a unit glued to it or none; what else begins with digits is a word
_WORD = re.compile(rf"{_NUMBER}|[{_UNSPACED}]|[^\W_{_UNSPACED}]+|\n")
_ANY_WORD = re.compile(r"\w+")
_ASCII_WORD = re.compile(rf"{_NUMBER}|[A-Za-z0-9]+|\n", re.ASCII)

_LETTERS_A_WORD = 4  # of Thai and the like; two characters of Chinese or Japanese make a word on average


def split_words(text: str) -> list[str]:
    """Return the words of a text in order: numbers, words, single characters of unspaced scripts, and line breaks."""
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def words_without_case(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text without case and line breaks, and where each begins and ends in it."""
    matches = list((_ASCII_WORD if text.isascii() else _WORD).finditer(text.replace("\n", " ")))
    return [match[0].casefold() for match in matches], [match.span() for match in matches]


def word_count(text: str) -> int:
    """Count words; where a script writes no spaces, they are estimated from its characters."""
    if text.isascii() or not _NO_SPACES.search(text):
        return text.count(" ") + 1
    east_asian = len(_HAN_OR_KANA.findall(text))
    others = len(_NO_SPACES.findall(text)) - east_asian
    spaced = len(_ANY_WORD.findall(_NO_SPACES.sub(" ", text)))
    return max(spaced + -(-east_asian // 2) + -(-others // _LETTERS_A_WORD), 1)


def text_length(text: str) -> int:
    """Count characters; one of Chinese or Japanese says as much as three letters, one of Korean as two."""
    return len(text) if text.isascii() else len(text) + 2 * len(_HAN_OR_KANA.findall(text)) + len(_HANGUL.findall(text))


_UNITS = {
    "tbsp": "tablespoon tablespoons tablespoonful tbsps tbs tb tbl tbls",
    "tsp": "teaspoon teaspoons teaspoonful tsps ts",
    "cup": "cups",
    "oz": "ounce ounces ozs",
    "lb": "pound pounds lbs",
    "g": "gram grams gramme grammes gr gm gms",
    "kg": "kilogram kilograms kilo kilos kgs",
    "mg": "milligram milligrams",
    "ml": "milliliter milliliters millilitre millilitres mls cc",
    "cl": "centiliter centiliters centilitre centilitres",
    "dl": "deciliter deciliters decilitre decilitres",
    "l": "liter liters litre litres",
    "pint": "pints pt pts",
    "quart": "quarts qt qts",
    "gallon": "gallons gal gals",
    "inch": "inches",
    "cm": "centimeter centimeters centimetre centimetres",
    "mm": "millimeter millimeters millimetre millimetres",
    "package": "packages pkg pkgs pack packs packet packets",
    "piece": "pieces pc pcs",
    "pinch": "pinches",
    "dash": "dashes",
    "clove": "cloves",
    "can": "cans",
    "stick": "sticks",
    "slice": "slices",
    "sprig": "sprigs",
    "bunch": "bunches",
    "minute": "minutes min mins",
    "hour": "hours hr hrs",
    "second": "seconds sec secs",
}
_UNIT_OF = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings.split()}


def fold_word(word: str) -> str:
    """Return a word in lower case without accents; a unit by its usual short name, a number without needless zeros.

    Example:
        >>> fold_word("Purée"), fold_word("tablespoons"), fold_word("1.50")
        ('puree', 'tbsp', '1.5')
    """
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word)
        word = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    word = word.casefold()
    if "." in word:
        word = word.rstrip("0").removesuffix(".")
    return _UNIT_OF.get(word, word)


_VULGAR = "¼½¾⅐-⅞↉"
_GLUED_FRACTION = re.compile(rf"(?<=\d)(?=[{_VULGAR}])")
_ONE_VULGAR = re.compile(rf"[{_VULGAR}]")
_FRACTION = re.compile(r"(\d{1,4})(?:(?:\s+|\s*-\s*|\s+and\s+)(\d{1,3}))?\s?[/⁄]\s?(\d{1,3})(?![\d/⁄])")
_COMMA_BEFORE_DIGIT = re.compile(r",\d")  # found at once, as it begins with a literal character
_DECIMAL_COMMA = re.compile(r"(\d{1,3}),(\d{1,2})(?![\d.,])")


def fold_numbers(text: str) -> str:
    """Write fractions as decimal numbers: ``1/2``, ``½`` and ``0,5`` become ``0.5``, ``1 1/4`` and ``1¼`` ``1.25``."""
    if not text.isascii() and _ONE_VULGAR.search(text):
        text = _ONE_VULGAR.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _GLUED_FRACTION.sub(" ", text))
    if "/" in text or "⁄" in text:
        text = _FRACTION.sub(_decimal, text)
    return _DECIMAL_COMMA.sub(r"\1.\2", text) if _COMMA_BEFORE_DIGIT.search(text) else text


def _decimal(match: re.Match[str]) -> str:
    return _quotient(*match.groups()) or match[0]


@lru_cache(maxsize=4096)
def _quotient(whole: str | None, numerator: str | None, denominator: str) -> str:
    """Return a fraction as a decimal number; empty where nothing can be divided by the denominator."""
    if numerator is None:
        whole, numerator = None, whole
    if not int(denominator):
        return ""
    return f"{int(whole or 0) + int(numerator or 0) / int(denominator):.3f}".rstrip("0").rstrip(".")
