"""Read lines below a hand-typed title that describe the recipe: "Serves 4", "Yield: 12 cookies", "Prep time: 20 min".

Labels are those of `recipe_tui.core.recipes.reading.field_names`, in any of its languages; a line may have several
descriptions, "Serves 4 | Prep: 20 min".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.description import TIME_NAMES
from recipe_tui.core.recipes.reading.field_names import SERVINGS, TAGS, TIMES, names, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 100  # characters of a line
_LONGEST_VALUE = 60  # characters
_PARTS = re.compile(r"\s*[|•·]\s*|\s*[;,]\s+(?=[^\W\d_]+[^,;:]{0,25}:)|\s{3,}|\t+")
_MARKS = " *_#~-"
_LABELLED = re.compile(r"(?P<label>[^\W\d_][^:：=\d]{1,30}?)[*_]*\s*[:：=][*_]*\s*(?P<value>\S.*)")
_ABOUT = r"(?:(?:about|approx\.?|approximately|around|up to|ca\.|circa|env\.)\s)?"
_LABEL_AND_NUMBER = re.compile(
    rf"(?P<label>[^\W\d_][^:：\d]{{1,30}}?)\s+(?P<value>{_ABOUT}"
    r"(?:\d|[½¼¾⅓⅔⅛]|(?:one|two|three|four|six|eight|ten|twelve|a)\b).*)",
    re.IGNORECASE,
)
_MAY_DESCRIBE = re.compile(r"[:：=\d½¼¾⅓⅔⅛]|\b(?:one|two|three|four|six|eight|ten|twelve|a)\b", re.IGNORECASE)
_COUNT = r"\d{1,3}(?:\s?(?:-|–|[^\W\d_]{1,4})\s?\d{1,3})?"
_PERSONS = re.compile(rf"(?:[^\W\d_]+\s){{0,2}}?(?P<value>{_COUNT}\s+(?P<who>[^\W\d_]+))")
_DURATION = re.compile(
    r"\d\W*(?:m|h|d|s|min|hr|hour|day|std|stund|tag|heure|jour|hora|d[ií]a|ora|ore|giorn|uur|dag|tim|minut)",
    re.IGNORECASE,
)
_VERBS = frozenset(names("serves makes yields yield feeds servings makesabout ergibt rinde rende serve ger giver gir"))
_PEOPLE = frozenset(
    (*SERVINGS, *names("people persons persona personas pessoas personer person personne guests servings gäste stück"))
)
_SHORT = {
    "prep": """prep preparation preparing vorbereitung zubereitung préparation preparación preparazione preparo
        voorbereiding bereiding förberedelse forberedelse""",
    "active": "active handson",
    "cook": """cook cooking bake baking kochen backen garen cuisson cocción cottura cozimento bakken koken oven""",
    "rest": "rest resting chill chilling rise rising marinate marinating inactive ruhen kühlen repos reposo riposo",
    "total": """total time takes readyin gesamt zeit dauer temps tiempo tempo tijd tid""",
}
_NO_STEPS = frozenset((*TIME_NAMES, *names("prep total time takes readyin")))  # unlike "Bake 40 minutes"
_TIME_OF = {name: kind for kind, known in TIMES.items() for name in known}
_TIME_OF |= {name: kind for kind, words in _SHORT.items() for name in names(words)}


def description_of(line: str) -> dict[str, str]:
    """Return the fields that a line describes, by names that records have; empty for another line.

    Example:
        >>> description_of("Serves 4"), description_of("Prep time: 20 min"), description_of("2 cups flour")
        ({'servings': '4'}, {'preptime': '20 min'}, {})
    """
    if len(line) > _LONGEST or not _MAY_DESCRIBE.search(line):
        return {}
    fields: dict[str, str] = {}
    for part in filter(None, (part.strip(_MARKS) for part in _PARTS.split(line.strip()))):
        found = _description_of(part)
        if not found:
            return {}
        fields = found | fields
    return fields


def _description_of(text: str) -> dict[str, str]:
    text = text.rstrip(".") if not text.lower().endswith(("min.", "std.", "hrs.", "hr.")) else text
    match = _LABELLED.fullmatch(text)
    is_labelled = match is not None
    match = match or _LABEL_AND_NUMBER.fullmatch(text)
    if match and len(match["value"]) <= _LONGEST_VALUE:
        label, value = plain_name(match["label"]), match["value"].strip(_MARKS)
        if label in _VERBS or (label in SERVINGS and is_labelled):
            return {"servings": value}
        is_time = is_labelled or label in _NO_STEPS
        if (
            is_time
            and (kind := _TIME_OF.get(label))
            and (_DURATION.search(value) or (label in TIME_NAMES and is_labelled))
        ):
            return {TIMES[kind][0]: value}
        if label in TAGS and is_labelled:
            return {TAGS[0]: value}
    persons = _PERSONS.fullmatch(text)
    return {"servings": persons["value"]} if persons and plain_name(persons["who"]) in _PEOPLE else {}


def without_descriptions(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the fields that the first lines describe, and the lines below these."""
    fields: dict[str, str] = {}
    for number, line in enumerate(lines):
        found = description_of(line)
        if not found:
            return fields, list(lines[number:])
        fields = found | fields
    return fields, []
