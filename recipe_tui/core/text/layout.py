"""How a recipe is written as text for the model, and read back from what the model writes.

Two layouts; a third one, for instruction-tuned models, is in `recipe_tui.core.text.chat`. ``plain`` is the original
workflow's: the title, the ingredients, the steps, each on a line of its own. ``sections`` puts a special token before
each item instead, ``<|title|>``, ``<|ingredient|>`` or ``<|step|>``, and no newline after it: the tokens alone delimit,
which costs no token more than the newline would, keeps every item exactly as it was, newlines included, and leaves
nothing to guess when it is read back. Tags, servings and times, where there are any, stand in the same way between
title and ingredients: ``<|tag|>``, ``<|servings|>``, ``<|time|>``. Where such text is shown to people, the tokens show
as line ends, so that both layouts look the same. A recipe ends, in both, with the tokenizer's own end-of-text token and
nowhere else.

Special tokens are never text here: they are spans of their own kind. A recipe that holds the characters
``<|step|>`` has them in a literal span, and they stay characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.lines import split_body
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from recipe_tui.core.config import LayoutName


class Section(IntEnum):
    """The parts of a recipe, in their order."""

    TITLE = 0
    TAGS = 1
    SERVINGS = 2
    TIMES = 3
    INGREDIENTS = 4
    STEPS = 5
    END = 6


FIELDS = (Section.TAGS, Section.SERVINGS, Section.TIMES)
"""The sections that a recipe may lack, in training as in a prompt."""


class Span(NamedTuple):
    """A run of text, or one special token. Every span is tokenized by itself.

    Attributes:
        section: The part of the recipe it belongs to; None for text whose part is not known (read back from plain).
        text: The literal text; for a special token, how it is written ("" for the end of the recipe).
        special: Whether it is a special token.
    """

    section: Section | None
    text: str
    special: bool = False


NO_FIELDS = "the model has not learned tags, servings or times"
"""What to say where a prompt names them all the same."""

END = Span(Section.END, "", special=True)
"""The end of a recipe: whichever token the tokenizer ends a text with."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of writing recipes.

    Attributes:
        name: Its name in the configuration.
        openings: The token that opens an item of a section; empty when lines do.
    """

    name: LayoutName
    openings: Mapping[Section, str] = field(default_factory=dict)

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """The tokens that open items, the title's, the ingredients' and the steps' first."""
        return tuple(self.openings.values())

    @property
    def has_fields(self) -> bool:
        """Whether it has tokens for tags, servings and times."""
        return Section.TAGS in self.openings

    def spans(self, recipe: Recipe) -> list[Span]:
        """Return the whole recipe, its end included."""
        spans = list(self._item(Section.TITLE, recipe.title))
        spans += self._fields(recipe.tags, recipe.servings, recipe.times)
        for ingredient in recipe.ingredients:
            spans += self._item(Section.INGREDIENTS, ingredient)
        for step in recipe.steps:
            spans += self._item(Section.STEPS, step)
        spans.append(END)
        return spans

    def prompt(
        self,
        title: str,
        ingredients: Iterable[str] = (),
        directions_start: str = "",
        tags: Iterable[str] = (),
        servings: str = "",
        times: Iterable[str] = (),
    ) -> list[Span]:
        """Return the beginning of a recipe; it ends exactly where the model is to continue.

        Args:
            title: The title; when empty and nothing else is given, the model begins with a title.
            ingredients: The ingredient lines; when there are none and no directions, the model continues with them.
            directions_start: Beginning of the directions, a step a line. The model finishes the last line, or writes
                the next step when the text ends in a newline. Spaces at its end are left out, since the tokens of
                words hold the space before them.
            tags: Cuisine, course, diet and the like.
            servings: How much it makes.
            times: How long it takes.

        Raises:
            UsageError: There are tags, servings or times, and the layout has no tokens for them.
        """
        ingredients, tags, times = tuple(ingredients), tuple(tags), tuple(times)
        has_fields = bool(tags or servings or times)
        if has_fields and not self.has_fields:
            raise UsageError(NO_FIELDS, "leave them out, or train a model in the layout sections")
        *steps, unfinished = directions_start.lstrip().split("\n")
        spans: list[Span] = []
        if title or has_fields or ingredients or directions_start:
            spans += self._item(Section.TITLE, title)
        spans += self._fields(tags, servings, times)
        for ingredient in ingredients:
            spans += self._item(Section.INGREDIENTS, ingredient)
        for step in filter(None, map(str.strip, steps)):
            spans += self._item(Section.STEPS, step)
        if self.openings:
            if ingredients or directions_start:
                comes_next = Section.STEPS
            else:
                comes_next = Section.INGREDIENTS if title or has_fields else Section.TITLE
            spans.append(self._opening(comes_next))
        if unfinished := unfinished.strip():
            spans.append(Span(Section.STEPS, unfinished))
        return spans

    def typed(self, text: str) -> list[Span]:
        """Return text that a person typed as a raw prompt; special tokens written in it count as such.

        For a person's own words only: a recipe's text goes through `spans` or `prompt`.
        """
        if not self.openings:
            return [Span(None, line) for line in re.findall(r"[^\n]*\n|[^\n]+", text)]
        openings = {token: self._opening(section) for section, token in self.openings.items()}
        parts = re.split("(" + "|".join(map(re.escape, openings)) + ")", text)
        return [openings.get(part, Span(None, part)) for part in parts if part]

    def parse(self, spans: Iterable[Span]) -> Recipe:
        """Read a recipe back, from text that may stop anywhere and may be badly formed; it never fails.

        The inverse of `spans`: exact where special tokens delimit; where lines do, `split_body` finds the border
        between ingredients and steps. What follows the end of the recipe, or a second title, is another recipe and is
        left out, and so is an item that was only just opened when the text stops.
        """
        items: dict[Section, list[str]] = {section: [] for section in Section}
        item, before = None, ""  # the item being read, and the text before the first one
        ended = False
        for section, text, special in spans:
            if not special:
                if item is None:
                    before += text
                else:
                    item[-1] += text
            elif section is None or section is Section.END or (section is Section.TITLE and items[section]):
                ended = True
                break
            else:
                item = items[section]
                item.append("")
        if item is None:
            return parse_text(before)
        if not ended and not item[-1]:
            item.pop()
        title = items[Section.TITLE][0] if items[Section.TITLE] else before.strip()
        ingredients, steps, tags, times = (
            tuple(items[section]) for section in (Section.INGREDIENTS, Section.STEPS, Section.TAGS, Section.TIMES)
        )
        return Recipe(title, ingredients, steps, tags, servings=" ".join(items[Section.SERVINGS]), times=times)

    def _fields(self, tags: Iterable[str], servings: str, times: Iterable[str]) -> Iterator[Span]:
        """Yield tags, servings and times, where the layout has tokens for them."""
        values = ((Section.TAGS, tags), (Section.SERVINGS, (servings,) if servings else ()), (Section.TIMES, times))
        for section, texts in values:
            if section in self.openings:
                for text in texts:
                    yield from self._item(section, text)

    def _item(self, section: Section, text: str) -> Iterator[Span]:
        if self.openings:
            yield self._opening(section)
            yield Span(section, text)
        else:
            yield Span(section, text.replace("\n", " ") + "\n")

    def _opening(self, section: Section) -> Span:
        return Span(section, self.openings[section], special=True)


PLAIN = Layout("plain")
_ITEMS = {Section.TITLE: "<|title|>", Section.INGREDIENTS: "<|ingredient|>", Section.STEPS: "<|step|>"}
_FIELDS = {Section.TAGS: "<|tag|>", Section.SERVINGS: "<|servings|>", Section.TIMES: "<|time|>"}
SECTIONS = Layout("sections", _ITEMS | _FIELDS)
SECTIONS_WITHOUT_FIELDS = Layout("sections", _ITEMS)
"""The layout of tokenizers that have tokens for title, ingredients and steps alone, those of older models."""
LAYOUTS: dict[LayoutName, Layout] = {layout.name: layout for layout in (PLAIN, SECTIONS)}


def parse_text(text: str) -> Recipe:
    """Read a recipe from bare text, a line an item, the title first."""
    title, *body = [line for line in map(str.strip, text.split("\n")) if line] or [""]
    ingredients, steps = split_body(body)
    return Recipe(title, tuple(ingredients), tuple(steps))
