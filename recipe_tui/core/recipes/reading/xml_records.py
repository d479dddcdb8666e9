"""Read recipes from XML: MasterCook's ``.mx2``, Gourmet's ``.grmt``, RecipeML, Living Cookbook's ``.fdx`` and others.

What these have in common is read: an element for each recipe, and in it named elements or attributes for the title, the
ingredients with their amounts, and the steps. Groups of ingredients are elements with a name of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, cast

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.field_names import QUANTITIES, names, plain_name
from recipe_tui.core.recipes.reading.files import BrokenOffError, cut_off, open_source, read_text
from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.places import Place, as_json
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.reading.xml_text import before_cut, parse_documents
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element

_LIMIT = 16 * 2**20  # bytes of a document
_TAG_LIMIT = 1_000_000  # in one document
_LONGEST_TAGS = 10_000  # characters of all categories
_ROOT = re.compile(
    rb"\A(?:<\?xml[^>]{0,200}\?>|<!DOCTYPE\s+(?!html)[^>\[]{0,300}(?:\[.{0,4000}?\]\s*)?>|<!--.{0,2000}?-->|\s)*"
    rb"<(?:[\w.-]{1,30}:)?(?:mx2|gourmetDoc|recipeml|fdx|recipes?|recipe-?(?:book|list|collection)|cookbook|krecipes|[\w-]{0,30}recipes)\b",
    re.IGNORECASE | re.DOTALL,
)
# Names of elements and attributes as `plain_name` writes them, in the dialects and in everyday XML.
_RECIPE = names("recipe rcpe krecipesrecipe")
_TITLE = names("title name nam recipename")
_INGREDIENT = names("ingredient ing ingr recipeingredient")
_GROUP = names("inggroup ingdiv ingredientgroup group section ingredientsection")
_GROUP_NAME = names("groupname title name heading")
_UNIT = names("unit measure units uom")
_AMOUNT = tuple(name for name in (*names("amount qty quantity amt number"), *QUANTITIES) if name not in _UNIT)
_ITEM = names("item name ingredient text food")
_PREPARATION = names("iprp prep preparation note notes")
_MEASURES = frozenset(_AMOUNT + _UNIT)
_PARTS = _MEASURES | frozenset(_ITEM + _PREPARATION)
_MARKERS = names("code heading inti")  # of an ingredient
_UNKNOWN_AMOUNT = re.compile(r"\s*[\d½¼¾⅓⅔⅛][\d½¼¾⅓⅔⅛.,/ -]{0,10}[^\W\d_]{0,8}\.?\s*")
_STEPS = names("directions instructions dirs method steps recipeprocedures procedure preparationsteps")
_STEP = names("step dirt instruction direction recipeprocedure proceduretext p")
_STEP_TEXT = names("text description instruction direction value")  # attributes
_LISTED = {
    "categories": names("category cat catt categories recipetypes"),
    "cuisine": names("cuisine"),
    "servings": names("yields yield servings serves servingsize serv"),
    "preptime": names("preptime prpt preparationtime"),
    "cooktime": names("cooktime cookingtime"),
    "totaltime": names("totaltime"),
}
_FIELD_OF = {name: field for field, known in _LISTED.items() for name in known}


def is_xml_records(head: bytes) -> bool:
    """Return whether a text is XML whose root is a recipe, a list of recipes, or a program's export."""
    return _ROOT.match(head) is not None


def read_xml(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of an XML document.

    Raises:
        SourceError: It is no XML, or too large.
    """
    for number, record in enumerate(_records(path), start=1):
        yield from read_record(record, Source(str(path), number))


def xml_place(path: Path, place: Place) -> str:
    """Return a recipe of a document as JSON, indented."""
    for record in islice(_records(path), place.line - 1, None):
        return as_json(record)
    raise SourceError(f"{path}: has no record {place.line:,}", "build the store again")


def _records(path: Path) -> Iterator[dict[str, object]]:
    cut: BrokenOffError | None = None
    text = ""
    try:
        with open_source(path) as stream:
            text = read_text(stream, path, _LIMIT)
    except BrokenOffError as error:
        cut = error
    if text.count("<") > _TAG_LIMIT:
        raise SourceError(f"{path}: more than {_TAG_LIMIT:,} tags in one document", "export fewer recipes at once")
    before = before_cut(text)
    if before is not None:
        cut = cut or cut_off(path, text.count("\n") + 1)
        text = before
    roots = parse_documents(text, path)
    for element in (inner for root in roots for inner in root.iter("br", "BR")):
        element.tail = f" {element.tail or ''}"
    recipes = [element for root in roots for element in root.iter("*") if _name(element) in _RECIPE and len(element)]
    for element in recipes or ([] if cut else roots):
        if _name(element.getparent()) not in _RECIPE:
            yield _record(element)
    if cut:
        raise cut


def _record(element: _Element) -> dict[str, object]:
    record: dict[str, object] = {"title": "", "ingredients": [], "directions": []}
    for name, value in element.attrib.items():
        _describe(plain_name(str(name)), str(value), record)
    lists = cast("dict[str, list[str]]", record)
    for child in _below(element, ("head",)):
        name = _name(child)
        if name in _STEPS or name in _STEP[:-1] or any(_name(inner) in _STEP[:-1] for inner in child):
            lists["directions"] += _steps(child)
        elif name in _INGREDIENT or name in _GROUP or any(_name(inner) in _INGREDIENT + _GROUP for inner in child):
            lists["ingredients"] += _ingredients(child)
        elif name in ("ingredients", "ingredientlist"):
            lists["ingredients"] += _text(child).split("\n")
        elif len(child) and name not in ("serv", "prpt"):
            for inner in child:
                _describe(_name(inner), _value(inner), record)
        else:
            _describe(name, _value(child), record)
    return record | _unread_amounts(element)


def _describe(name: str, value: str, record: dict[str, object]) -> None:
    if name in _TITLE and not record["title"]:
        record["title"] = value
    field = _FIELD_OF.get(name)
    if field and value and len(str(record.get(field, ""))) < _LONGEST_TAGS:
        record[field] = f"{record[field]},{value}" if field == "categories" and field in record else value


def _below(element: _Element, wrappers: tuple[str, ...]) -> Iterator[_Element]:
    """Yield the elements in an element, and those in the wrappers among them."""
    for child in element.iterchildren("*"):
        if _name(child) in wrappers:
            yield from child.iterchildren("*")
        else:
            yield child


def _ingredients(element: _Element) -> Iterator[str]:
    if _name(element) in _INGREDIENT:
        if line := _measured(element):
            yield line
        return
    if _name(element) in _GROUP and (heading := _part(element, _GROUP_NAME)):
        yield as_heading(heading)
    for child in element.iterchildren("*"):
        if _name(child) in _INGREDIENT or len(child):
            yield from _ingredients(child)


def _measured(element: _Element) -> str:
    """Write out an ingredient: its parts are elements, attributes, or its own text."""
    item, text = _part(element, _ITEM), _spaced_text(element)
    if element.get("code") == "S" or (element.get("Heading") or "N").upper() in ("Y", "TRUE"):
        return as_heading(item or text)
    if not item or any(map(str.strip, _beside_parts(element))):
        return _with_attributes(text, element)
    amount = next((child for child in element.iterchildren("*") if _name(child) in _AMOUNT and len(child)), element)
    measures = (_part(amount, known) or _of_parts(element, known) for known in (_AMOUNT, _UNIT))
    preparation = _part(element, _PREPARATION)
    line = " ".join(filter(None, (*measures, item)))
    return f"{line}, {preparation}" if preparation else line


def _with_attributes(text: str, element: _Element) -> str:
    """Add to an ingredient's text what its attributes say besides."""
    of = _attributes(element)
    amount, unit, item, preparation = (_first(of, known) for known in (_AMOUNT, _UNIT, _ITEM, _PREPARATION))
    if item and item.lower() not in text.lower():
        text = f"{text} {item}" if text[:1].isnumeric() else f"{item}, {text}" if text else item
    measure = " ".join(filter(None, (amount, unit)))
    if not text.lower().startswith((amount or unit).lower() + " "):
        text = f"{measure} {text}".strip()
    return f"{text}, {preparation}" if preparation and preparation.lower() not in text.lower() else text


def _spaced_text(element: _Element) -> str:
    """Return all text of an ingredient in its order, with blanks around its parts."""
    pieces = [element.text or ""]
    for child in element.iterchildren("*"):
        pieces.append(f" {_text(child)} " if _name(child) in _PARTS else "".join(map(str, child.itertext())))
        pieces.append(child.tail or "")
    return " ".join("".join(pieces).split())


def _beside_parts(element: _Element) -> Iterator[str]:
    """Yield the text of an ingredient that no part of it holds."""
    yield element.text or ""
    for child in element.iterchildren("*"):
        yield child.tail or ""


def _attributes(element: _Element) -> dict[str, str]:
    return {plain_name(str(name)): str(value) for name, value in element.attrib.items()}


def _first(found: dict[str, str], known: tuple[str, ...]) -> str:
    return next((" ".join(found[name].split()) for name in known if found.get(name, "").strip()), "")


def _of_parts(element: _Element, known: tuple[str, ...]) -> str:
    """Return the first attribute of one of the names that a part of an ingredient has, ``<amount unit="g">``."""
    parts = (child for child in element.iterchildren("*") if _name(child) in _PARTS)
    return next((value for part in parts if (value := _first(_attributes(part), known))), "")


def _unread_amounts(recipe: _Element) -> dict[str, str]:
    """Return the parts of ingredients that look like amounts and have names that are not understood."""
    unread: dict[str, str] = {}
    for element in recipe.iter("*"):
        if _name(element) in _INGREDIENT:
            found = _attributes(element) | {_name(child): child.text or "" for child in element.iterchildren("*")}
            for name in sorted(found.keys() - _PARTS - frozenset(_MARKERS)):
                if _UNKNOWN_AMOUNT.fullmatch(found[name]) and not name.endswith("id") and columns((name,)).unread:
                    unread.setdefault(f"ingredient {name}", found[name])
    return unread


def _part(element: _Element, known: tuple[str, ...]) -> str:
    """Return the text of the first attribute or child of one of the names, each in turn."""
    found = _attributes(element)
    for child in element.iterchildren("*"):
        if not any(len(inner) for inner in child):
            found.setdefault(_name(child), _text(child))
    return _first(found, known)


def _steps(element: _Element) -> list[str]:
    """Return the texts of the innermost steps, with the text of the tags in them, or else the lines."""
    found = [child for child in element.iter("*") if _name(child) in _STEP]
    texts = [
        _text(step) or _first(_attributes(step), _STEP_TEXT)
        for step in found
        if not any(_name(inner) in _STEP for inner in step.iterdescendants("*"))
    ]
    steps = [text for text in texts if text]
    return steps or [line for line in _text(element).split("\n") if line.strip()]


def _value(element: _Element) -> str:
    """Return an element's text, or what MasterCook has in an attribute instead."""
    return _text(element).strip() or " ".join(map(str, element.attrib.values()))


def _text(element: _Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _name(element: _Element | None) -> str:
    tag = element.tag if element is not None else ""
    return _plain_tag(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1024)
def _plain_tag(tag: str) -> str:
    return plain_name(tag.rpartition("}")[2])
