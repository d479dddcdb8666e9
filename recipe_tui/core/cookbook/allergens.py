"""Hints at allergens: words in a recipe that name a food which may contain one. A hint is never the opposite.

Covered are the 14 allergens of the EU (Regulation 1169/2011, Annex II) and the 9 of the US (FALCPA and FASTER Act;
FDA, "Questions and Answers Regarding Food Allergens", edition 5, January 2025).

The rule: the text is words without case, accents and plural endings; at each word the longest phrase of the table
counts, and its words count for nothing else. So ``peanut butter`` is peanuts and no milk, ``almond milk`` a nut and no
milk, and ``nutmeg``, ``eggplant`` and ``buttermilk`` are words of their own. Coconut and chestnut are no nuts by either
list. A product may contain what its name does not say, so that no hint means nothing.

English foods stand here, those of other languages in `recipe_tui.core.cookbook.allergen_foods`, and dishes and products
in `recipe_tui.core.cookbook.allergen_dishes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.allergen_dishes import DISHES, SHARED_LOOKALIKES
from recipe_tui.core.cookbook.allergen_foods import FOODS, LOOKALIKES
from recipe_tui.core.recipes.ingredients import fold

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe

NO_HINT = "No hint does not mean that a recipe is safe: products contain what their names do not say."


@dataclass(frozen=True, slots=True)
class Allergen:
    """An allergen.

    Attributes:
        name: Its name.
        lists: Who lists it.
        foods: Words and phrases that name it, separated by commas.
    """

    name: str
    lists: tuple[str, ...]
    foods: str


@dataclass(frozen=True, slots=True)
class Hint:
    """An allergen that a recipe may contain.

    Attributes:
        allergen: The allergen.
        foods: The words that say so, as the recipe has them, each once.
    """

    allergen: Allergen
    foods: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.allergen.name} ({', '.join(self.foods)})"


_BOTH = ("EU", "FDA")
_EU = ("EU",)

ALLERGENS: tuple[Allergen, ...] = (
    Allergen(
        "wheat and other cereals containing gluten",
        _BOTH,
        """flour, wheat, rye, barley, oat, oatmeal, oat milk, granola, muesli, spelt, kamut, farro, einkorn, emmer,
        triticale, durum, semolina, bulgur, couscous, seitan, bran, malt, malt vinegar, beer, ale, stout, lager,
        bread, breadcrumb, crumb, panko, crouton, baguette, ciabatta, brioche, bagel, bun, roll, pita, naan,
        pizza dough, dough, pastry, phyllo, filo, puff pastry, pie crust, pie shell, tart shell, crust, cracker,
        graham, biscuit, cookie, wafer, ladyfinger, cake, cake mix, pretzel, pasta, spaghetti, linguine,
        fettuccine, penne, macaroni, lasagna, orzo, ravioli, tortellini, noodle, egg noodle, udon, ramen,
        gnocchi, dumpling, wonton, wonton wrapper, flour tortilla, tortilla, matzo, soy sauce, teriyaki,
        teriyaki sauce, hoisin, hoisin sauce, oyster sauce, worcestershire sauce, worcestershire, oyster
        cracker, cream cracker, self-rising flour, bread flour, cake flour, peanut butter cookie, doughnut,
        donut, pancake, waffle, crepe, scone, muffin, brownie""",
    ),
    Allergen(
        "milk",
        _BOTH,
        """milk, buttermilk, butter, ghee, cream, ice cream, creme fraiche, creme, half and half, half-and-half,
        sour cream, whipping cream, cream cheese, whipped topping, custard, yogurt, yoghurt, kefir, quark, curd,
        cheese, cottage cheese, parmesan, parmigiano, pecorino, romano, cheddar, mozzarella, feta, ricotta,
        mascarpone, gruyere, gouda, brie, camembert, provolone, havarti, monterey jack, halloumi, paneer,
        asiago, fontina, manchego, swiss, whey, casein, caseinate, lactose, dulce de leche, butterscotch,
        caramel, toffee, milk chocolate, white chocolate, chocolate, fudge, buttercream, alfredo, bechamel,
        queso, egg nog, eggnog, margarine, brioche, pesto, ranch, ranch dressing""",
    ),
    Allergen(
        "eggs",
        _BOTH,
        """egg, egg white, egg yolk, yolk, egg wash, egg noodle, egg nog, eggnog, mayonnaise, mayo, aioli, hollandaise,
        bearnaise, meringue, marshmallow, custard, brioche, ladyfinger, lemon curd, frittata, omelet, omelette,
        tartar sauce, caesar dressing""",
    ),
    Allergen(
        "fish",
        _BOTH,
        """fish, anchovy, salmon, tuna, cod, haddock, halibut, tilapia, trout, bass, sea bass, snapper, sole,
        flounder, mackerel, sardine, herring, catfish, swordfish, mahi, mahi-mahi, monkfish, pollock, grouper,
        turbot, milkfish, eel, caviar, roe, fish sauce, fish stock, worcestershire sauce, worcestershire, caesar
        dressing, surimi, bonito, dashi, imitation crab""",
    ),
    Allergen(
        "crustaceans",
        _BOTH,
        "shrimp, prawn, crab, crabmeat, lobster, crayfish, crawfish, langoustine, scampi, krill, shellfish",
    ),
    Allergen(
        "molluscs",
        _EU,
        """mussel, clam, oyster, scallop, squid, calamari, octopus, cuttlefish, snail, escargot, abalone, cockle, whelk,
        oyster sauce, clam juice, shellfish""",
    ),
    Allergen(
        "tree nuts",
        _BOTH,
        """nut, mixed nut, almond, almond milk, almond butter, almond flour, almond extract, walnut, pecan, cashew,
        cashew milk, cashew butter, hazelnut, filbert, pistachio, macadamia, brazil nut, pine nut, pinon,
        pignoli, nut butter, nut milk, marzipan, almond paste, frangipane, praline, nutella, nougat, gianduja,
        amaretto, amaretti, pesto, baklava, frangelico""",
    ),
    Allergen("peanuts", _BOTH, "peanut, peanut butter, peanut oil, groundnut, goober, satay, peanut butter cookie"),
    Allergen(
        "soybeans",
        _BOTH,
        """soy, soya, soybean, soy sauce, soy milk, tofu, tempeh, edamame, miso, tamari, natto, teriyaki, teriyaki
        sauce, hoisin, hoisin sauce, oyster sauce, lecithin, shoyu, textured vegetable protein, margarine,
        worcestershire sauce""",
    ),
    Allergen("sesame", _BOTH, "sesame, sesame oil, sesame seed, tahini, hummus, halva, halvah, benne, gomasio, zaatar"),
    Allergen("celery", _EU, "celery, celeriac, celery root, celery salt, celery seed, mirepoix, bouillon, stock cube"),
    Allergen("mustard", _EU, "mustard, mustard seed, mustard powder, dijon, dijon mustard, mayonnaise, vinaigrette"),
    Allergen(
        "sulphites",
        _EU,
        """wine, red wine, white wine, sherry, port, marsala, vermouth, champagne, prosecco, cider, wine vinegar,
        red wine vinegar, white wine vinegar, balsamic, balsamic vinegar, dried apricot, dried fruit, raisin,
        golden raisin, sultana, prune, molasses, sauerkraut, candied ginger""",
    ),
    Allergen("lupin", _EU, "lupin, lupine, lupin flour"),
)
"""The table. Wheat is the FDA's; the EU lists all cereals containing gluten."""

_NOTHING = """coconut, coconut milk, coconut cream, coconut butter, coconut yogurt, coconut flour, water chestnut,
    chestnut, butternut, butternut squash, nutmeg, doughnut peach, donut peach, cocoa butter, shea butter, cacao
    butter, apple butter, pumpkin butter, fruit butter, butter bean, butter lettuce, cream of tartar, cream of
    coconut, creamed corn, cream soda, rice milk, hemp milk, milk thistle, eggplant, egg plant, rice flour, rice
    noodle, rice vermicelli, rice cracker, rice cake, rice bran, corn flour, corn tortilla, buckwheat, buckwheat
    flour, soba, chickpea flour, gram flour, tapioca flour, potato flour, cassava flour, oyster mushroom, crab
    apple, crab boil, head cheese, bean curd, rice vinegar, swiss chard, soy free, dairy free, egg free, nut
    free, gluten free, gluten free flour, gluten free bread, gluten free pasta, vegan butter, vegan cheese,
    vegan cream cheese, vegan mayonnaise, cake pan, cake tin, cake rack, bread knife, bread pan, cookie sheet,
    cookie cutter, cookie scoop, pastry brush, pastry blender, pastry bag, pastry cutter, pasta pot, pasta
    maker, pasta water, pizza stone, biscuit cutter, butter knife, egg slicer, fish spatula, nut cracker, cheese
    grater, cheese cloth"""
_ALSO = {"bean curd": ("soybeans",)}
_NO_FOOD_IN_DIRECTIONS = frozenset(
    (
        *("roll", "cream", "cake", "crust", "dough", "bun", "crumb", "curd", "sole", "nut", "moule", "pain", "pan"),
        *("toast", "pie", "stuffing", "perch", "pudding", "flan"),
    )
)
"""Words that directions use as verbs or for what is made ("cream the sugar", "roll the dough")."""


_ELISION = re.compile(r"\b(?:d|l|qu|all|dell|nell)['’](?=\w)", re.IGNORECASE)  # jaune d'œuf, succo dell'arancia
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """The allergens of each phrase, in folded words, and of endings of words; none for what only looks like one."""

    phrases: dict[_Phrase, tuple[Allergen, ...]]
    endings: dict[str, tuple[Allergen, ...]]
    longest: int  # words of a phrase

    def of_word(self, word: str) -> tuple[Allergen, ...] | None:
        """Return the allergens of the longest known ending of a word; None where it has none."""
        return next((self.endings[word[i:]] for i in range(len(word)) if word[i:] in self.endings), None)


@cache
def _table() -> _Table:
    phrases: dict[_Phrase, tuple[Allergen, ...]] = {}
    endings: dict[str, tuple[Allergen, ...]] = {}
    lookalikes = ", ".join((_NOTHING, SHARED_LOOKALIKES, *LOOKALIKES.values()))
    by_name = {one.name: one for one in ALLERGENS}
    known = [(one, ", ".join((one.foods, DISHES.get(one.name, ""), *FOODS[one.name].values()))) for one in ALLERGENS]
    known += [(by_name[name], phrase) for phrase, names in _ALSO.items() for name in names]
    for allergen, foods in [(None, lookalikes), *known]:
        for food in foods.split(","):
            phrase = tuple(map(fold, _words(food)))
            if not phrase:
                continue
            of_phrase = phrases.setdefault(phrase, ())
            if allergen is not None and allergen not in of_phrase:
                phrases[phrase] = (*of_phrase, allergen)
            if "*" in food:
                endings[phrase[-1]] = phrases[phrase]
    return _Table(phrases, endings, max(map(len, phrases)))


def _words(text: str) -> list[str]:
    return _WORD.findall(_ELISION.sub(" ", text))


def allergen_hints(recipe: Recipe) -> tuple[Hint, ...]:
    """Return what a recipe may contain, by its title, its ingredients and its directions, in the order of the table."""
    found: dict[str, dict[str, None]] = {}
    for line in (recipe.title, *recipe.ingredients):
        _find(line, found, frozenset())
    for line in recipe.steps:
        _find(line, found, _NO_FOOD_IN_DIRECTIONS)
    return tuple(Hint(one, tuple(found[one.name])) for one in ALLERGENS if one.name in found)


def _find(text: str, found: dict[str, dict[str, None]], ignored: frozenset[str]) -> None:
    words = _words(text)
    folded = tuple(map(fold, words))
    place = 0
    while place < len(words):
        length, allergens = _longest_at(folded, place, ignored)
        as_written = " ".join(words[place : place + length]).lower()
        name = " ".join(folded[place : place + length]) if as_written.isascii() else as_written
        for allergen in allergens:
            found.setdefault(allergen.name, {}).setdefault(name)
        place += length


def _longest_at(words: _Phrase, place: int, ignored: frozenset[str]) -> tuple[int, tuple[Allergen, ...]]:
    """Return how many words the longest phrase at a place has, and its allergens; 1 and none if no phrase is there."""
    table = _table()
    for length in range(min(table.longest, len(words) - place), 1, -1):
        if words[place : place + length] in table.phrases:
            return length, table.phrases[words[place : place + length]]
    word = words[place]
    if word in ignored:
        return 1, ()
    exact = table.phrases.get((word,))
    return 1, exact if exact is not None else table.of_word(word) or ()
