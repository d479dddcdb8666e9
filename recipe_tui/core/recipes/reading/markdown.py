"""Read recipes from Markdown: headings over lists, as Hugo and Jekyll sites and note books have them.

A recipe has a heading for its ingredients and one for its directions, in any of several languages; its title is the
front matter's, or the heading above them. Below another heading stands a group of

- steps, if its list is numbered, if its items open like steps, or if it names a part of the work: "Assembly";
- ingredients, if most items of its list begin with a quantity, or if it stands above the directions: "Spice blend".

Left out are sections of notes, tips, variations, sources, equipment, storage, nutrition and the like wherever they
stand, what stands above the ingredients besides servings and times, prose among the ingredients, lines that name the
source, and other sections that are no such group, such as a story, or after the directions what goes with the dish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.files import MARKDOWN_LIMIT, named_for, open_source, read_text
from recipe_tui.core.recipes.reading.front_matter import split_front_matter
from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.labelled_text import part_label, undecorated
from recipe_tui.core.recipes.reading.markdown_headings import field_below, heading_kind, is_bare, is_component
from recipe_tui.core.recipes.reading.markdown_text import Part, markdown_parts
from recipe_tui.core.recipes.reading.records import Unreadable, described, read_record
from recipe_tui.core.recipes.reading.shapes import is_record
from recipe_tui.core.recipes.reading.structured_ingredients import is_too_large
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recipe_tui.core.recipes.reading.items import Field
    from recipe_tui.core.recipes.reading.places import Place

_FRONT_MATTER = re.compile(r"\A(?:---|\+\+\+)\n(?:(?!---|\+\+\+)[^\n]*\n){0,200}?ingredients\s*[:=]", re.IGNORECASE)
_HEADINGS = (
    re.compile(r"^ {0,3}#{1,6} +([^\n#]{1,60})", re.MULTILINE),
    re.compile(r"^(\S[^\n]{1,60})\n(?:=|-){3,}[ \t]*$", re.MULTILINE),  # underlined
    re.compile(r"^(?:\*\*|__)(?=\S)([^\n*_]{1,60}?):?(?:\*\*|__):?[ \t]*$", re.MULTILINE),  # in bold, alone
)
_PAIR = re.compile(r"[^\w\n]*(\w[\w -]{1,30}?)\s*[:：]\s*(\S.{0,100})")  # "Prep time: 5 min"
_SERVINGS = re.compile(r"[^\w\n]*(servings?|serves|makes|yields?)\s+(\d[^.!?\n]{0,40})\.?", re.IGNORECASE)
_TIME = re.compile(  # "Prep 5 min", "Cook time: 1 hour"
    r"[^\w\n]*(\w{2,12}?|\w{2,12} time)\s*[:：]?\s*(\d[^\n]{0,20}?(?:min|h|hr|hour|day)[^\n]{0,20})", re.IGNORECASE
)
_BESIDE = re.compile(r"\s[|•·]\s")  # one another on a line
_TRAILING = re.compile(r"\s*(?:的做法|recipe)\s*$", re.IGNORECASE)
_SOURCE = re.compile(r"\W*(?:originally published|sources?:|adapted from|recipe (?:from|by)|credits?:)", re.IGNORECASE)
_QUANTITY = re.compile(r"[\d½¼¾⅓⅔⅛]")
_HEADING_LINE = re.compile(r" {0,3}(#{1,6}) ")
_UNDERLINE = re.compile(r"(?:=|-){3,80}[ \t]*")
_LABELS = (("ingredients", ""), ("directions", ""))
_HEAD_OF_LISTS = 2**14  # characters
_HEAD = 1000  # characters
_LONGEST_HEADING = 60  # characters


class _Section(NamedTuple):
    heading: Part
    parts: list[Part]


def is_markdown(head: bytes) -> bool:
    """Return whether a text has a heading for its ingredients, or front matter with a list of them."""
    text = head.decode("utf-8", "replace")
    return _FRONT_MATTER.match(text) is not None or any(
        heading_kind(match[1]) == "ingredients" for pattern in _HEADINGS for match in pattern.finditer(text)
    )


def is_labelled_markdown(head: bytes) -> bool:
    """Return whether a file named as Markdown has labels instead of headings, or a recipe's lists below a title."""
    text = _with_headings(split_front_matter(head.decode("utf-8", "replace").replace("\r\n", "\n"))[1][:_HEAD_OF_LISTS])
    return is_markdown(text.encode()) or next(_bare_recipes(_sections(markdown_parts(text)), "x"), None) is not None


def read_markdown(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of a Markdown document.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        text = read_text(stream, path, MARKDOWN_LIMIT)
    fields, body = split_front_matter(text)
    before = text.count("\n", 0, len(text) - len(body))
    fields = {name: value for name, value in fields.items() if name not in ("title", "name") or not is_too_large(value)}
    body = _with_headings(body)
    named = fields.get("title") or fields.get("name") or _first_line(body) or named_for(path)
    if is_record(fields):
        record = {"title": named, **fields}
        if not columns(tuple(fields)).has_steps:
            record["directions"] = _steps_below(_sections(markdown_parts(body)))
        yield from read_record(record, Source(str(path), 1))
        return
    sections = _sections(markdown_parts(body))
    for line, record in [*_recipes(sections, str(named))] or _bare_recipes(sections, str(named)):
        record = {**record, **described(fields)}
        if fields.get("title") and not line:
            record["title"] = str(fields["title"])
        yield from read_record(record, Source(str(path), before + line + 1), columns(tuple(fields)).unread)


def _with_headings(body: str) -> str:
    """Return a text in which labels such as "Ingredients:" are headings; no line is added.

    They are where they stand alone, end with a colon, or are underlined, even right below another paragraph.
    """
    lines = body.split("\n")
    level = 1
    for place, line in enumerate(lines):
        if match := _HEADING_LINE.match(line):
            level = len(match[1])
        if not line[:1].isalpha() or part_label(line) not in _LABELS:
            continue
        below = lines[place + 1] if place + 1 < len(lines) else ""
        if _UNDERLINE.fullmatch(below):
            lines[place : place + 2] = "", f"{'#' if below[0] == '=' else '##'} {line}"
        elif line.rstrip()[-1] in ":：" or not (place and lines[place - 1].strip()):
            lines[place] = f"{'#' * min(level + 1, 6)} {line.rstrip(' :：')}"
    return "\n".join(lines)


def _first_line(body: str) -> str:
    """Return the title of a text whose first line is one for readers and not for Markdown; empty for other texts."""
    first, second = ([line for line in body[:_HEAD].split("\n") if line.strip()] + ["", ""])[:2]
    title = undecorated(first).strip()
    is_title = title != first.strip() or heading_kind(second.strip(" #*_")) == "ingredients"
    is_heading = first.lstrip().startswith(("#", "- ", "![", "<")) or heading_kind(title) is not None
    return title if is_title and not is_heading and len(title) <= _LONGEST_HEADING else ""


def markdown_place(path: Path, place: Place) -> str:
    """Return a Markdown document from the recipe's first line to the next recipe."""
    with open_source(path) as stream:
        lines = read_text(stream, path).splitlines(keepends=True)
    first = 0 if place.line == 1 or place.end is None else place.line - 1
    return "".join(lines[first : place.end - 1 if place.end else None])


@dataclass(slots=True)
class _Draft:
    """A recipe, as far as it has been read."""

    title: str
    title_line: int = 0
    description: list[Part] = dataclass_field(default_factory=list)  # what stands above the first list
    first_level: int = 0  # of the first heading of ingredients or directions, 0 before it
    headings: dict[int, Part] = dataclass_field(default_factory=dict)  # above the first list, by level
    ingredients: list[str] = dataclass_field(default_factory=list)
    directions: list[str] = dataclass_field(default_factory=list)

    def component(self) -> Part | None:
        """Return the lowest heading above the first list that names a part of the dish."""
        levels = sorted(self.headings, reverse=True)
        return next((self.headings[level] for level in levels if is_component(self.headings[level].text)), None)

    def lines(self, field: Field) -> list[str]:
        return self.ingredients if field == "ingredients" else self.directions

    def add_heading(self, field: Field, heading: Part) -> None:
        self.lines(field).append(as_heading(heading.text))

    def add(self, field: Field, parts: Sequence[Part]) -> None:
        """Add text; prose among ingredients and a line that names the source are left out."""
        for part in parts:
            if not part.is_item and len(lines := _own_lines(part, field)) > 1:
                self.lines(field).extend(lines)
                continue
            if not part.is_item and (_SOURCE.match(part.text) or (field == "ingredients" and _is_prose(part.text))):
                continue
            if _is_bold(part) and not part.text.endswith((".", "!", "?")):
                self.add_heading(field, part)
            elif part.is_item and part.emphasis in ("**", "__"):
                self.lines(field).append(f"**{part.text}**")  # cleaning tells whether it is a heading
            else:
                self.lines(field).extend(line for line in part.text.split("\n") if line.strip())

    def record(self) -> dict[str, object]:
        lists = {"ingredients": self.ingredients, "directions": self.directions}
        return {**_described_in(self.description), "title": self.title, **lists}


def _sections(parts: Sequence[Part]) -> list[_Section]:
    """Return the headings, each with what stands below it; the first one, of level 0, is the document itself.

    A paragraph in bold that is worded like a heading is one, below the last heading: ``**Ingredients:**``.
    """
    sections = [_Section(Part(""), [])]
    level = 1
    for part in parts:
        if part.level:
            level = part.level + 1
        elif _is_bold(part) and heading_kind(part.text.rstrip(": ")):
            part = part._replace(text=part.text.rstrip(": "), level=max(level, 2))
        if part.level:
            sections.append(_Section(part, []))
        else:
            sections[-1].parts.append(part)
    return sections


def _is_bold(part: Part) -> bool:
    return part.emphasis in ("**", "__") and not part.is_item and len(part.text) <= _LONGEST_HEADING


def _recipes(sections: Sequence[_Section], named: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield each recipe of a document with the line of its title, 0 for one that the document itself is named for."""
    draft = _Draft(named)
    field: Field | None = None
    level = 0  # of the heading of the field
    aside = 0  # level of the heading of notes, 0 outside of them
    above: _Section | None = None  # the heading of a component, or the title of the next recipe
    for heading, parts in sections:
        if above and heading.level <= above.heading.level:
            above = None
        is_next = above is not None and above.heading.level < draft.first_level and not is_component(above.heading.text)
        kind = heading_kind(heading.text)
        if kind in ("ingredients", "directions"):
            if above and is_next and kind == "ingredients" and draft.directions:
                if own := draft.headings.get(above.heading.level):  # the title was the book's
                    draft.title, draft.title_line = _TRAILING.sub("", own.text), own.line
                yield draft.title_line, draft.record()
                draft = _Draft(_TRAILING.sub("", above.heading.text), above.heading.line, above.parts)
            if not draft.first_level:
                component = draft.component()
                above = _Section(component, []) if component else None
                draft.first_level = component.level if component else heading.level
            is_nested = field == kind and heading.level > level
            if above:
                draft.add_heading(kind, above.heading)
            elif is_nested or (draft.lines(kind) and not is_bare(heading.text, kind)):
                draft.add_heading(kind, heading)
            if not is_nested:
                field, level = kind, heading.level
            aside = 0
            draft.add(kind, parts)
        elif not draft.first_level:
            if heading.level == 1 and not heading.text.lower().startswith("for the "):
                draft.title = _TRAILING.sub("", heading.text)
            else:
                draft.headings[heading.level] = heading
            draft.description += parts
        elif above and is_next:
            above.parts.extend(parts)
        elif aside and heading.level > aside:
            continue
        elif kind == "aside":
            aside = heading.level
        else:
            aside = 0
            if not field or heading.level <= level:
                is_inside = heading.level >= draft.first_level
                field = field_below(heading.text, parts, bool(draft.directions)) if is_inside else None
                level = heading.level
            if field:
                draft.add_heading(field, heading)
                draft.add(field, parts)
            else:
                above = _Section(heading, parts)
    if draft.ingredients or draft.directions:
        yield draft.title_line, draft.record()


def _bare_recipes(sections: Sequence[_Section], named: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the recipes that are a title, a list of measured ingredients, and a numbered list or paragraphs."""
    for heading, parts in sections:
        last = max((place for place, part in enumerate(parts) if part.is_item and not part.is_ordered), default=-1)
        draft = _Draft(_TRAILING.sub("", heading.text) or named, heading.line)
        ingredients = [part for part in parts[: last + 1] if part.is_item]
        draft.description = [part for part in parts[: last + 1] if not part.is_item]
        draft.add("ingredients", ingredients)
        draft.add("directions", parts[last + 1 :])
        measured = sum(_QUANTITY.match(part.text) is not None for part in ingredients if not part.is_ordered)
        if 2 * measured > len(ingredients) and draft.directions:
            yield heading.line, draft.record()


def _steps_below(sections: Sequence[_Section]) -> list[str]:
    """Return the directions of a document whose front matter lists the ingredients; asides are left out."""
    draft = _Draft("")
    kinds = [heading_kind(heading.text) for heading, _ in sections]
    start = kinds.index("directions") if "directions" in kinds else 0
    is_numbered = any(part.is_ordered for _, parts in sections for part in parts)
    for (heading, parts), kind in zip(sections[start:], kinds[start:], strict=True):
        if kind == "aside":
            break
        if heading.text and kind != "directions":
            draft.add_heading("directions", heading)
        draft.add("directions", [part for part in parts if part.is_ordered or start or not is_numbered])
    return draft.directions


def _described_in(parts: Sequence[Part]) -> dict[str, object]:
    """Return the servings and times that stand above the first list of ingredients."""
    lines = (line for part in parts for row in (part.wrapped or part.text).split("\n") for line in _BESIDE.split(row))
    pairs: dict[str, object] = {}
    for line in lines:
        if match := _SERVINGS.fullmatch(line) or _PAIR.fullmatch(line):
            pairs.setdefault(match[1], match[2])
        if match := _TIME.fullmatch(line):
            pairs.setdefault(f"{match[1].lower().removesuffix(' time')} time", match[2])
    return described(pairs)


def _own_lines(part: Part, field: Field) -> list[str]:
    """Return the lines of a paragraph in which each is an ingredient or a step, though Markdown would wrap them."""
    lines = [line.strip() for line in part.wrapped.split("\n") if line.strip()]
    if field == "ingredients":
        measured = sum(_QUANTITY.match(line) is not None for line in lines)
        return lines if 2 * measured > len(lines) and not any(map(_is_prose, lines)) else []
    return lines if all(line.endswith((".", "!", "?", "。")) for line in lines) else []


def _is_prose(text: str) -> bool:
    return (len(text.split()) > 12 or text.endswith((".", "。"))) and not text.endswith(":")
