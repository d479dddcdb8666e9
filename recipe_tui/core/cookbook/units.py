"""The units of recipes: their spellings, their exact sizes, and what cooks of each system measure with.

English units stand here, those of other languages in `recipe_tui.core.cookbook.languages`.

Sizes are those of NIST Handbook 44, appendix C: the US gallon is 231 cubic inches, the pound 453.59237 g. A pint is
the US one, unless the line says otherwise. Teaspoons and tablespoons belong to both systems. Volumes convert to volumes
and weights to weights only: a volume has a weight through a density, and this table has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from recipe_tui.core.cookbook.languages import LANGUAGES, pairs, with_lower_case

Kind = Literal["volume", "weight", "container", "count", "vague"]
System = Literal["metric", "us"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        name: How it is written for one.
        plural: How it is written for several.
        kind: ``container`` for cans and the like, whose size may stand beside them; ``count`` for cloves and the like;
            ``vague`` for pinches and the like, which are never divided.
        size: Its size, in ml or g; 0 for other kinds.
        system: The system that it belongs to; None for both metric and US ones.
        parts: Denominators of the fractions that a cook can measure; empty for decimal units.
    """

    name: str
    plural: str
    kind: Kind
    size: Fraction = Fraction(0)
    system: System | Literal["imperial"] | None = None
    parts: tuple[int, ...] = (2, 3, 4)


_INCH = Fraction("2.54")
_GALLON = 231 * _INCH**3
_CUP = _GALLON / 16
_POUND = Fraction("453.59237")
_EIGHTHS = (2, 3, 4, 8)

TSP = Unit("tsp", "tsp", "volume", _CUP / 48, None, _EIGHTHS)
TBSP = Unit("tbsp", "tbsp", "volume", _CUP / 16)
FL_OZ = Unit("fl oz", "fl oz", "volume", _CUP / 8, "us")
CUP = Unit("cup", "cups", "volume", _CUP, "us", _EIGHTHS)
PINT = Unit("pint", "pints", "volume", 2 * _CUP, "us", (2, 4))
QUART = Unit("quart", "quarts", "volume", 4 * _CUP, "us", (2, 4))
GALLON = Unit("gallon", "gallons", "volume", _GALLON, "us", (2, 4))
_UK_GALLON = Fraction("4546.09")  # ml, of the Weights and Measures Act 1985
UK_FL_OZ = Unit("fl oz", "fl oz", "volume", _UK_GALLON / 160, "imperial")
UK_PINT = Unit("pint", "pints", "volume", _UK_GALLON / 8, "imperial")
UK_QUART = Unit("quart", "quarts", "volume", _UK_GALLON / 4, "imperial", (2, 4))
UK_GALLON = Unit("gallon", "gallons", "volume", _UK_GALLON, "imperial", (2, 4))
ML = Unit("ml", "ml", "volume", Fraction(1), "metric", ())
CL = Unit("cl", "cl", "volume", Fraction(10), "metric", ())
DL = Unit("dl", "dl", "volume", Fraction(100), "metric", ())
LITRE = Unit("l", "l", "volume", Fraction(1000), "metric", ())
OZ = Unit("oz", "oz", "weight", _POUND / 16, "us")
LB = Unit("lb", "lb", "weight", _POUND, "us", _EIGHTHS)
MG = Unit("mg", "mg", "weight", Fraction(1, 1000), "metric", ())
G = Unit("g", "g", "weight", Fraction(1), "metric", ())
KG = Unit("kg", "kg", "weight", Fraction(1000), "metric", ())
# Of butter; in a line "stick" is a count, since there are sticks of other things.
STICK = Unit("stick of butter", "sticks of butter", "weight", _POUND / 4, "us")

_SPOONS = {
    name: (
        Unit(*pairs(one.tablespoons)[0], "volume", Fraction(15), None, (2,)),
        Unit(*pairs(one.teaspoons)[0], "volume", Fraction(5), None, _EIGHTHS),
    )
    for name, one in LANGUAGES.items()
}

LADDERS: tuple[tuple[Unit, ...], ...] = (
    (CUP, TBSP, TSP),
    (GALLON, QUART, PINT, CUP, TBSP, TSP),
    (FL_OZ, TBSP, TSP),
    (UK_PINT, UK_FL_OZ),
    (UK_QUART, UK_PINT),
    (UK_GALLON, UK_PINT),
    (LITRE, ML),
    (LITRE, DL, ML),
    (LITRE, CL, ML),
    (LB, OZ),
    (KG, G),
    (KG, G, MG),
    *((tsp,) for _, tsp in _SPOONS.values() if sum(tsp in spoons for spoons in _SPOONS.values()) > 1),
    *_SPOONS.values(),
)
"""Units that stand in for each other, the largest first; the first ladder with a unit is its own."""

SMALLEST: dict[Unit, Fraction] = {
    CUP: Fraction(1, 4),
    TBSP: Fraction(1),
    TSP: Fraction(1, 8),
    LITRE: Fraction(1),
    DL: Fraction(1, 2),
    CL: Fraction(1, 2),
    LB: Fraction(1),
    KG: Fraction(1),
    G: Fraction(1, 2),
    GALLON: Fraction(1),
    QUART: Fraction(1),
    PINT: Fraction(1),
    FL_OZ: Fraction(1),
    UK_PINT: Fraction(1, 4),
    UK_QUART: Fraction(1),
    UK_GALLON: Fraction(1),
    **{spoon: Fraction(1, 2) for spoon, _ in _SPOONS.values()},
}
"""The smallest amount that a cook measures in a unit, where a smaller one is at hand."""

FINER_PARTS: dict[Unit, tuple[int, ...]] = {OZ: _EIGHTHS}
"""Denominators of a unit that are used where its simpler fractions are not exact enough."""

FINER_UNITS: dict[Unit, Unit] = {OZ: G, G: MG}
"""The unit of a finer scale, for what a unit does not measure exactly enough."""

_SPELLINGS: dict[Unit, str] = {
    TSP: "teaspoon teaspoons tsp tsps teasp",
    TBSP: "tablespoon tablespoons tbsp tbsps tbs tbl tbls tb",
    CUP: "cup cups c",
    PINT: "pint pints pt pts",
    QUART: "quart quarts qt qts",
    GALLON: "gallon gallons gal gals",
    ML: "ml mls milliliter milliliters millilitre millilitres cc",
    CL: "cl centiliter centiliters centilitre centilitres",
    DL: "dl deciliter deciliters decilitre decilitres",
    LITRE: "l liter liters litre litres ltr",
    OZ: "oz ozs ounce ounces",
    LB: "lb lbs pound pounds",
    MG: "mg milligram milligrams",
    G: "g gr gram grams gramme grammes gm gms",
    KG: "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes",
}
_PHRASES = {f"{first} {second}": FL_OZ for first in ("fl", "fl.", "fluid") for second in ("oz", "ounce", "ounces")}
_CASED = {"T": TBSP, "t": TSP, "C": CUP, "Tb": TBSP, "L": LITRE}
_CONTAINERS = (
    "can tin basket punnet jar bottle bag box carton package packet pack envelope container tub tube sachet jigger"
)
_COUNTS = """clove slice stick sprig bunch head stalk rib ear fillet piece sheet strip cube scoop drop knob wedge bulb
    shot dollop dessertspoon rasher link round fist block ball leaf loaf serving drumstick thigh breast wing rack bar
    log pod recipe batch"""
_VAGUE = "pinch dash handful splash drizzle sprinkle"
_IRREGULAR = {
    "half": "halves",
    "leaf": "leaves",
    "loaf": "loaves",
    "box": "boxes",
    "bunch": "bunches",
    "pinch": "pinches",
}
_ABBREVIATED = {"pkg": "package", "pkgs": "package", "pkt": "packet", "btl": "bottle", "env": "envelope"}

_NOUNS = """egg yolk onion shallot carrot lemon lime orange apple pear banana peach plum avocado cucumber zucchini
    eggplant potato tomato pepper chile chili jalapeno jalapeño scallion leek turnip parsnip beet mushroom olive
    date fig apricot mango steak roast leg chicken duck hen turkey bean brisket tenderloin loin shank hock
    chop sausage tortilla bun roll cracker cookie biscuit pepperoni artichoke pumpkin squash cabbage radish
    crust shell round patty waffle muffin bagel pita wrapper sandwich burger wonton dumpling croissant baguette
    crouton noodle pretzel doughnut brownie pancake crêpe crepe cake tart tartlet pie layer ladyfinger wafer
    grapefruit tangerine clementine mandarin kiwi papaya pineapple cantaloupe melon watermelon nectarine cherry
    grape berry strawberry raspberry blueberry blackberry cranberry persimmon quince pomegranate plantain
    almond walnut pecan hazelnut cashew pistachio peanut chestnut raisin prune
    prawn scallop clam mussel oyster lobster crab anchovy sardine snapper tail
    habanero serrano poblano chipotle ancho tomatillo gherkin pickle cornichon caper peppercorn
    endive rutabaga yam gourd sprout cob floret spear heart crown cap tip seed berry star
    quail pheasant pigeon cutlet medallion frankfurter frank wiener bratwurst meatball rack
    marshmallow gumdrop candy truffle lollipop skewer toothpick popsicle ham length strip"""
_OES = frozenset(("potato", "tomato", "mango"))


def _plural(name: str) -> str:
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if name.endswith("y") and name[-2] not in "aeou":
        return name[:-1] + "ies"
    return name + ("es" if name in _OES or name.endswith(("sh", "ch", "x")) else "s")


def _words() -> dict[str, Unit]:
    words = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
    kinds: tuple[tuple[Kind, str], ...] = (("container", _CONTAINERS), ("count", _COUNTS), ("vague", _VAGUE))
    for kind, names in kinds:
        for name in names.split():
            unit = Unit(name, _plural(name), kind)
            words |= {name: unit, unit.plural: unit}
    return words | {short: words[name] for short, name in _ABBREVIATED.items()} | _PHRASES


_ENGLISH = _words()
_KINDS = ("tablespoons", "teaspoons", "containers", "counts", "vague")
_PAIRS = [pair for one in LANGUAGES.values() for kind in _KINDS for pair in pairs(getattr(one, kind))]
_FORMS = with_lower_case({form: pair for pair in reversed(_PAIRS) for form in pair})


def _foreign() -> dict[str, Unit]:
    """Return the unit of each spelling in another language than English; of equal ones, that of the first language."""
    words: dict[str, Unit] = {}
    for name, one in LANGUAGES.items():
        spoons = zip(_SPOONS[name], (one.tablespoons, one.teaspoons), strict=True)
        found = {form: unit for unit, spellings in spoons for pair in pairs(spellings) for form in pair}
        kinds: tuple[tuple[Kind, str], ...] = (
            ("container", one.containers),
            ("count", one.counts),
            ("vague", one.vague),
        )
        for kind, spellings in kinds:
            found |= {form: Unit(*pair, kind) for pair in pairs(spellings) for form in pair}
        words = found | words
    return with_lower_case(words)


_UNITS = _foreign() | _ENGLISH

UNIT_PATTERN = (
    r"(?:fl(?:uid|\.)?\s(?:oz|ounces?)|"
    + "|".join(map(re.escape, sorted(map(str, {*_UNITS, *_CASED} - {*_PHRASES}), key=len, reverse=True)))
    + r")(?![^\W\d_])"
)
"""A regular expression of all spellings, to be matched without regard to case."""

_PACKAGES = [*_CONTAINERS.split(), *map(_plural, _CONTAINERS.split()), *_ABBREVIATED]
_PACKAGES += [form for one in LANGUAGES.values() for pair in pairs(one.containers) for form in pair]
CONTAINER_PATTERN = f"(?:{'|'.join(map(re.escape, sorted(_PACKAGES, key=len, reverse=True)))})"
"""A regular expression of what has a size: cans and the like."""

_PINCHES = [*_VAGUE.split(), *(form for one in LANGUAGES.values() for form, _ in pairs(one.vague))]
ONE_PATTERN = rf"(?:{'|'.join(_PINCHES)})(?![\w-])|(?:{'|'.join(f'{_CONTAINERS} {_COUNTS}'.split())})(?=\sof\s)"
"""A regular expression of what is one without a number: ``pinch of salt``, ``dash hot sauce``, ``slice of lemon``."""

_NAMES_OF_CUTS = ("round", "strip", "rib", "fist", "drop", "ball")  # a strip steak is no strip of a steak
PIECES = [name for name in f"{_CONTAINERS} {_COUNTS} half".split() if name not in _NAMES_OF_CUTS]
"""Packages, and pieces of something, in English."""

PLURALS = {name: _plural(name) for name in f"{_NOUNS} {' '.join(PIECES)}".split()} | {
    name: f"{name}s" for name in ("pkg", "pkt", "egg white")
}
"""Plurals of what is counted without a unit, or with its size in between: ``2 (14-ounce) cans``."""

PINCH = _UNITS["pinch"]


def unit_called(spelling: str) -> Unit | None:
    """Return the unit of a spelling; of letters alone, ``T`` is a tablespoon and ``t`` a teaspoon."""
    spelling = " ".join(spelling.rstrip(".").split())
    return _CASED.get(spelling) or _UNITS.get(spelling) or _UNITS.get(spelling.lower())


_SHORT = "tsp tbsp tb tbl teasp pt qt gal ml oz lb gm kg pkg pkt btl"
_ABBREVIATIONS = frozenset(_SHORT.split())
_UNINFLECTED = ("Liter", "Kilo", "tbs")  # German, and an abbreviation that only looks like a plural


def respelled(spelling: str, unit: Unit, is_one: bool) -> str:
    """Return a spelling of a unit for one or for several: ``cup`` becomes ``cups``; abbreviations only lose their s."""
    word = spelling.rstrip(".")
    lower, dot = word.lower(), spelling[len(word) :]
    forms = None if lower in _ENGLISH else _FORMS.get(word) or _FORMS.get(lower)
    if forms:
        return forms[0 if is_one else 1] + dot
    if lower.removesuffix("s") in _ABBREVIATIONS:
        return word.rstrip("sS") + dot if is_one and lower not in _UNINFLECTED else spelling
    if len(lower) < 3 or dot or word in _UNINFLECTED:
        return spelling
    if lower in (unit.name, unit.plural):
        changed = unit.name if is_one else unit.plural
    elif lower.endswith("s"):
        changed = lower[:-1] if is_one else lower
    else:
        changed = lower if is_one or lower + "s" not in _UNITS else lower + "s"
    return changed.capitalize() if spelling[:1].isupper() else changed
