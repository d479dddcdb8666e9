"""Amounts in directions: which of them are proportional to the servings, and which full stops end a sentence.

A measure of volume or weight is proportional, and so is a number of things that the ingredients list by number ("beat
2 eggs", "add 2 cloves garlic"). Times, temperatures, sizes of pans, shares ("1/4 of the tomatoes") and what is
portioned ("1/4 cup each", "drop 1 tbsp batter") are not. What is not certain stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import every_amount, is_size
from recipe_tui.core.cookbook.languages import split, words_of
from recipe_tui.core.cookbook.nouns import singular
from recipe_tui.core.cookbook.quantities import leading
from recipe_tui.core.cookbook.units import CUP
from recipe_tui.core.recipes.ingredients import fold, name_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.cookbook.amounts import Amount


EACH: dict[str, str] = {
    "English": "each, apiece, every",
    "German": "je, jeweils, jede, jeder, jedes, jeden, jedem, pro",
    "French": "chaque, chacun, chacune",
    "Spanish": "cada",
    "Italian": "ciascuno, ciascuna, ogni, ognuno, ognuna",
    "Portuguese": "cada",
    "Dutch": "elk, elke, ieder, iedere",
    "Swedish": "varje, vardera",
    "Danish and Norwegian": "hver, hvert, pr",
}
"""Words for each, by language: amounts beside them are those of one portion."""

OF: dict[str, str] = {
    "English": "of, the",
    "German": "der, des, vom, von, die, das",
    "French": "de, du, des, d'",
    "Spanish": "de, del",
    "Italian": "di, del, dei, degli, della, delle, dell', dello",
    "Portuguese": "de, do, dos, da, das",
    "Dutch": "van, de, het",
    "Swedish": "av",
    "Danish and Norwegian": "af, av",
}
"""Words between a share and what it is a share of, by language."""

VESSELS: dict[str, str] = {
    "English": """saucepan, saucepans, pan, pans, pot, pots, dish, dishes, bowl, bowls, casserole, casseroles, measure,
        measures, mold, molds, mould, moulds, skillet, skillets, ramekin, ramekins, jar, jars, tin, tins, basin, basins,
        jug, jugs, crock, crocks, glass, glasses, mug, mugs, kettle, kettles, pitcher, pitchers, terrine, terrines,
        container, containers, bottle, bottles, custard cups, custard cup, weights, weight,
        pieces, portions, batches, times""",
    "German": """Topf, Töpfe, Pfanne, Pfannen, Schüssel, Schüsseln, Messbecher, Form, Formen, Förmchen, Kastenform,
        Krug, Glas, Gläser, Portionen, Stücke""",
    "French": """casserole, casseroles, poêle, poêles, saladier, saladiers, bol, bols, moule, moules, cocotte, terrine,
        pichet, verre, verres, bocal, bocaux, ramequins, portions, fois""",
    "Spanish": """cazuela, cazuelas, sartén, sartenes, olla, ollas, cuenco, cuencos, molde, moldes, jarra, vaso, vasos,
        tarro, tarros, porciones, veces""",
    "Italian": """pentola, pentole, padella, padelle, ciotola, ciotole, stampo, stampi, teglia, teglie, brocca,
        bicchiere, bicchieri, barattolo, barattoli, porzioni, volte""",
    "Portuguese": """panela, panelas, frigideira, frigideiras, tigela, tigelas, forma, formas, jarra, copo, copos,
        porções, vezes""",
    "Dutch": "pan, pannen, kom, kommen, schaal, schalen, vorm, vormen, glas, glazen, porties, keer",
    "Swedish": "kastrull, kastruller, panna, pannor, skål, skålar, form, formar, glas, burk, burkar, portioner, gånger",
    "Danish and Norwegian": """gryde, gryder, gryte, gryter, pande, pander, skål, skåle, skåler, form, forme, glas,
        porsjoner, gange""",
}
"""What a measure beside it is the size of, and what food is divided into, by language."""


def _any_of(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(set(words), key=lambda word: (-len(word), word))))


def _of_all(table: dict[str, str]) -> str:
    return _any_of(word for words in table.values() for word in split(words))


_LINKS = "to in into and with from on over for zum zur im ins auf au dans sur en al nel nella na no på i til till"
_BETWEEN = rf"(?:(?!(?:{_LINKS.replace(' ', '|')})\s)[\w-]+\s){{0,2}}"
_SAID_AGAIN = r"(?:\s?(?:[/=]|\(|or\s)\s?\d[\d./ ]*[\s-]?[^\W\d_]+\.?\)?)?"  # a 900g/2lb loaf tin
_VESSEL = re.compile(rf"{_SAID_AGAIN}[\s-]{_BETWEEN}(?:{_of_all(VESSELS)})\b", re.IGNORECASE)
_INTO_A = re.compile(r"\b(?:into|in|from|use|using|like|with)\s$", re.IGNORECASE)
_OF_FOOD = re.compile(r"\s(?:of\s)?(?!(?:and|or|to|with|for|at|then|until|measure|first)\b)[^\W\d_]", re.IGNORECASE)
_PIECES = """patty patties ball balls round rounds log logs loaf loaves bun buns roll rolls burger burgers cake cakes
    meatball meatballs dumpling dumplings biscuit biscuits cookies scone scones rissole rissoles croquette croquettes
    quenelles nugget nuggets steak steaks slices wedges chunks bricks discs disks"""
_PIECE = re.compile(
    rf"{_SAID_AGAIN}[\s-]{_BETWEEN}(?:{'|'.join(_PIECES.split())})\b(?!\s(?:flour|mix|crumbs?)\b)", re.IGNORECASE
)
_OF_THE_VERB = r"(?:(?!\b(?:and|then)\b)[^.;:!?])*"
_MADE = re.compile(
    r"\b(?:form|shap|mak|divid|cut|roll|portion|scoop|split|mou?ld|weigh|scal|pat|press|separat|break|slic)"
    rf"(?:e|es|ed|ing|t|ting|p)?\b{_OF_THE_VERB}$",
    re.IGNORECASE,
)
_DIVIDED = re.compile(
    rf"\b(?:divide|cut|portion|split|separate|shape|form)d?\b{_OF_THE_VERB}\binto\s(?:about\s)?$", re.IGNORECASE
)
_AT_WEIGHT = re.compile(r"\bat\s(?:about\s)?$", re.IGNORECASE)  # scale the dough at 80 g
_MEASURE = r"(?:kg|kilos?|g|grams?|ml|cl|dl|l|lit(?:re|er)s?|lbs?|pounds?|oz|ounces?|cups?|quarts?|pints?|gallons?)"
_RATE = re.compile(
    rf"\b(?:per|por|par|pro|for every|to every|to each)\s(?:\d[\d./ ]*\s?-?)?{_MEASURE}\b", re.IGNORECASE
)
_PER_PIECE = re.compile(
    r"\bpar\s(?:crêpe|galette|blini|personne|pers\b|convive|pièce|portion|part\b|assiette|verre|bol|moule|pâton|boule"
    r"|pot\b)",
    re.IGNORECASE,
)
_LIQUID_NAMES = """water milk cream stock broth wasser milch eau lait agua leche acqua latte
    água leite melk vand vatten"""
_LIQUIDS = frozenset(_LIQUID_NAMES.split())
_ALL_THE_SAME = r"(?!\s(?:side|addition|time|other|end)\b(?!\s(?:with|of)\b))"  # which says nothing of a portion
_FOR = r"(?!\s(?:\d|circa|almeno|un|una|il|la|le|lo|i|gli|far|side|pound|lb|kg|hour))"  # Italian "per", and a rate
_EACH = re.compile(rf"\b(?:(?:{_of_all(EACH)})\b{_ALL_THE_SAME}|per\b{_FOR})", re.IGNORECASE)
_EACH_OF = re.compile(r"\s+each\s+(?:of\s+)?(?:the\s+)?(?=[^\W\d_])", re.IGNORECASE)  # 1/2 tsp each salt and pepper
_PORTION = re.compile(r"\b(?:at a time|each time|intervals)\b", re.IGNORECASE)
_STEPWISE = re.compile(r"\b(?:by|every|jeweils)\s+(?:the\s+)?$", re.IGNORECASE)
_CLAUSE = re.compile(r"[.;:!?]\s|$")
_SHAPED = re.compile(
    r"\b(?:drop|spoon|place|put|roll|shape|form|scoop|fill|ladle|pour|dollop|top|using|use)\b[^.;:!?]*$", re.IGNORECASE
)
_COMPOUND = re.compile(r"\s(?:[^\W\d_]+\s){0,3}(?:dough|batter|filling|mixture)\b", re.IGNORECASE)
_SPOKEN_OF = re.compile(r"\b(?:of|like|as|to|use|using|into)\s+(?:about\s+)?$", re.IGNORECASE)
_INTO = re.compile(r"\b(?:into|in|among|between)\s+(?:about\s+)?$", re.IGNORECASE)
_LAID = re.compile(
    r"\b(?:place|lay|put|dip|fill|roll|take|spread|top|arrange|with|using|work)\b[^.;:!?]*$", re.IGNORECASE
)
_SHARE = re.compile(rf"\s?(?:{_of_all(OF)})(?:(?<=['’])|(?![\w'’]))", re.IGNORECASE)
_SHARE_WORD = re.compile(r"\s(?:of\s)?(?:the|it|them|this)\b", re.IGNORECASE)
_OF_NUMBER = re.compile(rf"\s(?:{_of_all(OF)})\s(?:[^\W\d_]{{2,5}}\s)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"(?:\s\([^()]*\))?((?:[\s-][^\W\d_]+){1,5})")
_STICK = re.compile(r"\s(?:of\s)?(?:[^\W\d_]+\s){0,2}(?:butter|margarine)\b", re.IGNORECASE)
_ENDS = re.compile(r"[.,;:)!]|$|\s(?:and|with|in|into|until|over|or|then)\b", re.IGNORECASE)
_BESIDE = "of the a an large small medium whole big ripe fresh more additional remaining other"
_SKIPPED = frozenset(_BESIDE.split())
_ARTICLES = frozenset(("a", "an", *words_of("one")))
_FULL_STOP = re.compile(r"\s*$|\s+[\"“(]?[A-ZÀ-ÖØ-Þ]")


@dataclass(frozen=True, slots=True)
class _Listed:
    """What an ingredient line lists by number.

    Attributes:
        number: How many; of a range, the upper end.
        words: The folded words of its name, with the word of its unit.
    """

    number: Fraction
    words: frozenset[str]


class Listed:
    """The ingredients that directions refer to.

    Args:
        ingredients: The ingredient lines.
    """

    def __init__(self, ingredients: Iterable[str]) -> None:
        self._by_number: list[_Listed] = []
        self._words: set[str] = {"water"}
        for line in ingredients:
            words = frozenset(map(_folded, name_words(line)))
            self._words |= words
            amount = leading(line)
            if amount is None or (amount.unit is not None and amount.unit.kind not in ("count", "container")):
                continue
            unit = {_folded(amount.unit.name)} if amount.unit else set()
            pieces = {_folded(word) for word in _WORD.findall(line[amount.end :].partition(",")[0])}
            self._by_number.append(_Listed(amount.high or amount.low, words | unit | pieces))

    def has(self, word: str) -> bool:
        """Return whether a word is in the name of an ingredient."""
        return _folded(word) in self._words

    def number_of(self, words: tuple[str, ...], unit: str = "") -> Fraction:
        """Return how many of something are listed; 0 where it is not listed by number.

        Args:
            words: The words after the number. The first words that a line has count, up to one that it does not have.
            unit: The word of the unit, such as ``clove``; empty for none.
        """
        matches = [one for one in self._by_number if not unit or _folded(unit) in one.words]
        name = next((word for word in map(_folded, words) if word not in _SKIPPED), "")
        if unit and not name:
            return sum((one.number for one in matches), Fraction(0))
        named = [one for one in matches if name in one.words or (not unit and self._ends_name(words, one))]
        return sum((one.number for one in named), Fraction(0))

    @staticmethod
    def _ends_name(words: tuple[str, ...], one: _Listed) -> bool:
        """Return whether the second or third word is listed: ``2 yellow onions`` of ``4 onions``."""
        return any(_folded(word) in one.words and fold(word) != word.casefold() for word in words[1:3])


def _folded(word: str) -> str:
    return fold(singular(word))


def proportional_amounts(step: str, listed: Listed) -> list[Amount]:
    """Return the amounts of a step that are proportional to the servings."""
    every = [without_full_stop(step, one) for one in every_amount(step)]
    ends = [*(one.start for one in every[1:]), len(step)]
    found = {one for one, end in zip(every, ends, strict=False) if _is_proportional(step, one, end, listed)}
    for one, other in pairwise(every):  # 3 of the 4 eggs
        is_part = one.unit is None and one.low >= 1 and _OF_NUMBER.fullmatch(step[one.end : other.start])
        if is_part and other in found:
            found.add(one)
    return [one for one in every if one in found]


def _is_proportional(step: str, amount: Amount, next_start: int, listed: Listed) -> bool:
    clause_end = _CLAUSE.search(step, amount.end)
    before, after = step[: amount.start], step[amount.end : clause_end.start() if clause_end else None]
    if is_size(step, amount) or is_vessel(step, amount) or _is_portion(step, amount, after, next_start, listed):
        return False
    name = _NAME.match(after)
    words = tuple(_WORD.findall(name[1])) if name else ()
    article = step[amount.start : amount.start + 4].split()[0].casefold() in _ARTICLES
    if article and _SPOKEN_OF.search(before):
        return False
    if amount.unit is not None and amount.unit.size:
        return not article or after.startswith(" of ") or any(map(listed.has, words[:3]))
    if amount.unit is not None and amount.unit.name == "stick" and _STICK.match(after) and not article:
        return True
    is_share = amount.low < 1 and (_SHARE.match(after) or _SHARE_WORD.match(after))
    if is_share or (amount.unit is not None and (amount.unit.kind == "vague" or _INTO.search(before))):
        return False
    number = listed.number_of(words, amount.unit.name if amount.unit else "")
    if not number and amount.unit is not None and words and amount.unit.kind == "container" and _is_liquid(words):
        number = listed.number_of((), amount.unit.name)  # 2 cans soup and 2 cans water
    if not 0 < amount.low <= number:
        return False
    if article:
        return number == 1 and (amount.unit is not None or _is_all_of_the_name(after, words))
    return not (amount.low == 1 < number and _LAID.search(before))


def _is_liquid(words: tuple[str, ...]) -> bool:
    return not _LIQUIDS.isdisjoint(word.casefold() for word in (words[0], words[-1]))


def is_vessel(step: str, amount: Amount) -> bool:
    """Return whether an amount of a step is the size of a vessel, or a cup as a vessel: ``break an egg into a cup``."""
    if _VESSEL.match(step, amount.end):
        return True
    is_article = step[amount.start : amount.end].partition(" ")[0].casefold() in ("a", "an")
    is_cup = is_article and amount.unit is CUP
    return is_cup and _INTO_A.search(step, 0, amount.start) is not None and not _OF_FOOD.match(step, amount.end)


def _is_all_of_the_name(after: str, words: tuple[str, ...]) -> bool:
    """Return whether a noun stands alone: ``an onion``, but not ``an onion soup``."""
    return bool(words) and _ENDS.match(after, after.find(words[0]) + len(words[0])) is not None


def _is_portion(step: str, amount: Amount, after: str, next_start: int, listed: Listed) -> bool:
    """Return whether an amount is that of one portion, which does not grow with the number of them."""
    before = step[: amount.start]
    of_each = _EACH_OF.match(after)
    word = _WORD.match(after, of_each.end()) if of_each else None
    if word and listed.has(word[0]) and re.search(r"\s(?:and|&)\s|,", after) and not _EACH.search(before):
        return False
    if amount.unit is not None and amount.unit.size and _is_size_of_piece(step, amount):
        return True
    if _PER_PIECE.search(after) or _RATE.search(_clause_before(before) + step[amount.start : amount.end] + after):
        return True
    if _EACH.search(before) or _EACH.search(after) or _STEPWISE.search(before):
        return True
    portion = _PORTION.search(after)
    if portion and portion.start() < next_start - amount.end:
        return True
    return _SHAPED.search(before) is not None and _COMPOUND.match(after) is not None


def _is_size_of_piece(step: str, amount: Amount) -> bool:
    """Return whether a measure is that of one of the pieces that are made: ``shape into 50 g balls``."""
    before = step[: amount.start]
    is_piece = _PIECE.match(step, amount.end) is not None and _MADE.search(before) is not None
    return is_piece or _DIVIDED.search(before) is not None or _AT_WEIGHT.search(before) is not None


def _clause_before(before: str) -> str:
    return re.split(r"[.;:!?]\s", before)[-1]


def without_full_stop(step: str, amount: Amount) -> Amount:
    """Return an amount without the dot after its unit where that ends a sentence: ``Add 2 cups. Stir.``."""
    if amount.spelling.endswith(".") and _FULL_STOP.match(step, amount.end):
        return replace(amount, end=amount.end - 1, spelling=amount.spelling[:-1])
    return amount
