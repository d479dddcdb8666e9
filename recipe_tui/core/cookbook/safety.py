"""Safety notes: rules that look for a risk in a recipe's words, each with the source that it says.

A rule does not know whether a recipe is safe. It says what an authority recommends where certain words stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.ingredients import folded_words

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe

_FSIS = "USDA FSIS, Safe Minimum Internal Temperature Chart"
_FDA_EGGS = "FDA, What You Need to Know About Egg Safety"
_FDA_FLOUR = "FDA, Flour Is a Raw Food"
_NCHFP = "National Center for Home Food Preservation"
_CANNING = f"USDA, Complete Guide to Home Canning, and {_NCHFP}"
_FDA_SEAFOOD = "FDA, Selecting and Serving Fresh and Frozen Seafood Safely"
_SHELLFISH = (
    "Raw oysters, clams and mussels can carry Vibrio and norovirus: the old, the pregnant and the ill should not eat "
    "them. Cook them to 145 °F (63 °C)."
)
_SHELLS = "oyster, clam, mussel, scallop, cockle"
_NO_SHELLS = """oyster sauce, oyster mushroom, oyster cracker, clam juice, smoked oyster, canned oyster, canned clam,
    can clam, can oyster, smoked mussel, canned mussel, oyster plant"""
_OIL = (
    "Keep garlic or herbs in oil in the refrigerator, and use them within 4 days: in a warm place they can cause "
    "botulism."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: Its name.
        text: What is recommended.
        source: Who recommends it.
        ingredients: Phrases of which one must be in title or ingredients; a word of a phrase has no plural ending.
            Empty: any recipe.
        words: Phrases of which one must be in title or directions. Empty: any recipe.
        and_words: Phrases of which one must be in title or directions besides those of `words`. Empty: any recipe.
        makes: Phrases that stand for one of those if they are in the title and in no ingredient: what the recipe makes.
        but_not: Phrases in title and ingredients that do not count, such as chicken stock.
        unless: Phrases of which none may be in the recipe.
        unless_heated: Whether the rule counts only where the directions name no cooking from the first mention of the
            ingredients on.
    """

    name: str
    text: str
    source: str
    ingredients: str = ""
    words: str = ""
    and_words: str = ""
    makes: str = ""
    but_not: str = ""
    unless: str = ""
    unless_heated: bool = False


@dataclass(frozen=True, slots=True)
class SafetyNote:
    """What a rule says of a recipe.

    Attributes:
        rule: The rule.
        found: The words that it found.
    """

    rule: Rule
    found: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule.text} ({', '.join(self.found)}) Source: {self.rule.source}."


RULES: tuple[Rule, ...] = (
    Rule(
        "poultry",
        "Cook poultry to 165 °F (74 °C) inside, by a food thermometer.",
        _FSIS,
        "chicken, turkey, duck, goose, hen, quail, pheasant, poultry, giblet",
        but_not="""chicken broth, chicken stock, chicken bouillon, turkey stock, turkey broth, duck egg, quail egg,
        goose egg,
        chicken soup, chicken base, chicken powder, chicken seasoning, chicken fried steak, chicken of the wood,
        hen of the wood, duck sauce, poultry seasoning""",
    ),
    Rule(
        "ground meat",
        "Cook ground meat and sausage to 160 °F (71 °C) inside, by a food thermometer.",
        _FSIS,
        """ground beef, ground pork, ground lamb, ground veal, ground meat, ground chuck, ground sirloin, minced beef,
        beef mince, hamburger, sausage, meatball, meatloaf, meat loaf, burger""",
        but_not="""hamburger bun, burger bun, hamburger roll, veggie burger, vegetable burger, bean burger,
        lentil burger, chickpea
        burger, mushroom burger, portobello burger, vegan burger, vegan sausage, vegetarian sausage, chicken
        burger, turkey burger, fish burger, salmon burger, tuna burger, chicken sausage, turkey sausage""",
    ),
    Rule(
        "whole cuts",
        "Cook steaks, chops and roasts to 145 °F (63 °C) inside, and let them rest for 3 minutes.",
        _FSIS,
        """steak, pork chop, lamb chop, veal chop, mutton chop, loin chop, rib chop, shoulder chop, pot roast,
        chuck roast,
        rump roast, rib roast, round roast, shoulder roast, loin roast, blade roast, arm roast, crown roast,
        beef, pork, lamb, veal, mutton, brisket, tenderloin, sirloin, short rib, sparerib, pork shoulder, ham,
        venison""",
        but_not="""tuna steak, salmon steak, halibut steak, swordfish steak, cod steak, fish steak,
        cauliflower steak, cabbage
        steak, eggplant steak, mushroom steak, portobello steak, tofu steak, celery root steak, chicken
        tenderloin, turkey tenderloin, lamb lettuce, pork rind, ground beef, ground pork, ground lamb, ground
        veal, minced beef, beef mince, beef broth, beef stock, beef bouillon, steak sauce, steak seasoning, beef
        consomme""",
    ),
    Rule(
        "fish",
        "Cook fish to 145 °F (63 °C) inside, or until it is opaque and flakes; clams and mussels until they open.",
        _FSIS,
        """fish, salmon, tuna, cod, halibut, tilapia, trout, snapper, sole, haddock, catfish, swordfish, mussel, clam,
        shrimp, prawn, scallop, lobster, crab, bass, flounder, mackerel, mahi mahi, grouper, monkfish, pollock, oyster,
        squid, calamari, octopus, crayfish, crawfish""",
        but_not="""fish sauce, fish stock, clam juice, crab apple, crab boil, shrimp paste, canned tuna, can tuna,
        oyster sauce, oyster mushroom, oyster cracker, goldfish cracker, swedish fish""",
    ),
    Rule(
        "raw fish",
        "Raw fish can hold parasites: use fish that was frozen for them (3-402.11). Acid does not cook.",
        "FDA Food Code",
        words="sushi, sashimi, ceviche, poke, crudo, gravlax, tartare, carpaccio",
    ),
    Rule(
        "raw shellfish",
        _SHELLFISH,
        _FDA_SEAFOOD,
        _SHELLS,
        but_not=_NO_SHELLS,
        unless_heated=True,
    ),
    Rule(
        "shellfish that stay raw",
        _SHELLFISH,
        _FDA_SEAFOOD,
        _SHELLS,
        "raw oyster, raw clam, raw mussel, raw scallop, oyster raw, clam raw, scallop raw, half shell",
        but_not=_NO_SHELLS,
    ),
    Rule(
        "egg dishes",
        "Cook egg dishes to 160 °F (71 °C) inside.",
        _FSIS,
        "egg",
        "quiche, frittata, custard, casserole, strata, souffle, bread pudding, omelet, omelette",
    ),
    Rule(
        "raw egg",
        "The directions name no cooking of the eggs: use pasteurized ones.",
        _FDA_EGGS,
        "egg, egg yolk, egg white",
        unless_heated=True,
        unless="hard boiled egg, hard cooked egg, egg noodle, pasteurized egg, egg substitute",
    ),
    Rule(
        "eggs that stay raw",
        "Eggs stay raw or nearly so in this dish: use pasteurized ones.",
        _FDA_EGGS,
        "egg, egg yolk, egg white",
        """mayonnaise, aioli, mousse, tiramisu, eggnog, caesar, hollandaise, bearnaise, carbonara, tartare,
        zabaglione, raw
        egg, raw beaten egg, raw yolk, raw white, uncooked egg, uncooked yolk, uncooked white, egg raw, egg
        uncooked, yolk raw, yolk uncooked, white raw, white uncooked""",
        unless="pasteurized egg",
    ),
    Rule(
        "raw flour",
        "The directions name no cooking of the flour, which is a raw food: do not eat it raw.",
        _FDA_FLOUR,
        "flour, cake mix",
        unless_heated=True,
    ),
    Rule(
        "raw dough",
        "Do not taste or eat raw dough or batter: flour and eggs in it are raw.",
        _FDA_FLOUR,
        "flour, cake mix",
        "cookie dough, edible dough, taste the batter, taste the dough, no bake, lick",
    ),
    Rule(
        "honey",
        "Do not give honey to children under 12 months: it can cause infant botulism.",
        "CDC, Botulism Prevention",
        "honey",
    ),
    Rule(
        "kidney beans",
        "Soak dried kidney beans for 5 hours, drain them, and boil them in fresh water for 30 minutes; a slow cooker "
        "is not hot enough. Canned ones are cooked.",
        "FDA, Bad Bug Book, phytohaemagglutinin",
        "kidney bean, cannellini bean, dried bean, dry bean",
        but_not="""canned kidney bean, can kidney bean, can red kidney bean, can dark red kidney bean,
        can cannellini bean,
        canned cannellini bean, can light red kidney bean""",
    ),
    Rule(
        "canning",
        "For jars kept at room temperature use a tested recipe alone: its amounts and times may not be changed. "
        "Low-acid food needs a pressure canner. Else keep it in the refrigerator.",
        _CANNING,
        words="""canning, canner, water bath canner, pressure canner, boiling water bath, process in a water bath,
        process the jar, process jar, sterilized, sterilised, sterilize, sterilise, canning jar, mason jar,
        preserving jar, pint jar, quart jar, hot jar, seal the jar, seal jar, headspace, head space""",
        makes="""canned, canning, jam, jelly, marmalade, chutney, preserve, preserved, conserve, pickle, pickled,
        relish, apple butter, pear butter, pumpkin butter, plum butter, fruit butter""",
        but_not="jelly roll, jelly bean",
    ),
    Rule(
        "garlic or herbs in oil",
        _OIL,
        _NCHFP,
        "garlic, basil, rosemary, thyme, chile",
        "infused oil, garlic oil, garlic confit, herb oil, chile oil, infuse the oil, flavored oil",
    ),
    Rule(
        "garlic or herbs in oil kept",
        _OIL,
        _NCHFP,
        "garlic, basil, rosemary, thyme, oregano, sage, tarragon, herb, chile, chili, chilli",
        """with oil, in oil, in the oil, with the oil, under oil, with olive oil, in olive oil, in the olive oil, under
        olive oil, oil to cover, cover in oil""",
        and_words="""pantry, cupboard, shelf, larder, cellar, dark place, cool place, at room temperature, on the
        counter, week, month""",
    ),
    Rule(
        "raw milk",
        "Use pasteurized milk and cheese made of it.",
        "CDC, Raw Milk",
        "raw milk, unpasteurized milk, raw milk cheese",
    ),
    Rule(
        "sprouts",
        "Cook sprouts until they steam; raw ones often carry bacteria.",
        "FDA, What You Should Know About Sprouts",
        "sprout, bean sprout, alfalfa sprout, mung bean sprout",
        unless="brussels sprout, brussel sprout",
    ),
    Rule(
        "marinade",
        "Boil a marinade that was on raw meat or fish before it is used as a sauce.",
        "USDA FSIS, Poultry: Basting, Brining, and Marinating",
        words="reserved marinade, remaining marinade, reserve the marinade, reserve marinade, marinade over",
    ),
    Rule(
        "leftovers",
        "Cool leftovers within 2 hours, and heat them to 165 °F (74 °C).",
        _FSIS,
        words="leftover, overnight, room temperature, reheat, refrigerate, make ahead",
    ),
    Rule(
        "wild food",
        "Eat only wild plants and mushrooms that an expert has identified.",
        "FDA, Bad Bug Book, mushroom toxins",
        "wild mushroom, foraged mushroom, foraged, ramp, elderberry, elderflower, fiddlehead, nettle",
    ),
)
"""The rules, in the order in which they are shown."""

_HEATING = """bake boil broil fry saute simmer roast grill microwave poach steam scald braise oven toast
    scramble cook heat
    skillet saucepan stove griddle boiling baking preheat brown griddled waffle deep wok barbecue smoker"""
_HEAT = frozenset(_HEATING.split())
_OVEN = frozenset(("preheat", "oven", "griddle", "waffle"))
_SENTENCE = re.compile(r"(?<=[.;!?])\s+")
_NO_HEAT = re.compile(r"\bno[- ]bake\b|\b(?:do not|don['’]t|without|never|no)\s+\w+", re.IGNORECASE)


def safety_notes(recipe: Recipe) -> tuple[SafetyNote, ...]:
    """Return what the rules say of a recipe, in their order."""
    title, bought = _words([recipe.title]), _words(list(recipe.ingredients))
    listed = _words([recipe.title, *recipe.ingredients])
    told = _words([recipe.title, *recipe.steps])
    everything = _words([recipe.title, *recipe.ingredients, *recipe.steps])
    sentences = [sentence for step in recipe.steps for sentence in _SENTENCE.split(step)]
    notes = []
    for rule in RULES:
        ingredients, words = _found(rule.ingredients, _without(rule.but_not, listed)), _found(rule.words, told)
        words += tuple(one for one in _found(rule.makes, _without(rule.but_not, title)) if f" {one} " not in bought)
        if (rule.ingredients and not ingredients) or (rule.words and not words):
            continue
        if rule.and_words and not _found(rule.and_words, told):
            continue
        if (rule.unless_heated and _is_heated(rule, sentences)) or _found(rule.unless, everything):
            continue
        notes.append(SafetyNote(rule, tuple(dict.fromkeys((*ingredients, *words)))))
    return tuple(notes)


def _is_heated(rule: Rule, sentences: list[str]) -> bool:
    """Return whether directions name cooking from the first sentence on that names the ingredients of a rule.

    An oven is heated before; where no sentence names them, any cooking counts.
    """
    named = [number for number, sentence in enumerate(sentences) if _found(rule.ingredients, _words([sentence]))]
    first = min(named, default=0)
    is_oven_hot = any(not _OVEN.isdisjoint(folded_words(sentence)) for sentence in sentences)
    return is_oven_hot or any(_names_heat(sentence) for sentence in sentences[first:])


def _names_heat(step: str) -> bool:
    return not _HEAT.isdisjoint(folded_words(_NO_HEAT.sub(" ", step)))


def _words(lines: list[str]) -> str:
    """Return the folded words of lines, between spaces, with a mark between lines."""
    return f" {' | '.join(' '.join(folded_words(line)) for line in lines)} "


def _without(phrases: str, words: str) -> str:
    for phrase in _folded(phrases):
        words = words.replace(f" {phrase} ", " | ")
    return words


def _folded(phrases: str) -> list[str]:
    return [" ".join(folded_words(phrase)) for phrase in phrases.split(",") if phrase.strip()]


def _found(phrases: str, words: str) -> tuple[str, ...]:
    """Return the phrases, separated by commas, that stand among words; not one that is a part of another one found."""
    found = [phrase for phrase in _folded(phrases) if f" {phrase} " in words]
    return tuple(one for one in found if not any(one != other and one in other for other in found))
