"""What the headings of a recipe in Markdown announce: ingredients, directions, or an aside such as notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.recipes.lines import NUMBER_WORDS, STEP_OPENERS
from recipe_tui.core.recipes.reading.field_names import INGREDIENTS, STEPS, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.recipes.reading.items import Field
    from recipe_tui.core.recipes.reading.markdown_text import Part

_INGREDIENTS = re.compile(
    r"[\W\d]*(?:(?P<before>(?:\w+ (?:& )?){0,2})ingredients?(?: list)?"
    r"|(?:what )?you(?:['’]ll| will)? need(?= for\b|\W*$)|shopping list"
    r"|zutaten(?:liste)?|ingr[ée]dients?|ingredientes|ingredienti|ingrediënten|ingredienser|składniki|ингредиенты"
    r"|malzemeler|必备原料和工具|必备原料|原料|食材|材料|用料|配料|計算|计算)\b(?P<after>.{0,30})",
    re.IGNORECASE,
)
_DIRECTIONS = re.compile(
    r"[\W\d]*(?:(?P<before>(?:\w+ (?:& )?){0,2})"
    r"(?:directions?|instructions?|method|steps|procedure|preparation|preparing)"
    r"|how to (?:make|cook|do|prepare)(?: it)?|what (?:to|you) do|how (?:it['’]s|you) (?:made|make it)|here['’]s how"
    r"|cooking|to make|making(?: it)?|zubereitung|anleitung|pr[ée]paration"
    r"|instrucciones|preparaci[óo]n|elaboraci[óo]n|preparazione|procedimento|bereiding(?:swijze)?|modo de preparo"
    r"|instruções|tillagning|gör så här|fremgangsmåde|fremgangsmåte|przygotowanie|приготовление|yapılışı"
    r"|操作|做法|步骤|制作步骤|作り方|手順|만드는 법)\b(?P<after>.{0,30})",
    re.IGNORECASE,
)
_PATTERNS: dict[Field, re.Pattern[str]] = {"ingredients": _INGREDIENTS, "directions": _DIRECTIONS}
_NAMES: dict[Field, frozenset[str]] = {  # which other languages write as one word or two
    "ingredients": frozenset(INGREDIENTS),
    "directions": frozenset(STEPS) - {"steg", "tarif", "method", "label"},
}
_ASIDE = re.compile(
    r"\W*(?:(?:(?:[\w'’]+ly|chef['’]?s?|cooks?['’]?s?|cooking|baking|recipe|serving|storage|pro|more|some|other|our|my|the"
    r"|a few|useful|helpful|general|quick) ){0,2}(?:tips?|hints?|tricks?)"  # "Beef tips" are none
    r"|(?:[\w'’]+ ){0,3}(?:notes?|variations?|variants?|alternatives?|substitut(?:ions?|es?)"
    r"|sources?|credits?|references?|links?|see also|related|story|history|background|about|authors?|contribut\w+"
    r"|comments?|faq|equipment|tools|utensils|cookware|nutrition\w*|storage|storing|make ahead|freezing|leftovers"
    r"|reheating|serving (?:suggestions?|sizes?|ideas?)|pairings?|remarks|allergens"
    r"|notiz(?:en)?|hinweise?|tipps?|anmerkung(?:en)?|bemerkung(?:en)?|varianten?|quellen?|nährwerte?|utensilien"
    r"|zubehör|aufbewahrung|astuces?|conseils?|variantes?|remarques?|ustensiles|matériel|notas?|consejos?|trucos?"
    r"|variaciones|utensilios|conservaci[óo]n|consigli|varianti|conservazione|dicas?|variações|opmerkingen|notities"
    r"|uwagi|wskazówki|примечани[ея]|советы?|заметки|notlar|ipuçları"
    r"|附加内容|小贴士|贴士|注意事项|备注|参考资料|参考|提示|技巧|工具|メモ|コツ|ポイント|備考|팁|메모))"
    r"(?:\W*| (?:for|on|about|and|to|from|of|by|facts|instructions|information|per)\b.{0,40}|\s*[^\w\s].{0,40})"
    r"|(?:how to (?:store|freeze|reheat|serve)|why|did you know)\b.{0,40}",
    re.IGNORECASE,
)
_COMPONENT = re.compile(
    r"\W*(?:(?:for (?:the|your)|f[üu]r (?:den|die|das)|pour (?:les?|la|l['’])|para (?:el|las?|los|o|a)"
    r"|per (?:il|la|l['’]))\b.{1,40}"
    r"|(?:the )?(?:cakes?|sponge|base|crust|filling|topping|frosting|icing|glaze|garnish|streusel|batter))\W*",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+and\s+|\s*[&+/和与及]\s*|\s+(?:und|et|y|e|en|och|og)\s+", re.IGNORECASE)
_PART_OF_THE_WORK = re.compile(
    r"(?:step|part|stage|phase|day)\b.{0,40}|(?:first|second|third|fourth|final|last|next)\b.{0,40}|assembl\w+.{0,40}",
    re.IGNORECASE,
)
_FUNCTION_WORDS = "after at before do for gently if in just let on once serve the then to until using when while with"
_VERBS = STEP_OPENERS - frozenset(_FUNCTION_WORDS.split())
_QUANTITY = re.compile(r"[\d½¼¾⅓⅔⅛]")
_LONGEST_INGREDIENT = 20  # words
_LONGEST_HEADING = 100  # characters; the patterns take quadratic time


def heading_kind(heading: str) -> Field | Literal["aside"] | None:
    """Return what a heading announces; None where its wording does not tell."""
    heading = heading.strip()
    # "For the preparation" heads a group of ingredients.
    if heading.lower().startswith("for ") or len(heading) > _LONGEST_HEADING:
        return None
    field = _field(heading)
    asides = [_is_aside(part) for part in _AND.split(heading)]
    if field and not any(asides):
        return field
    if field and any(_field(part) for part, aside in zip(_AND.split(heading), asides, strict=True) if not aside):
        return field  # "Ingredients and equipment"
    return "aside" if asides[0] or _is_aside(heading) else None


def is_bare(heading: str, field: Field) -> bool:
    """Return whether a heading says no more than which field it is, as "Ingredients" and unlike "Sauce ingredients"."""
    match = _PATTERNS[field].fullmatch(heading.strip())
    if match is None or plain_name(heading) in _NAMES[field]:
        return plain_name(heading) in _NAMES[field]
    return not re.search(r"\w", (match["before"] or "") + match["after"])


def is_component(heading: str) -> bool:
    """Return whether a heading names a part of a dish, as "For the frosting" and "Filling"."""
    return _COMPONENT.fullmatch(heading) is not None


def field_below(heading: str, parts: Sequence[Part], has_directions: bool) -> Field | None:
    """Return the field to which the text below a heading belongs whose wording does not tell; None if to none.

    Args:
        heading: The heading, such as "Spice blend", "Second part" or "Baking".
        parts: What stands below it, up to the next heading.
        has_directions: Whether the recipe's directions stand above it.
    """
    items = [part for part in parts if part.is_item]
    if 2 * sum(map(_is_measured, items)) > len(items):
        return "ingredients"
    if any(part.is_ordered for part in items):
        return "directions"
    if parts and (_PART_OF_THE_WORK.fullmatch(heading) or _opens_with_verb(heading)):
        return "directions"
    if 2 * sum(_opens_with_verb(part.text) for part in items) > len(items):
        return "directions"
    return "ingredients" if items and not has_directions else None


def _field(heading: str) -> Field | None:
    found = next((field for field, pattern in _PATTERNS.items() if pattern.fullmatch(heading)), None)
    return found or next((field for field, known in _NAMES.items() if plain_name(heading) in known), None)


def _is_aside(heading: str) -> bool:
    """Return whether a heading is one of notes, unless it names work: "Prepare the tools"."""
    first = _first_word(heading)
    return _ASIDE.fullmatch(heading) is not None and (first not in _VERBS or first in ("make", "tip"))


def _is_measured(part: Part) -> bool:
    words = part.text.lower().split()
    is_quantity = _QUANTITY.match(part.text) or (words[0] in NUMBER_WORDS and not part.text.endswith("."))
    return bool(is_quantity) and len(words) <= _LONGEST_INGREDIENT


def _opens_with_verb(text: str) -> bool:
    """Return whether a text opens like a step, with "fry" or, as headings do, with "frying"."""
    word = _first_word(text)
    stem = word.removesuffix("ing")
    if stem == word or len(stem) < 2:
        return word in _VERBS
    return not _VERBS.isdisjoint((stem, stem + "e", stem[:-1] if stem[-1] == stem[-2] else stem))


def _first_word(text: str) -> str:
    return next(iter(re.findall(r"[^\W\d_]+", text[:60].lower())), "")
