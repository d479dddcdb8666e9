"""Read recipes in plain text in which lines such as "Ingredients:" and "Method" say what stands below them.

A label may be of any of the languages of `recipe_tui.core.recipes.reading.field_names`, in capitals, with a colon, with
marks around it, or with its text on the same line. The title is labelled, or stands in the lines above the ingredients.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.recipes.lines import split_body
from recipe_tui.core.recipes.markup import SPECIAL_TOKEN
from recipe_tui.core.recipes.reading.description_lines import description_of, without_descriptions
from recipe_tui.core.recipes.reading.field_names import INGREDIENTS, STEPS, TITLE, plain_name
from recipe_tui.core.recipes.reading.markdown_headings import heading_kind, is_bare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.recipes.reading.items import Field

_Kind = Literal["title", "ingredients", "directions", "aside"]
_LONGEST_LABEL = 40  # characters
_FEWEST_LINES = 3
_COMPLETIONS = ("completion", "output", "response", "answer")
_PROMPTS = ("prompt", "input", "instruction", "question")
_TEXTS = ("text", "content", "body", "recipe", *_COMPLETIONS)
_QUANTITY = re.compile(r"[\s•*-]*[\d½¼¾⅓⅔⅛]")
_MOST_LINES_ABOVE = 3  # the title and what describes the recipe
_ALONE = re.compile(r"[\s#*=_~-]*([^\W\d_][^:：.!?;,]*?)\s*[:：]?[\s#*=_~-]*")
_WITH_TEXT = re.compile(r"[\s#*_]*([^\W\d_][\w ]{1,24}?)[*_]*\s*[:：][*_]*\s+(\S.*)")
_MARKS = " \t*_#=~:：<>[]|+•·–—-"  # around a label
_BRACKET = re.compile(r"\s*\([^()]*\)$")  # "Directions (oven at 350)"
_DECORATED = re.compile(r"[=*_~#+<>|-]{1,80}\s{0,9}([^\W_].{0,200}?)\s{0,9}[=*_~#+<>|-]{1,80}")
_TITLE_LABEL = re.compile(r"\s*(?:recipe|rezept|recette|receta|ricetta|receita|title)\s{0,9}[:：]\s*", re.IGNORECASE)
_FIELDS: tuple[Field, ...] = ("ingredients", "directions")
_NAMES: dict[_Kind, frozenset[str]] = {
    "title": frozenset(TITLE),
    "ingredients": frozenset(INGREDIENTS),
    "directions": frozenset(STEPS),
}
_PARTS = _NAMES["ingredients"] | _NAMES["directions"]


@dataclass(slots=True)
class LabelledRecipe:
    """A recipe, as far as it has been read.

    Attributes:
        line: Number of its first line, from 1.
        title: Its title.
        ingredients: Lines below the label of the ingredients.
        directions: Lines below the label of the directions.
        blocks: For each line of the directions, the number of blank lines above it.
        fields: What else is known of it, see `description_of`.
    """

    line: int
    title: str
    ingredients: list[str] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, object]:
        """Return the recipe's fields; a single line may hold a whole list."""
        ingredients, steps = self.ingredients, self.directions
        return {
            **self.fields,
            "title": self.title,
            "ingredients": ingredients[0] if len(ingredients) == 1 else ingredients,
            "directions": steps[0] if len(steps) == 1 else steps,
        }


def labelled_recipes(lines: Iterable[str], named: str = "") -> list[LabelledRecipe]:
    """Return the recipes of a text; empty where it does not label both ingredients and directions of each.

    Args:
        lines: The lines of the text.
        named: The title of its only recipe where no line is one.
    """
    found: list[LabelledRecipe] = []
    above: list[tuple[int, str]] = []  # lines above the first label
    part: _Kind | None = None
    title: tuple[int, str] | None = None
    blanks = 0
    fields: dict[str, str] = {}  # above the first label
    lines = list(lines)
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            blanks += 1
            continue
        kind, rest = _label(text)
        if part == "directions" and _is_in_sentence(text, rest, "".join(lines[number : number + 1])):
            kind, rest = None, ""
        if part != "directions" and (kind is None or rest) and (known := description_of(text)):
            target = found[-1].fields if part == "ingredients" else fields
            target |= known
        elif kind == "title":
            title, part = (number, rest), "title"
        elif kind == "ingredients":
            if not found or found[-1].directions or part == "title":
                found.append(_begun(found, above, title, number))
                found[-1].fields = fields | found[-1].fields
                title, fields = None, {}
            part = kind
            found[-1].ingredients += [rest] if rest else []
        elif kind == "directions" and found and part != "title":
            part = kind
            if rest:
                found[-1].directions.append(rest)
                found[-1].blocks.append(blanks)
        elif kind == "aside" and part == "directions":
            part = kind
        elif part == "ingredients":
            found[-1].ingredients.append(text)
        elif part == "directions":
            found[-1].directions.append(text)
            found[-1].blocks.append(blanks)
        elif part in (None, "aside"):
            above.append((number, text))
    for one in found:
        if len(one.directions) > 1 and (known := description_of(one.directions[-1])).keys() == {"servings"}:
            one.fields = known | one.fields
            one.directions.pop()
    if len(found) == 1 and not found[0].title:
        found[0].title = named
    for one in found:
        one.title = undecorated(one.title)
    whole = all(one.title and one.ingredients and one.directions for one in found)
    return found if whole else []


def _label(text: str) -> tuple[_Kind | None, str]:
    """Return what a line labels, and the text that follows on it."""
    if (match := _WITH_TEXT.fullmatch(text)) and len(match[1]) <= _LONGEST_LABEL:
        name = plain_name(match[1])
        return next(((kind, match[2].strip()) for kind, names in _NAMES.items() if name in names), (None, ""))
    if len(text) <= _LONGEST_LABEL and (match := _ALONE.fullmatch(text)):
        is_marked = text != match[1] or text.isupper() or plain_name(text) in _PARTS
        return (heading_kind(match[1]) if is_marked else None), ""
    return None, ""


def undecorated(title: str) -> str:
    """Return a hand-typed title without the marks around it, ``=== Mint Tea ===``, and without a label before it."""
    match = _DECORATED.fullmatch(title.strip())
    title = match[1] if match else title
    return _TITLE_LABEL.sub("", title) or title


def part_label(line: str) -> tuple[Field | None, str]:
    """Return which part of a recipe a line labels that says nothing else, as "Method" does, and the text beside it."""
    text = line.strip()
    if len(text) <= _LONGEST_LABEL and text[-1:] != ".":
        bare = _BRACKET.sub("", text.strip(_MARKS)).rstrip(_MARKS)
        is_word = bare[:1].islower() and text == bare  # as the last one of a sentence on several lines
        for part in _FIELDS if bare and (not is_word or plain_name(bare) in _PARTS) else ():
            if is_bare(bare, part):
                return part, ""
    if ":" not in text[:_LONGEST_LABEL] and "：" not in text[:_LONGEST_LABEL]:
        return None, ""
    kind, rest = _label(text)
    return (kind, rest) if rest and kind in _FIELDS and not description_of(text) else (None, "")


def _is_in_sentence(text: str, rest: str, next_line: str) -> bool:
    """Return whether a line of the directions belongs to a sentence, though it is worded like a label."""
    if rest:  # "Ingredients: all of them go in now."
        return "," not in rest and not _QUANTITY.search(rest)
    return text[-1] not in ":：" and next_line.strip()[:1].islower()


def _begun(
    found: list[LabelledRecipe], above: list[tuple[int, str]], title: tuple[int, str] | None, number: int
) -> LabelledRecipe:
    """Begin a recipe at its ingredients; the lines above them are taken from the recipe before."""
    if title:
        return LabelledRecipe(*title)
    if not found:
        line, text = above[0] if above else (number, "")
        above.clear()
        return LabelledRecipe(line, text)
    last = found[-1]
    fields: dict[str, str] = {}
    while len(last.directions) > 1 and (known := description_of(last.directions[-1])):
        fields = known | fields
        del last.directions[-1], last.blocks[-1]
    if above:  # below the notes of the recipe before
        line, text = above[-1]
        above.clear()
        return LabelledRecipe(line, text)
    block = [place for place, blanks in enumerate(last.blocks) if blanks == last.blocks[-1]]
    start = block[0] if block and block[0] > 0 and len(block) <= _MOST_LINES_ABOVE else len(last.directions) - 1
    text = last.directions[start]
    fields = without_descriptions(last.directions[start + 1 :])[0] | fields
    del last.directions[start:], last.blocks[start:]
    return LabelledRecipe(number, text, fields=fields)


def text_record(record: dict[str, object]) -> dict[str, object] | None:
    """Return the fields of a recipe that a record holds as one text, as data for language models do.

    The text labels its ingredients and directions; or it is the completion of a prompt that is the title, and its
    lines begin with quantities before the directions follow.

    Args:
        record: Neither its ingredients nor its directions have a field.
    """
    texts = {plain_name(name): value for name, value in record.items() if isinstance(value, str)}
    known = {name: SPECIAL_TOKEN.sub("\n", text.strip()) if "<" in text else text for name, text in texts.items()}
    for name in _TEXTS:
        lines = known.get(name, "").split("\n")
        found = labelled_recipes(lines) if len(lines) >= _FEWEST_LINES else []
        if len(found) == 1:
            return found[0].record()
    prompt = next((known[name] for name in _PROMPTS if known.get(name)), "")
    completion = next((known[name] for name in _COMPLETIONS if known.get(name)), "")
    lines = [line.strip() for line in completion.split("\n") if line.strip()]
    if not prompt or len(lines) < _FEWEST_LINES or "\n" in prompt.strip():
        return None
    ingredients, steps = split_body(lines)
    measured = sum(_QUANTITY.match(line) is not None for line in ingredients)
    if not steps or 2 * measured <= len(ingredients):
        return None
    return {"title": prompt.strip(), "ingredients": list(ingredients), "directions": list(steps)}
