"""Read what describes a recipe beside its text: tags, servings and times, as sites and programs store them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.durations import duration
from recipe_tui.core.recipes.reading.field_names import TIMES, plain_name
from recipe_tui.core.recipes.reading.items import Skipped, is_texts, kind
from recipe_tui.core.recipes.reading.parting import comma_items
from recipe_tui.core.recipes.reading.placeholders import is_placeholder
from recipe_tui.core.recipes.reading.structured_ingredients import written_number
from recipe_tui.core.recipes.reading.written import NotAListError, written_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNIT_NAMES = ("servingstext", "recipeyield", "yieldtext")  # whose text may be the unit of a number beside it
_KIND_OF = {name: kind for kind, known in TIMES.items() for name in known}
TIME_NAMES = tuple(_KIND_OF)

_LONGEST = 60  # characters of servings and of a time; longer ones are prose
_MOST_MINUTES = 10**6
_PREFIX = re.compile(r"\A(?:serves|servings?|makes|yields?|portions?)\b\s*:?\s*(?=\S)", re.IGNORECASE)
_COUNT = re.compile(
    r"(\d+(?:[ .,/]\d+){0,2}(?:\s*(?:-|–|to|or)\s*\d+)?)"
    r"(?:\s*(?:servings?|people|persons?|portions?)\b)?\.?",
    re.IGNORECASE,
)
_TAG_SEPARATORS = ("\n", "|", "｜", "•", ";", "；", "、", "，")
_HASHTAG = re.compile(r"#(\w[\w-]*)")
_DIET = re.compile(r"(?:https?://schema\.org/)?((?:[A-Z][a-z]+)+)Diet")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d.*")


def read_servings(values: Iterable[tuple[str, object]]) -> str:
    """Return how much a recipe makes, one line such as ``4 servings``; empty where nothing says so.

    Args:
        values: Names and what stands under them, the preferred one first. A number takes the unit of a name beside it.
    """
    lines = {plain_name(name): _amount_line(value) for name, value in values}
    found = next((line for line in lines.values() if line and line[0].isdigit()), "")
    if match := _COUNT.fullmatch(found):
        unit = next((lines[name] for name in _UNIT_NAMES if lines.get(name) and not lines[name][0].isdigit()), "")
        number = match[1].removesuffix(".0")
        return f"{number} {unit}" if unit else f"{number} serving{'s' * (number != '1')}"
    return found or next(filter(None, lines.values()), "")


def _amount_line(value: object) -> str:
    if isinstance(value, str):
        try:
            value = written_value(value)
        except NotAListError:
            return ""
    if isinstance(value, list):  # schema.org's "4", "4 servings": the one with the most words says most
        return max(map(_amount_line, value), key=lambda line: len(line.split()), default="")
    if not isinstance(value, str):
        value = written_number(value)
    line = _PREFIX.sub("", " ".join(value.split()), count=1)
    return "" if len(line) > _LONGEST or is_placeholder(line) else line


def read_times(values: Iterable[tuple[str, object]]) -> list[str]:
    """Return how long a recipe takes, one line a kind, such as ``prep 20 min``.

    Args:
        values: Names and what stands under them: ISO 8601, minutes, or words.
    """
    times: dict[str, str] = {}
    for name, value in values:
        kind_ = _KIND_OF[plain_name(name)]
        if kind_ not in times and (text := _time(value)):
            times[kind_] = text
    return [f"{kind_} {times[kind_]}" for kind_ in TIMES if kind_ in times]


def _time(value: object) -> str:
    if isinstance(value, list):
        return next(filter(None, map(_time, value)), "")
    if isinstance(value, dict):
        return _time([inner for name, inner in value.items() if not isinstance(inner, dict | list) and name[:1] != "@"])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, str):
        text = duration(" ".join(value.split()))
        return "" if len(text) > _LONGEST or is_placeholder(text) or _TIMESTAMP.match(text) else text
    return duration(value) if 0 < value < _MOST_MINUTES else ""


def read_tags(value: object, skipped: Skipped) -> list[str]:
    """Return the tags under one name: a text with commas, a list, objects with a name.

    Args:
        value: What stands there.
        skipped: Takes what could not be understood.
    """
    if isinstance(value, str):
        try:
            value = written_value(value)
        except NotAListError as error:
            skipped.append(f"tags {error}")
            return []
    if isinstance(value, str):
        value = _parted_tags(value)
    tags = value if is_texts(value) else list(_named_tags(value, skipped))
    return [_diet(tag) if tag.endswith("Diet") else tag for tag in map(str.strip, tags) if not is_placeholder(tag)]


def _parted_tags(text: str) -> list[str]:
    """Part a text at the strongest separator in it: line breaks, ``|``, bullets, semicolons, commas."""
    separator = next((sign for sign in _TAG_SEPARATORS if sign in text), None)
    if separator is None and len(hashtags := _HASHTAG.findall(text)) > 1 and not _HASHTAG.sub("", text).strip():
        return hashtags
    return text.split(separator) if separator else comma_items(text)


def _named_tags(value: object, skipped: Skipped) -> Iterator[str]:
    if isinstance(value, dict):
        value = [value]
    elif value is not None and not isinstance(value, list):
        if value == value:  # not NaN
            skipped.append(f"tags is {kind(value)}, not a list or text")
        return
    for number, item in enumerate(value or (), start=1):
        tag = item.get("name") if isinstance(item, dict) else item  # schema.org's DefinedTerm, Mealie's tags
        if isinstance(tag, str):
            yield tag
        elif isinstance(tag, list):
            yield from (inner for inner in tag if isinstance(inner, str))
        elif tag is not None and tag == tag:
            skipped.append(f"item {number} of tags is {kind(tag)}, not text")


def _diet(tag: str) -> str:
    """Write schema.org's ``https://schema.org/GlutenFreeDiet`` as ``gluten free``."""
    match = _DIET.fullmatch(tag)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match[1]).lower() if match else tag
