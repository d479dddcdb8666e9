"""Read recipes from Markdown: headings over lists, as Hugo and Jekyll sites and note books have them.

A recipe has a heading for its ingredients and one for its directions, in any of several languages; its title is the
front matter's, or the heading above them. What stands under other headings, such as notes, is left out.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.files import MARKDOWN_LIMIT, open_source, read_text
from recipe_tui.core.recipes.reading.front_matter import split_front_matter
from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.markdown_text import Part, markdown_parts
from recipe_tui.core.recipes.reading.records import Unreadable, described, read_record
from recipe_tui.core.recipes.reading.shapes import is_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recipe_tui.core.recipes.reading.places import Place

_INGREDIENTS = re.compile(
    r"\W*(?:(?:\w+ ){0,2}ingredients?(?: list)?|what you(?:'ll| will)? need|you will need|shopping list"
    r"|zutaten(?:liste)?|ingr[ée]dients?|ingredientes|ingredienti|ingrediënten|ingredienser|składniki|ингредиенты"
    r"|malzemeler|必备原料和工具|必备原料|原料|食材|材料|用料|配料|計算|计算)\b.{0,30}",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\W*(?:(?:\w+ ){0,2}(?:directions?|instructions?|method|steps|procedure|preparation|preparing)"
    r"|how to (?:make|cook)(?: it)?|cooking|to make|making(?: it)?|zubereitung|anleitung|pr[ée]paration"
    r"|instrucciones|preparaci[óo]n|elaboraci[óo]n|preparazione|procedimento|bereiding(?:swijze)?|modo de preparo"
    r"|instruções|tillagning|gör så här|fremgangsmåde|fremgangsmåte|przygotowanie|приготовление|yapılışı"
    r"|操作|做法|步骤|制作步骤|作り方|手順|만드는 법)\b.{0,30}",
    re.IGNORECASE,
)
_FRONT_MATTER = re.compile(r"\A(?:---|\+\+\+)\n(?:(?!---|\+\+\+)[^\n]*\n){0,200}?ingredients\s*[:=]", re.IGNORECASE)
_HEADINGS = (
    re.compile(r"^ {0,3}#{1,6} +([^\n#]{1,60})", re.MULTILINE),
    re.compile(r"^(\S[^\n]{1,60})\n(?:=|-){3,}[ \t]*$", re.MULTILINE),  # underlined
    re.compile(r"^(?:\*\*|__)([^\n*_]{1,60}?):?(?:\*\*|__):?[ \t]*$", re.MULTILINE),  # in bold, on a line of its own
)
_PAIR = re.compile(r"[^\w\n]*(\w[\w -]{1,30}?)\s*:\s*(\S.{0,100})")  # "Prep time: 5 min"
_BOLD_LEVEL = 2
_TRAILING = re.compile(r"\s*(?:的做法|recipe)\s*$", re.IGNORECASE)


class _Section(NamedTuple):
    field: str | None
    level: int


def is_markdown(head: bytes) -> bool:
    """Tell whether a text has a heading for its ingredients, or front matter with a list of them."""
    text = head.decode("utf-8", "replace")
    return _FRONT_MATTER.match(text) is not None or any(
        _INGREDIENTS.fullmatch(match[1].strip()) for pattern in _HEADINGS for match in pattern.finditer(text)
    )


def read_markdown(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of a Markdown document.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        text = read_text(stream, path, MARKDOWN_LIMIT)
    fields, body = split_front_matter(text)
    before = text.count("\n", 0, len(text) - len(body))
    named = fields.get("title") or fields.get("name") or path.stem.replace("-", " ").replace("_", " ").capitalize()
    if is_record(fields):
        yield from read_record({"title": named, **fields}, Source(str(path), 1))
        return
    parts = [_with_level(part) for part in markdown_parts(body)]
    for line, record in _recipes(parts, str(named)):
        record = {**_pairs(parts), **record, **described(fields)}
        if fields.get("title") and not line:
            record["title"] = str(fields["title"])
        yield from read_record(record, Source(str(path), before + line + 1), columns(tuple(fields)).unread)


def markdown_place(path: Path, place: Place) -> str:
    """Return a Markdown document from the recipe's first line to the next recipe."""
    with open_source(path) as stream:
        lines = read_text(stream, path).splitlines(keepends=True)
    first = 0 if place.line == 1 or place.end is None else place.line - 1
    return "".join(lines[first : place.end - 1 if place.end else None])


def _recipes(parts: Sequence[Part], named: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield each recipe of a document with the line of its title, 0 for one that the document itself is named for."""
    lists: dict[str, list[str]] = {"ingredients": [], "directions": []}
    section = _Section(None, 0)
    title, title_line = named, 0
    last_heading: Part | None = None
    for part in parts:
        if part.level:
            field = _field(part.text)
            is_below = last_heading is not None and last_heading.level < part.level
            if field == "ingredients" and lists["directions"] and last_heading is not None and is_below:
                yield title_line, {"title": title, **lists}
                lists = {"ingredients": [], "directions": []}
                title, title_line = _TRAILING.sub("", last_heading.text), last_heading.line
            if field == "directions":
                last_heading = None
            if (field and field != section.field) or (field and part.level <= section.level):
                section = _Section(field, part.level)
            elif section.field and part.level > section.level:
                lists[section.field].append(as_heading(part.text))
            else:
                if not any(lists.values()) and part.level == 1:
                    title = _TRAILING.sub("", part.text)
                section = _Section(None, part.level)
                last_heading = part
        elif section.field and (section.field == "directions" or part.is_item or not _is_prose(part.text)):
            lists[section.field] += [line for line in part.text.split("\n") if line.strip()]
    if any(lists.values()):
        yield title_line, {"title": title, **lists}


def _with_level(part: Part) -> Part:
    """Make a heading of a paragraph in bold that is worded like one: ``**Ingredients:**``."""
    is_heading = part.emphasis in ("**", "__") and not part.is_item and _field(part.text.rstrip(": "))
    return part._replace(text=part.text.rstrip(": "), level=_BOLD_LEVEL) if is_heading and not part.level else part


def _pairs(parts: Sequence[Part]) -> dict[str, object]:
    """Return the servings and times that are named above the first list of ingredients."""
    head = takewhile(lambda part: not (part.level and _field(part.text)), parts)
    lines = (line for part in head for line in part.text.split("\n"))
    return described({match[1]: match[2] for line in lines if (match := _PAIR.fullmatch(line))})


def _is_prose(text: str) -> bool:
    return (len(text.split()) > 12 or text.endswith(".")) and not text.endswith(":")


def _field(heading: str) -> str | None:
    heading = heading.strip()
    if heading.lower().startswith("for "):  # "For the preparation" heads a group of ingredients
        return None
    if _INGREDIENTS.fullmatch(heading):
        return "ingredients"
    return "directions" if _STEPS.fullmatch(heading) else None
