"""Find the recipes that a page marks up in its own elements: HTML microdata and RDFa of schema.org's Recipe.

See https://html.spec.whatwg.org/multipage/microdata.html and https://www.w3.org/TR/rdfa-lite/. Elements become objects
as JSON-LD has them. A property that stands once and holds a list becomes that list.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, cast

from recipe_tui.core.recipes.markup import HIDDEN, element_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

_RECIPE = re.compile(r"(?:^|[/:#\s])Recipe\b(?!/)")
_RECIPES = 500  # on one page
_REFERRING = 10  # recipes on one page whose ``itemref`` is followed
_PROPERTIES = 10_000  # of one item
_DEPTH = 16  # of items in one another
_RECIPE_LISTS = re.compile(r"ingredient|instructions", re.IGNORECASE)
_TODAY = {"ingredients": "recipeIngredient", "ingredient": "recipeIngredient", "instructions": "recipeInstructions"}
"""Schema.org's older names of properties, beside which pages use those of today."""
_PASTED = 'content="[{"'
_LISTS = re.compile(r"instruction|direction|method|step", re.IGNORECASE)


class _Syntax(NamedTuple):
    scope: str
    type: str
    property: str


_SYNTAXES = (_Syntax("itemscope", "itemtype", "itemprop"), _Syntax("typeof", "typeof", "property"))


def marked_up_recipes(root: _Element) -> Iterator[dict[str, object]]:
    """Yield the recipes of a page in its order, as objects with schema.org's names."""
    for syntax in _SYNTAXES:
        scopes = (element for element in root.iter("*") if element.get(syntax.scope) is not None)
        recipes = (element for element in scopes if _RECIPE.search(element.get(syntax.type) or ""))
        for number, element in enumerate(islice(recipes, _RECIPES)):
            yield _item(element, syntax, 0, follows_references=number < _REFERRING)


def unscoped_recipes(root: _Element) -> Iterator[dict[str, object]]:
    """Yield the recipes of Recipe Keeper's HTML, which has schema.org's properties and no items around them."""
    for element in islice(root.iterfind(".//*[@itemprop='name']"), _RECIPES):
        parents = (one for one in element.iterancestors() if "recipe-details" in (one.get("class") or "").split())
        if (details := next(parents, None)) is not None:
            yield _item(details, _SYNTAXES[0], 0)


def loose_properties(root: _Element) -> dict[str, object]:
    """Return the ingredients and steps that a page marks up, whatever item they belong to."""
    return {name: value for name, value in _item(root, _SYNTAXES[0], 0).items() if _RECIPE_LISTS.search(name)}


def escape_json_in_attributes(text: str) -> str:
    """Escape the quotes of JSON that a page has pasted into an attribute, ``content="[{"@type": ...}]"``."""
    pieces: list[str] = []
    place = 0
    while (start := text.find(_PASTED, place)) >= 0 and (end := text.find('}]"', start)) >= 0:
        value = start + _PASTED.index("[")
        pieces += text[place:value], text[value : end + 2].replace('"', "&quot;")
        place = end + 2
    return "".join((*pieces, text[place:]))


def _item(scope: _Element, syntax: _Syntax, depth: int, follows_references: bool = False) -> dict[str, object]:
    properties: dict[str, list[object]] = {}
    elements: dict[str, list[_Element]] = {}
    referred = _referred(scope) if follows_references else []
    for element in islice(_property_elements([*scope, *referred], syntax), _PROPERTIES):
        names = (re.split(r"[:/#]", name)[-1] for name in (element.get(syntax.property) or "").split())
        for name in dict.fromkeys(_TODAY.get(name, name) for name in names):
            elements.setdefault(name, []).append(element)
    for name, found in elements.items():
        values = properties.setdefault(name, [])
        for element in found:
            if element.get(syntax.scope) is not None and depth < _DEPTH:
                values.append(_item(element, syntax, depth + 1))
            else:
                values += _values(element, is_list=len(found) == 1 or _LISTS.search(name) is not None)
        half = len(values) // 2
        if half > 1 and values[:half] == values[half:]:  # written twice, for narrow and for wide screens
            del values[half:]
        properties[name] = _without_summary(values)
    item: dict[str, object] = {"@type": re.split(r"[:/#]", (scope.get(syntax.type) or "").strip())[-1]}
    if depth and not properties and (lines := element_lines(scope)):  # an item that only wraps a text
        item["text"] = " ".join(lines)
    single = {name: values[0] if len(values) == 1 else list(values) for name, values in properties.items()}
    return {**item, **single}


def _without_summary(values: list[object]) -> list[object]:
    """Return the values without a text that holds all others, as pages have it for search engines, in a ``meta``."""
    squeezed = ["".join(value.split()) if isinstance(value, str) else None for value in values]
    whole = sum(len(one) for one in squeezed if one) / 2
    for place, text in enumerate(squeezed):
        if text and len(values) > 2 and len(text) == whole:
            others = squeezed[:place] + squeezed[place + 1 :]
            if None not in others and text == "".join(filter(None, others)):
                return values[:place] + values[place + 1 :]
    return values


def _referred(scope: _Element) -> list[_Element]:
    """Return the elements outside of an item that it refers to by their ids."""
    names = scope.get("itemref")
    return cast("list[_Element]", scope.xpath("id($names)", names=names)) if names else []


def _property_elements(elements: Sequence[_Element], syntax: _Syntax) -> Iterator[_Element]:
    """Yield the elements of an item's properties among elements, and none of those of items within it."""
    waiting = list(reversed(elements))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str) or (element.tag in HIDDEN - {"head", "object", "link", "meta"}):
            continue
        is_property = element.get(syntax.property) is not None
        if is_property:
            yield element
        # A property's text may hold further properties (an ingredient's amount), which are not the recipe's own.
        if element.get(syntax.scope) is None and not (is_property and _is_leaf(element, syntax)):
            waiting.extend(reversed(element))


def _is_leaf(element: _Element, syntax: _Syntax) -> bool:
    name = (element.get(syntax.property) or "").lower()
    return "ingredient" in name or name == "name"


def _values(element: _Element, is_list: bool) -> list[object]:
    for attribute in ("content", "datetime"):
        if element.get(attribute):
            return [element.get(attribute)]
    if element.tag == "link" and (address := element.get("href")):
        return [address]
    if element.tag in ("img", "link"):
        return []
    lines = element_lines(element)
    if is_list:
        return list(lines)
    return [" ".join(lines)] if lines else []
