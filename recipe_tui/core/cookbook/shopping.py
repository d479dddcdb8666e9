"""A shopping list: the ingredients of several recipes, merged and grouped as a shop is.

Lines are of one item if their names have the same words in any order, without quantity, preparation and plural.
``juice of 2 lemons`` needs two lemons. Amounts in the same unit are added exactly; cups and spoons, or pounds and
ounces, become one amount, see `recipe_tui.core.cookbook.totals`. Packages are added to packages of the same size. Other
amounts stand beside each other, since a cup of an onion is no number of onions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.document import one_line
from recipe_tui.core.cookbook.kitchen_numbers import written
from recipe_tui.core.cookbook.nouns import singular
from recipe_tui.core.cookbook.quantities import leading, quantities, size_of_each
from recipe_tui.core.cookbook.scaling import UNSCALED
from recipe_tui.core.cookbook.shopping_parts import parts_of
from recipe_tui.core.cookbook.sums import follows_as_part
from recipe_tui.core.cookbook.totals import Range, merged
from recipe_tui.core.cookbook.units import PIECES, unit_called
from recipe_tui.core.recipes.ingredients import fold, name_words
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipe_tui.core.cookbook.amounts import Amount
    from recipe_tui.core.cookbook.numbers import Style
    from recipe_tui.core.cookbook.units import Unit
    from recipe_tui.core.recipes.recipe import Recipe

CANS = "Pasta, rice, cans and sauces"

GROUPS: dict[str, str] = {
    "Vegetables, fruit and herbs": """onion shallot garlic leek scallion carrot celery potato tomato cucumber
    zucchini squash pumpkin eggplant pepper jalapeno chile chili cabbage kale spinach lettuce arugula broccoli
    cauliflower bean pea corn mushroom asparagus beet radish turnip parsnip fennel artichoke avocado lemon lime
    orange grapefruit apple pear peach plum cherry grape berry strawberry blueberry raspberry blackberry
    cranberry banana mango pineapple melon apricot fig ginger parsley cilantro basil mint dill chive tarragon
    sprout okra yam plantain pomegranate rhubarb lemongrass""",
    "Meat and fish": """beef pork lamb veal chicken turkey duck goose bacon ham sausage steak chop ribs prosciutto
    pancetta salami chorizo hamburger meat meatball fish salmon tuna cod halibut trout anchovy shrimp prawn crab
    lobster mussel clam scallop squid oyster""",
    "Milk, cheese and eggs": """milk cream butter buttermilk cheese yogurt egg parmesan cheddar mozzarella feta ricotta
        mascarpone creme ghee kefir margarine tofu""",
    "Bread and baking": """flour sugar yeast soda powder bread breadcrumb tortilla bun roll pastry dough phyllo
    cornstarch cornmeal cocoa chocolate vanilla molasses honey syrup almond walnut pecan hazelnut pistachio
    cashew peanut raisin oat cracker cookie marshmallow gelatin""",
    "Spices, oil and vinegar": """salt peppercorn cumin paprika turmeric cinnamon nutmeg clove allspice cardamom
        coriander         oregano thyme rosemary sage bay cayenne curry saffron sesame oil vinegar mustard
        seasoning flake""",
    CANS: """pasta spaghetti noodle macaroni lasagna penne rice quinoa couscous bulgur barley
        lentil chickpea stock broth bouillon sauce ketchup mayonnaise paste salsa can olive caper coconut""",
    "Drinks": "water wine beer rum vodka whiskey brandy juice coffee tea soda cider liqueur",
}
"""Groups in the order of the list, with the words that an ingredient of theirs has; the last word of a name decides."""

OTHER = "Other"

_PHRASES = {
    frozenset(("peanut", "butter")): CANS,
    frozenset(("black", "pepper")): "Spices, oil and vinegar",
    frozenset(("white", "pepper")): "Spices, oil and vinegar",
    frozenset(("red", "pepper", "flake")): "Spices, oil and vinegar",
    frozenset(("coconut", "milk")): CANS,
    frozenset(("garlic", "powder")): "Spices, oil and vinegar",
    frozenset(("onion", "powder")): "Spices, oil and vinegar",
    frozenset(("chili", "powder")): "Spices, oil and vinegar",
    frozenset(("cream", "tartar")): "Bread and baking",
    frozenset(("tomato", "paste")): CANS,
}


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a shopping list.

    Attributes:
        name: What is bought.
        amounts: How much, one text for each unit; ``some`` where a recipe names no amount.
        recipes: Titles of the recipes that need it, each once.
    """

    name: str
    amounts: tuple[str, ...]
    recipes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {' + '.join(self.amounts)}"


_Size = tuple[Fraction, Fraction | None, "Unit | None", "Unit | None"]


@dataclass(slots=True)
class _Needed:
    """What is needed of an item, while lines are read.

    Attributes:
        name: Its name.
        totals: The amount in each unit; None: a number of them.
        styles: How the first line with a unit writes its number.
        sizes: The number of packages or pieces of each size.
        labels: How the first line with a size writes it.
        recipes: Titles of the recipes that need it.
        some: Whether a line has no amount.
    """

    name: str
    totals: dict[Unit | None, Range] = field(default_factory=dict)
    styles: dict[Unit | None, Style] = field(default_factory=dict)
    sizes: dict[_Size, Range] = field(default_factory=dict)
    labels: dict[_Size, str] = field(default_factory=dict)
    recipes: dict[str, None] = field(default_factory=dict)
    some: bool = False


def shopping_list(recipes: Iterable[Recipe]) -> dict[str, tuple[Item, ...]]:
    """Return the items to buy for all recipes, by group; those that nothing is known of are in the last group."""
    needed: dict[frozenset[str], _Needed] = {}
    for recipe in recipes:
        for line in recipe.ingredients:
            line = one_line(line).removesuffix(UNSCALED).rstrip()
            if not line or is_heading(line) or _NOT_BOUGHT.match(line):
                continue
            for part in parts_of(line):
                read = _read(part)
                item = needed.setdefault(frozenset(map(_key, read.words)), _Needed(" ".join(read.words).lower()))
                item.recipes.setdefault(one_line(recipe.title))
                _add(item, part, read)
    groups: dict[str, list[Item]] = {name: [] for name in (*GROUPS, OTHER)}
    for key, item in needed.items():
        groups[CANS if _is_canned(item) else _group(key, item.name)].append(
            Item(item.name, tuple(_amounts(item)), tuple(item.recipes))
        )
    return {name: tuple(sorted(items, key=lambda one: one.name)) for name, items in groups.items() if items}


_SAME = {"chilly": "chili", "chilli": "chili", "chily": "chili", "chile": "chili"}
_CANS = frozenset(("can", "tin"))


def _key(word: str) -> str:
    folded = fold(singular(word))
    return _SAME.get(folded, folded)


def _is_canned(item: _Needed) -> bool:
    """Return whether all of an item is bought in cans."""
    units = [*(key[-1] for key in item.sizes), *item.totals]
    return bool(units) and not item.some and all(unit is not None and unit.name in _CANS for unit in units)


def shopping_text(groups: dict[str, tuple[Item, ...]]) -> str:
    """Return a list as plain text, with a box to tick before each item."""
    blocks = [[f"{name}:", *(f"[ ] {item}" for item in items)] for name, items in groups.items()]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n" if blocks else ""


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line asks for.

    Attributes:
        words: The name of the ingredient.
        amounts: Its amounts, see `quantities`.
        size: The size of each package or piece, if the first amount counts things that have one.
        unit: The unit of the first amount; that of the piece in ``4 garlic cloves`` too.
    """

    words: tuple[str, ...]
    amounts: tuple[Amount, ...] = ()
    size: Amount | None = None
    unit: Unit | None = None


def _read(line: str) -> _Line:
    amounts = quantities(line)
    first = _first(line, amounts)
    if first is None:
        return _Line(name_words(line) or (line,))
    size = size_of_each(line, first)
    rest = _PLUS.split(_OF.sub("", line[size.end if size else first.end :].lstrip(")-. ")))[0]
    if not name_words(rest):
        rest = line[: first.start] if name_words(line[: first.start]) else line
    words, unit = name_words(rest), first.unit
    if unit is None:
        unit = next(filter(None, map(_piece, _WORD.findall(_ASIDE.split(rest)[0]))), None)
    if unit is not None and unit.kind in ("count", "container"):
        words = tuple(word for word in words if unit_called(word) is not unit) or words
    words = tuple(word for word in words if word.lower() not in _LEFT_OUT)
    return _Line(words or (line,), amounts, size, unit)


def _first(line: str, amounts: Iterable[Amount]) -> Amount | None:
    """Return the amount that a line begins with, as it is among its quantities."""
    first = leading(line)
    return next((one for one in amounts if first and one.start == first.start), None)


_WORD = re.compile(r"[^\W\d_]+")
_NOT_BOUGHT = re.compile(  # a footnote, and what a kitchen has
    r"\*+\s*[^\W\d_]|(?:special |other )?(?:equipment|tools?|notes?|tips?|ingredient info)\s?:", re.IGNORECASE
)
_LEFT_OUT = frozenset(("size", "sized", "virgin"))  # of "medium-size onions" and "extra-virgin olive oil"
_ASIDE = re.compile(r"[,(;]")
_OF = re.compile(r"\A(?:d['’]\s?|d(?:e|i|el|u|es|a)\s(?:la\s)?|van\s|av\s)", re.IGNORECASE)  # gousses d'ail
_PLUS = re.compile(r"\s(?:plus|\+|or(?=\s\d))\s", re.IGNORECASE)
_CUTS = frozenset(("breast", "thigh", "wing", "drumstick", "half", "serving", "loaf"))  # bought by that name


def _piece(word: str) -> Unit | None:
    """Return the unit of a word such as ``cloves`` or ``cans``."""
    unit = unit_called(word)
    return unit if unit is not None and unit.name in PIECES and unit.name not in _CUTS else None


def _add(item: _Needed, line: str, read: _Line) -> None:
    if not read.amounts:
        item.some = True
        return
    first = _first(line, read.amounts) or read.amounts[0]
    if read.size:
        key = (read.size.low, read.size.high, read.size.unit, read.unit)
        item.labels.setdefault(key, line[read.size.start : read.size.end].rstrip("."))
        item.sizes[key] = _sum(item.sizes.get(key), first)
        return
    previous = dict(zip(read.amounts[1:], read.amounts, strict=False))
    added = (one for one in read.amounts if one != first and _is_added(line, one, previous.get(one)))
    for amount in (first, *added):
        unit = read.unit if amount is first else amount.unit
        item.styles.setdefault(unit, amount.style)
        item.totals[unit] = _sum(item.totals.get(unit), amount)


def _sum(total: Range | None, amount: Amount) -> Range:
    low, high = total or (Fraction(0), Fraction(0))
    return low + amount.low, high + (amount.high or amount.low)


def _is_added(line: str, amount: Amount, last: Amount | None) -> bool:
    """Return whether an amount is added to the first one, and does not say the same in brackets."""
    if last is not None and follows_as_part(line, last, amount):
        return True
    return re.search(r"(?:\bplus|\band|[+&])(?:\s[^\W\d_]+)*\s*$", line[: amount.start], re.IGNORECASE) is not None


def _amounts(item: _Needed) -> Iterator[str]:
    for key, (low, high) in item.sizes.items():
        piece = key[-1]
        noun = "" if piece is None else f" {piece.name if high <= 1 else piece.plural}"
        yield f"{_number(low, high, None, 'fraction')} ({item.labels[key]}){noun}"
    for unit, (low, high) in merged(item.totals).items():
        number = _number(low, high, unit, item.styles.get(unit, "fraction"))
        yield number if unit is None else f"{number} {unit.name if high <= 1 else unit.plural}"
    if item.some:
        yield "some"


def _number(low: Fraction, high: Fraction, unit: Unit | None, style: Style) -> str:
    return "-".join(dict.fromkeys(written(number, unit, style) for number in (low, high)))


def _group(key: frozenset[str], name: str) -> str:
    for words, group in _PHRASES.items():
        if words <= key:
            return group
    for word in reversed(name.split()):
        for group, words_ in GROUPS.items():
            if fold(word) in words_.split():
                return group
    return OTHER
