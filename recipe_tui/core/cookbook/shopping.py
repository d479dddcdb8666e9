"""A shopping list: the ingredients of several recipes, merged and grouped as a shop is.

Lines are of one item if their names have the same words in any order, without quantity, preparation and plural. Amounts
in the same unit are added exactly; amounts in different units stand beside each other, since a cup of an onion is no
number of onions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.document import one_line
from recipe_tui.core.cookbook.kitchen_numbers import written
from recipe_tui.core.cookbook.quantities import quantities
from recipe_tui.core.cookbook.scaling import UNSCALED
from recipe_tui.core.recipes.ingredients import content_words, fold, name_words
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipe_tui.core.cookbook.quantities import Amount, Style
    from recipe_tui.core.cookbook.units import Unit
    from recipe_tui.core.recipes.recipe import Recipe

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
    "Pasta, rice, cans and sauces": """pasta spaghetti noodle macaroni lasagna penne rice quinoa couscous bulgur barley
        lentil chickpea stock broth bouillon sauce ketchup mayonnaise paste salsa can olive caper coconut""",
    "Drinks": "water wine beer rum vodka whiskey brandy juice coffee tea soda cider liqueur",
}
"""Groups in the order of the list, with the words that an ingredient of theirs has; the last word of a name decides."""

OTHER = "Other"

_PHRASES = {
    frozenset(("peanut", "butter")): "Pasta, rice, cans and sauces",
    frozenset(("black", "pepper")): "Spices, oil and vinegar",
    frozenset(("white", "pepper")): "Spices, oil and vinegar",
    frozenset(("red", "pepper", "flake")): "Spices, oil and vinegar",
    frozenset(("coconut", "milk")): "Pasta, rice, cans and sauces",
    frozenset(("garlic", "powder")): "Spices, oil and vinegar",
    frozenset(("onion", "powder")): "Spices, oil and vinegar",
    frozenset(("chili", "powder")): "Spices, oil and vinegar",
    frozenset(("cream", "tartar")): "Bread and baking",
    frozenset(("tomato", "paste")): "Pasta, rice, cans and sauces",
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


@dataclass(slots=True)
class _Needed:
    """What is needed of an item, while lines are read."""

    name: str
    totals: dict[Unit | None, tuple[Fraction, Fraction, Style]]
    sizes: dict[str, Fraction]
    recipes: dict[str, None]
    some: bool = False


def shopping_list(recipes: Iterable[Recipe]) -> dict[str, tuple[Item, ...]]:
    """Return the items to buy for all recipes, by group; those that nothing is known of are in the last group."""
    needed: dict[frozenset[str], _Needed] = {}
    for recipe in recipes:
        for line in recipe.ingredients:
            line = one_line(line).removesuffix(UNSCALED).rstrip()
            if not line or is_heading(line):
                continue
            name = _name(line)
            key = content_words(line) or frozenset((line.casefold(),))
            item = needed.setdefault(key, _Needed(name, {}, {}, {}))
            item.recipes.setdefault(one_line(recipe.title))
            _add(item, line)
    groups: dict[str, list[Item]] = {name: [] for name in (*GROUPS, OTHER)}
    for key, item in needed.items():
        groups[_group(key, item.name)].append(Item(item.name, tuple(_amounts(item)), tuple(item.recipes)))
    return {name: tuple(sorted(items, key=lambda one: one.name)) for name, items in groups.items() if items}


def shopping_text(groups: dict[str, tuple[Item, ...]]) -> str:
    """Return a list as plain text, with a box to tick before each item."""
    blocks = [[f"{name}:", *(f"[ ] {item}" for item in items)] for name, items in groups.items()]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n" if blocks else ""


def _name(line: str) -> str:
    """Return what is bought: the words of the name, in their order."""
    return " ".join(name_words(line)).lower() or line


def _add(item: _Needed, line: str) -> None:
    found = quantities(line)
    if not found:
        item.some = True
        return
    first = found[0]
    size = _size(line, first)
    if size:
        item.sizes[size] = item.sizes.get(size, Fraction(0)) + first.low
        return
    for amount in (first, *(one for one in found[1:] if _is_added(line, one))):
        low, high, style = item.totals.get(amount.unit, (Fraction(0), Fraction(0), amount.style))
        item.totals[amount.unit] = (low + amount.low, high + (amount.high or amount.low), style)


def _is_added(line: str, amount: Amount) -> bool:
    """Tell whether an amount is added to the first one, and does not say the same in brackets."""
    return line[: amount.start].rstrip().endswith(("plus", "and", "+"))


def _size(line: str, first: Amount) -> str:
    """Return the size of a package with its name, ``(14-ounce) can``, so that only the same ones are added."""
    rest = line[first.end :].lstrip()
    if first.unit is None and rest.startswith("(") and ")" in rest:
        size, _, after = rest.partition(")")
        words = after.split()
        return f"{size}) {fold(words[0])}" if words else ""
    if first.unit is None and rest[:1] in ("x", "×"):
        return " ".join(rest.split()[:3])
    return ""


def _amounts(item: _Needed) -> Iterator[str]:
    for size, count in item.sizes.items():
        yield f"{written(count, None, 'fraction')} {size}"
    for unit, (low, high, style) in item.totals.items():
        number = (
            written(low, unit, style) if low == high else f"{written(low, unit, style)}-{written(high, unit, style)}"
        )
        yield number if unit is None else f"{number} {unit.name if high <= 1 else unit.plural}"
    if item.some:
        yield "some"


def _group(key: frozenset[str], name: str) -> str:
    for words, group in _PHRASES.items():
        if words <= key:
            return group
    for word in reversed(name.split()):
        for group, words_ in GROUPS.items():
            if fold(word) in words_.split():
                return group
    return OTHER
