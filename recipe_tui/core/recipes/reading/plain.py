"""Read recipes from plain text, such as the original workflow's, in which nothing marks where a recipe ends."""

from __future__ import annotations

import re
from collections import deque
from enum import IntEnum
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.lines import CERTAIN, LineRole, label_stream
from recipe_tui.core.recipes.reading.description import TIME_NAMES, read_servings, read_tags, read_times
from recipe_tui.core.recipes.reading.description_lines import without_descriptions
from recipe_tui.core.recipes.reading.field_names import TAGS
from recipe_tui.core.recipes.reading.files import named_for, numbered_lines, open_source
from recipe_tui.core.recipes.reading.items import Skipped
from recipe_tui.core.recipes.reading.labelled import read_labelled
from recipe_tui.core.recipes.reading.labelled_text import LabelledRecipe, labelled_recipes, part_label, undecorated
from recipe_tui.core.recipes.reading.places import Place, lines_at
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source, Split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

END_OF_TEXT = "<|endoftext|>"

_SPLITS: dict[str, Split] = {".training": "train", ".testing": "test", ".validation": "validation"}
_SAMPLE = 4096  # lines that show how a file separates its recipes
_LONGEST_RECIPE = 100  # lines; a separator that is rarer than this does not separate recipes
_SHORTEST_RECIPE = 3  # lines; a separator that is more frequent than this does not either
_LARGEST_LABELLED = 2**23  # bytes
_MOST_LINES = 10_000  # of one recipe
_LONGEST_LINE = 2**19  # characters
_NO_RECIPES = 100_000  # lines without a title, from which on a file holds no recipes
_SHOWN = 400  # lines that are shown at most, where the next recipe's place is not known
_QUOTATION = re.compile(r"(?:[ \t]?>){1,9}(?![ \t]?\d+ (?:min|hour))[ \t]?")
_MAIL_HEAD = re.compile(
    r"(?:From|Date|Sent|Subject|Reply-To|Message-I[Dd]|Newsgroups|MIME-Version): .*"
    r"|(?:Content|X)-[A-Za-z-]{1,40}: .*"
    r"|(?:To|Cc): .*@.*|On .{5,120} wrote:|-{2,9} ?(?:Original|Forwarded) [Mm]essage ?-{2,9}"
)
_BLANK_LINE_EVIDENCE = 3.0  # nats, as much as the most telling clues in a line


class _Gap(IntEnum):
    """What stands before a line."""

    NOTHING = 0
    BLANK_LINE = 1
    MARKER = 2


class _Line(NamedTuple):
    number: int
    text: str
    gap: _Gap


class _Block(NamedTuple):
    title: _Line
    ingredients: list[str]
    steps: list[str]

    @property
    def lines(self) -> int:
        return 1 + len(self.ingredients) + len(self.steps)


def read_plain(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read recipes written one after the other: a title, ingredient lines, direction lines.

    A recipe begins where `label_stream` finds a title. If ``<|endoftext|>`` separates the recipes, they begin there and
    nowhere else; if blank lines do, only after a blank line, which leaves room for blank lines inside a recipe. A file
    may have lines that say what stands below them, see `read_labelled` and `labelled_recipes`.

    Args:
        path: The file; a name that ends in ``.training``, ``.testing`` or ``.validation`` tells the split.

    Raises:
        SourceError: Nowhere do directions follow ingredients, or 100,000 lines follow each other without a title.
    """
    split = next((_SPLITS[suffix] for suffix in reversed(path.suffixes) if suffix in _SPLITS), None)
    if split is None and (labelled := read_labelled(path)):
        yield labelled
        return
    if split is None and (recipes := _with_labels(path)):
        for found in recipes:
            yield from read_record(found.record(), Source(str(path), found.line))
        return
    unreadable: list[Unreadable] = []
    anything_found = anything_complete = False
    with open_source(path) as stream:
        numbered = numbered_lines(stream, str(path))
        lines = _with_gaps(numbered if split else _without_mail(numbered), str(path), unreadable)
        for block in _blocks(_with_roles(_with_evidence(lines)), path):
            yield from unreadable
            unreadable.clear()
            title, ingredients, steps = block
            if block.lines > _MOST_LINES:
                yield Unreadable(str(path), title.number, f"{block.lines:,} lines without another title")
                continue
            anything_found = True
            anything_complete = anything_complete or bool(ingredients and steps)
            source = Source(str(path), title.number, split)
            fields: dict[str, str] = {}
            name = title.text
            if split is None:
                name = named_for(path) if part_label(name)[0] else undecorated(name)
                fields, ingredients, steps = _typed_by_hand(ingredients, steps)
            times = read_times((name, value) for name, value in fields.items() if name in TIME_NAMES)
            yield Recipe(
                name,
                tuple(ingredients),
                tuple(steps),
                tuple(read_tags(fields.get(TAGS[0]), Skipped())),
                source,
                read_servings([("servings", fields.get("servings"))]),
                tuple(times),
            )
    yield from unreadable
    if anything_found and not anything_complete:
        raise SourceError(
            f"{path}: no recipe found: nowhere do directions follow ingredients",
            "give a file with a title, ingredient lines and direction lines, or name its format",
        )


def _typed_by_hand(ingredients: list[str], steps: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """Return what the lines below a title describe, and ingredients and steps without labels such as "Directions".

    Such a label parts ingredients from steps, wherever they were parted before.
    """
    fields, lines = without_descriptions([*ingredients, *steps])
    labels = [part_label(line) for line in lines]
    for place, below in enumerate(lines[1:]):  # a sentence on several lines may end with such a word
        if lines[place].strip()[:1].islower() and below.strip()[:1].islower():
            labels[place] = (None, "")
    taken = len(ingredients) + len(steps) - len(lines)
    first = next((place for place, (kind, _) in enumerate(labels) if kind == "directions"), None)
    cut = max(len(ingredients) - taken, 0) if first is None else first
    texts = [rest if kind else line for line, (kind, rest) in zip(lines, labels, strict=True)]
    more, above = without_descriptions([text for text in texts[:cut] if text])
    return more | fields, above, [text for text in texts[cut:] if text]


def _with_labels(path: Path) -> list[LabelledRecipe]:
    """Return the recipes of a file in which labels stand above ingredients and directions, or none."""
    with open_source(path, is_whole=False) as stream:
        text = stream.read(_LARGEST_LABELLED + 1).decode("utf-8", "replace")
    if len(text) > _LARGEST_LABELLED or END_OF_TEXT in text:
        return []
    lines = [_without_mail_marks(line) for line in text.removeprefix("\ufeff").split("\n")]
    found = labelled_recipes(lines, named_for(path))
    return found if len(found) * _LONGEST_RECIPE >= len(lines) else []


def _without_mail_marks(line: str) -> str:
    """Return a line without the marks of a quotation in a mail; empty for a line of a mail's head."""
    line = _QUOTATION.sub("", line, count=1) if line.lstrip()[:1] == ">" else line
    return "" if _MAIL_HEAD.fullmatch(line.strip()) else line


def _without_mail(lines: Iterable[tuple[int, str] | Unreadable]) -> Iterator[tuple[int, str] | Unreadable]:
    for line in lines:
        yield line if isinstance(line, Unreadable) else (line[0], _without_mail_marks(line[1]))


def _with_gaps(
    lines: Iterable[tuple[int, str] | Unreadable], file: str, unreadable: list[Unreadable]
) -> Iterator[_Line]:
    """Yield the lines that hold something, with what stands before them, and put the unreadable ones aside."""
    gap = _Gap.NOTHING
    for line in lines:
        if isinstance(line, Unreadable):
            unreadable.append(line)
            continue
        number, text = line
        if len(text) > _LONGEST_LINE:
            unreadable.append(Unreadable(file, number, f"a line of {len(text):,} characters"))
            continue
        for index, part in enumerate(text.split(END_OF_TEXT)):
            if index:
                gap = _Gap.MARKER
            if part.strip():
                yield _Line(number, part, gap)
                gap = _Gap.NOTHING
            elif text == part:
                gap = max(gap, _Gap.BLANK_LINE)


def _with_evidence(lines: Iterator[_Line]) -> Iterator[tuple[_Line, float]]:
    """Yield each line with what the separators tell of its being a title."""
    sample = list(islice(lines, _SAMPLE))
    separator = _separator([line.gap for line in sample[1:]])
    for line in chain(sample, lines):
        if line.gap is _Gap.MARKER:
            yield line, CERTAIN
        elif part_label(line.text)[0]:
            yield line, -CERTAIN
        elif separator is _Gap.NOTHING:
            yield line, 0.0
        else:
            yield line, _BLANK_LINE_EVIDENCE if line.gap is separator else -CERTAIN


def _separator(gaps: Sequence[_Gap]) -> _Gap:
    """Tell what separates the recipes of a file; a stray marker or blank line does not."""
    lines = len(gaps) + 1
    if gaps.count(_Gap.MARKER) * _LONGEST_RECIPE >= lines:
        return _Gap.MARKER
    blank_lines = gaps.count(_Gap.BLANK_LINE)
    if lines <= blank_lines * _LONGEST_RECIPE and blank_lines * _SHORTEST_RECIPE <= lines:
        return _Gap.BLANK_LINE
    return _Gap.NOTHING


def _with_roles(lines: Iterable[tuple[_Line, float]]) -> Iterator[tuple[_Line, LineRole]]:
    waiting: deque[_Line] = deque()

    def texts() -> Iterator[tuple[str, float]]:
        for line, evidence in lines:
            waiting.append(line)
            yield line.text, evidence

    for role in label_stream(texts()):
        yield waiting.popleft(), role


def _blocks(lines: Iterable[tuple[_Line, LineRole]], path: Path) -> Iterator[_Block]:
    """Gather the lines of each recipe."""
    block: _Block | None = None
    for line, role in lines:
        if block is None or role is LineRole.TITLE:
            if block is not None:
                yield block
            block = _Block(line, [], [])
        elif role is LineRole.INGREDIENT:
            block.ingredients.append(line.text)
        else:
            block.steps.append(line.text)
        if block.lines > _NO_RECIPES:
            raise SourceError(
                f"{path}: no recipes: {_NO_RECIPES:,} lines without a title after line {block.title.number:,}",
                "give a file with a title, ingredient lines and direction lines, or name its format",
            )
    if block is not None:
        yield block


def plain_place(path: Path, place: Place) -> str:
    """Return the lines of a recipe, up to the next one or, where that is not known, some hundred lines."""
    end = place.end if place.end and place.end > place.line else place.line + _SHOWN
    return "".join(lines_at(path, place.line, end))
