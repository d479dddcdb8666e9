"""Read Cooklang, see https://cooklang.org/docs/spec/.

Its steps are paragraphs, in which ingredients (``@flour{200%g}``), cookware (``#pot{}``) and timers
(``~{25%minutes}``) are marked. A section "Ingredients" may list them instead, and nothing is a step in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.files import open_source, read_text
from recipe_tui.core.recipes.reading.front_matter import split_front_matter
from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.records import Unreadable, described, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.recipes.reading.items import Field
    from recipe_tui.core.recipes.reading.places import Place

_LIMIT = 2**20  # bytes of a recipe
_COMMENT = re.compile(r"\[-.*?(?:-\]|\Z)|(?<![-\w])--(?!-)[^\n]*", re.DOTALL)
_METADATA = re.compile(r"^>>\s*([^:\n]+):\s*(.*)$", re.MULTILINE)
_FIELD_SECTION = re.compile(r"=+ *(Ingredients|Directions)(?:: *([^=\n]+?))? *=*")
_SECTION = re.compile(r"=+\s*([^=\n]*?)\s*=*\s*")
_MARK = re.compile(
    r"(?!(?<=[\w.+-])@[\w-]{1,60}\.[^\W\d_])"  # an address, "a@b.com"
    r"(?P<sign>[@#~])(?P<modifiers>[-&?+*]{0,3})"
    r"(?:(?P<long>(?![ \t])[^@#~{}\n.,;:!?()]{0,120}|\.{0,2}/[^@#~{}\n]{0,120})\{(?P<amount>[^{}\n]{0,120})\}"
    r"|(?P<word>(?:[^\W_]|[\U0001F300-\U0001FAFF])[\w'’\U0001F300-\U0001FAFF-]*))"  # emoji are words, too
    r"(?:\((?P<note>[^()\n]{0,200})\))?"
)
_LISTED = re.compile(r"@(?P<long>[^@{}\n]*)\{(?P<amount>[^{}\n]*)\}(?:\((?P<note>[^()\n]*)\))?")
_AMOUNT = r"=?[\d½¼¾⅓⅔⅛][\d½¼¾⅓⅔⅛/.,–-]{0,20}(?:%[ \t]?[^\W\d_]{1,20}\.?)?"
_NAME = r"[@#~][-&?+*]{0,3}(?![ \t])[^@#~{}\n.,;:!?()]{0,120}"
_BROKEN = (  # marks whose braces are doubled, are not closed, or are not opened
    re.compile(rf"(?P<name>{_NAME})\{{{{2,5}}(?P<amount>[^{{}}\n]{{0,120}})\}}{{1,5}}"),
    re.compile(rf"(?P<name>{_NAME})\{{(?P<amount>[^{{}}\n]{{0,120}})\}}{{2,5}}"),
    re.compile(rf"(?P<name>{_NAME})\{{(?![^{{}}@#~\n]*\}})(?P<amount>{_AMOUNT}|)"),
    re.compile(rf"(?P<name>(?:{_NAME}?[^\s{{}}]))[ \t]*(?P<amount>{_AMOUNT})\}}"),
)
_NAMELESS = re.compile(r"@\{[^{}\n]{1,120}\}")
_MARKLESS = re.compile(r"\{[^{}\n]{0,60}%[^{}\n]{0,60}\}")

_HIDDEN = 0xE000  # of Unicode's private use: an escaped character until all marks are read
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPE = re.compile(f"[{chr(_HIDDEN + 0x21)}-{chr(_HIDDEN + 0x7E)}]")


def is_cooklang(head: bytes) -> bool:
    """Return whether a text marks ingredients with an amount, ``@flour{200%g}``."""
    return re.search(rb"@[\w ]{1,60}\{[^{}\n]{0,60}\}", head) is not None


def read_cooklang(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipe of a Cooklang file; its title is the metadata's, or the file's name.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        text = read_text(stream, path, _LIMIT).replace("\r\n", "\n")
    fields, body = split_front_matter(text)
    body, broken = _mended(_COMMENT.sub("", _ESCAPED.sub(_hidden, body)))
    fields |= {match[1].strip().lower(): match[2].strip() for match in _METADATA.finditer(body)}
    title = fields.get("title") or re.sub(r"\.cook(?:\.\w+)*$", "", path.name, flags=re.IGNORECASE).replace("_", " ")
    ingredients: list[str] = []
    steps: list[str] = []
    only: Field | None = None
    for paragraph in re.split(r"\n[ \t]*\n", _METADATA.sub("", body)):
        if match := _FIELD_SECTION.fullmatch(paragraph.strip()):
            only = "ingredients" if match[1] == "Ingredients" else "directions"
            if match[2]:
                (ingredients if only == "ingredients" else steps).append(as_heading(match[2]))
        elif only == "ingredients" and (lines := _ingredient_list(paragraph)):
            ingredients += lines
        else:
            _read_paragraph(paragraph, ingredients, steps)
    ingredients, steps = list(map(_shown, ingredients)), list(map(_shown, steps))
    record: dict[str, object] = {
        "title": str(title),
        "ingredients": ingredients,
        "directions": steps,
        **described(fields),
    }
    yield from read_record(record, Source(str(path), 1))
    nameless = _NAMELESS.findall(body) + _MARKLESS.findall(_MARK.sub("", _LISTED.sub("", body)))
    broken += [f"an amount without an ingredient, {amount}" for amount in nameless]
    yield from (Unreadable(str(path), 1, _shown(reason)) for reason in broken)


def _mended(body: str) -> tuple[str, list[str]]:
    """Return a text with the braces that its marks lack, and what was wrong with each."""
    wrong: list[str] = []

    def whole(match: re.Match[str]) -> str:
        mark = f"{match['name']}{{{match['amount']}}}"
        wrong.append(f"a mark with braces missing or too many, read as {mark}")
        return mark

    for pattern in _BROKEN:
        body = pattern.sub(whole, body)
    return body, wrong


def cooklang_place(path: Path, place: Place) -> str:
    """Return the file."""
    with open_source(path) as stream:
        return read_text(stream, path)


def _read_paragraph(paragraph: str, ingredients: list[str], steps: list[str]) -> None:
    lines: list[str] = []
    for line in paragraph.split("\n"):
        if line.lstrip().startswith(">"):  # a note
            continue
        if line.lstrip().startswith("=") and (match := _SECTION.fullmatch(line.strip())):
            if match[1]:
                ingredients.append(as_heading(match[1]))
                steps.append(as_heading(match[1]))
            continue
        lines.append(line.strip().removesuffix("\\"))
    step = " ".join(filter(None, lines))
    if not step:
        return
    for match in _MARK.finditer(step):
        is_listed = "&" in match["modifiers"] and ingredients  # it refers to one that is listed
        if match["sign"] == "@" and not is_listed and (line := _ingredient(match)) and line not in ingredients:
            ingredients.append(line)
    steps.append(re.sub(r" {2,}", " ", _MARK.sub(_in_words, step)).strip())


def _ingredient_list(paragraph: str) -> list[str]:
    """Return the lines of a paragraph of the section "Ingredients", which lists marks and says nothing else."""
    marks = [_LISTED.fullmatch(line.strip()) for line in paragraph.split("\n")]
    lines = [line for match in marks if match and (line := _ingredient(match))]
    return lines if len(lines) == len(marks) else []


def _hidden(match: re.Match[str]) -> str:
    """Return an escaped character as one that means nothing to Cooklang."""
    return chr(_HIDDEN + ord(match[1]))


def _shown(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(ord(match[0]) - _HIDDEN), text)


def _name(match: re.Match[str]) -> str:
    name = (match["long"] if match["amount"] is not None else match["word"]) or ""
    return name.rpartition("|")[0] or name.strip().rpartition("/")[2] if "/" in name else name.partition("|")[0].strip()


def _ingredient(match: re.Match[str]) -> str:
    name, note = _name(match), match["note"]
    line = " ".join(filter(None, (_amount(match), name)))
    return f"{line}, {note.strip()}" if note and name else line if name else ""


def _amount(match: re.Match[str]) -> str:
    quantity, _, unit = (match["amount"] or "").strip().lstrip("=").partition("%")
    return " ".join(filter(None, (quantity.strip().rstrip("*"), unit.strip())))


def _in_words(match: re.Match[str]) -> str:
    if match["sign"] == "~":
        return _amount(match) or match["word"] or ""
    return _name(match) + (f" ({match['note'].strip()})" if match["note"] else "")
