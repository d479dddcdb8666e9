"""Shape one record, a mapping of names to values as JSON, tables and hub data sets give it, into a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from recipe_tui.core.recipes.given_splits import split_called
from recipe_tui.core.recipes.reading.columns import Columns, columns
from recipe_tui.core.recipes.reading.description import read_servings, read_tags, read_times
from recipe_tui.core.recipes.reading.field_names import plain_name
from recipe_tui.core.recipes.reading.items import Skipped, field_lines, is_texts, kind, text_size
from recipe_tui.core.recipes.reading.labelled_text import text_record
from recipe_tui.core.recipes.reading.parting import comma_items, is_separated_by_commas
from recipe_tui.core.recipes.reading.placeholders import is_placeholder
from recipe_tui.core.recipes.reading.structured_ingredients import TOO_LARGE, is_too_large
from recipe_tui.core.recipes.reading.written import NotAListError, written_value
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

from recipe_tui.core.recipes.reading.items import Field


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be read: a line, a record, a part of a recipe that is kept without it, or a whole file in a folder.

    Attributes:
        file: Path of the file, or the hub name.
        line: Line or record number from 1, as in `Source`, or the line of a web page; 0 for the whole file.
        reason: What is wrong with it.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


_LONGEST_NUMBER = 20  # characters
_LONGEST_TITLE = 2**14  # characters
_LONGEST_DESCRIPTION = 2**16  # characters
_LANGUAGE = 2  # letters of its code
_EMPTY: tuple[object, ...] = (None, "", [], {})
_PAPRIKA = frozenset(("uid", "name", "ingredients", "directions", "photo_hash"))  # among the fields of a .paprikarecipe
_MOST_LINES = 10_000  # of ingredients or steps
_LONGEST_FIELD = 2**19  # characters of all ingredients or steps; markup and numbers in more take minutes
_LONGEST_VALUE = 2**21  # characters of all texts in objects: addresses of images, or images themselves


def read_record(record: object, source: Source, unread: tuple[str, ...] = ()) -> Iterator[Recipe | Unreadable]:
    """Shape a record into a recipe; the text itself is left as it is.

    Missing fields become empty ones. Fields that are a text, a list written as code, objects, groups or maps become
    lines, see `recipe_tui.core.recipes.reading.items`. A step, ingredient or tag that cannot be understood is left out.

    Args:
        record: What the source holds.
        source: Where it holds it.
        unread: Names of fields that were left out of the record, since they are not understood.

    Yields:
        The recipe, and then what was left out of it; or only why the record is no recipe.
    """
    skipped = Skipped()
    try:
        recipe = _shape(record, source, skipped, unread)
    except _WrongShapeError as error:
        yield Unreadable(source.file, source.line, str(error))
        return
    except RecursionError:
        yield Unreadable(source.file, source.line, "nested too deeply")
        return
    yield recipe
    if skipped:
        more = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        yield Unreadable(source.file, source.line, f"left out of the recipe: {skipped[0]}{more}")


class _WrongShapeError(ValueError):
    """A value that a recipe cannot have there."""


def _shape(record: object, source: Source, skipped: Skipped, unread: tuple[str, ...]) -> Recipe:
    if not isinstance(record, dict):
        raise _WrongShapeError(f"{kind(record)} where a recipe, an object with named fields, is expected")
    if record.keys() >= _PAPRIKA:
        record = {**record, **{name: _paprika_lines(record[name]) for name in ("ingredients", "directions")}}
    if isinstance(record.get("sections"), list):
        record = _with_sections(record)
    found = columns(tuple(record))
    if not (found.has_ingredients or found.has_steps) and (held := text_record(record)):
        record = {**{name: record[name] for name in (*found.description, *found.split)}, **held}
        found = columns(tuple(record))
    steps = _first_lines(record, found.steps, "directions", skipped)
    if not steps and found.numbered_steps:
        texts = [record[name] for name in found.numbered_steps]
        steps = [line for line in texts if isinstance(line, str) and not is_placeholder(line)]
        _require_bounds(steps, "directions")
    ingredients = _ingredients(record, found, skipped)
    names = (*found.title, *(name for name in ("headline",) if name in record))
    titles = [text for name in names if (text := _title(record[name]))]
    title = next((text for text in titles if not is_placeholder(text)), titles[0] if titles else "")
    tags: dict[str, None] = {}
    for _, value in _described(record, found.tags, skipped):
        tags.update(dict.fromkeys(read_tags(value, skipped)))
    servings = read_servings(_described(record, found.servings, skipped)) if found.servings else ""
    times = read_times(_described(record, found.times, skipped)) if found.times else ()
    if tags or servings or times:
        _require_encodable("".join((*tags, servings, *times)), "the description")
    if found.split and source.split is None:
        name = record[found.split[0]]
        split = split_called(name)
        is_unknown = split is None and not _is_empty(name) and not is_too_large(name)
        source = Source(source.file, source.line, split, str(name)[:_LONGEST_NUMBER].strip() if is_unknown else "")
    if found.unread:
        unread += tuple(name for name in found.unread if not _is_empty(record[name]))
    return Recipe(title, tuple(ingredients), tuple(steps), tuple(tags), source, servings, tuple(times), unread)


def _with_sections(record: dict[str, object]) -> dict[str, object]:
    """Return a record with the ingredients and steps of its sections, as Tasty has them, where it has none itself."""
    found = columns(tuple(record))
    ingredients, steps = [], []
    for section in _list(record["sections"]):
        if not isinstance(section, dict):
            return record
        heading, inner = section.get("name") or section.get("title"), columns(tuple(section))
        names = (*inner.ingredients, *(name for name in ("components",) if name in section))
        ingredients += [{"name": heading, "items": section[name]} for name in names[:1]]
        steps += [{"name": heading, "items": section[name]} for name in inner.steps[:1]]
    held = {}
    if ingredients and not found.has_ingredients:
        held["ingredients"] = ingredients
    if steps and not found.has_steps:
        held["directions"] = steps
    return {**{name: value for name, value in record.items() if name != "sections"}, **held} if held else record


def _described(record: dict[str, object], names: tuple[str, ...], skipped: Skipped) -> Iterator[tuple[str, object]]:
    """Yield what stands under names that describe a recipe, unless it is too long for that."""
    for name in names:
        if (size := text_size(record[name])) > _LONGEST_DESCRIPTION:
            skipped.append(f"{name} holds {size:,} characters of text")
        elif not is_texts(record[name]) and is_too_large(record[name]):
            skipped.append(f"{name} is {TOO_LARGE}")
        else:
            yield name, record[name]


def _is_empty(value: object) -> bool:
    return value in _EMPTY or value != value  # NaN


def _paprika_lines(value: object) -> object:
    """Return the lines of a text of Paprika's, which holds one item a line and no markup; one line is not a list."""
    lines = [line for line in value.split("\n") if line.strip()] if isinstance(value, str) else []
    return lines if len(lines) > 1 else value


def _ingredients(record: dict[str, object], found: Columns, skipped: Skipped) -> list[str]:
    lines = _first_lines(record, found.ingredients, "ingredients", skipped)
    if len(lines) == 1 and "@type" in record and is_separated_by_commas(lines):  # schema.org wants a list there
        return comma_items(lines[0])
    if lines and found.quantities and plain_name(found.ingredients[0]) == "recipeingredientparts":
        return _with_quantities(lines, record[found.quantities[0]])
    if lines:
        return lines
    for name, measure in found.numbered:
        if isinstance(text := record[name], str) and not is_placeholder(text):
            amount = record[measure] if measure is not None else None
            has_amount = isinstance(amount, str) and not is_placeholder(amount)
            lines.append(f"{str(amount).strip()} {text.strip()}" if has_amount else text)
    _require_bounds(lines, "ingredients")
    if not lines:  # Tandoor stores the ingredients with the step that uses them
        steps = [step for name in found.steps if isinstance(record[name], list) for step in _list(record[name])]
        inner = [step["ingredients"] for step in steps if isinstance(step, dict) and step.get("ingredients")]
        lines = [line for value in inner for line in _checked(value, "ingredients", skipped)]
    return lines


def _with_quantities(parts: list[str], quantities: object) -> list[str]:
    """Put Food.com's quantities before the ingredients that they belong to, where there is one for each."""
    try:
        values = written_value(quantities) if isinstance(quantities, str) else quantities
    except NotAListError:
        return parts
    if not isinstance(values, list) or len(values) != len(parts):
        return parts
    pairs = zip(values, parts, strict=True)
    return [f"{value} {part}" if isinstance(value, str) and value.strip() else part for value, part in pairs]


def _list(value: object) -> list[object]:
    return cast("list[object]", value)


def _first_lines(record: dict[str, object], names: tuple[str, ...], field: Field, skipped: Skipped) -> list[str]:
    """Return the lines under the first name that has any; exports carry empty aliases beside full ones."""
    left_out = Skipped()
    for name in names:
        lines = _checked(record[name], field, left_out)
        if not all(map(is_placeholder, lines)):
            skipped += left_out
            return lines
    if left_out:
        raise _WrongShapeError(left_out[0])
    return []


def _checked(value: object, field: Field, skipped: Skipped) -> list[str]:
    is_plain = isinstance(value, str) or is_texts(value)
    if (size := text_size(value)) > (_LONGEST_FIELD if is_plain else _LONGEST_VALUE):  # before it is parted
        raise _WrongShapeError(f"{field} holds {size:,} characters of text")
    lines = value if is_texts(value) and len(value) != 1 else list(field_lines(value, field, skipped))
    _require_bounds(lines, field)
    return lines


def _require_bounds(lines: list[str], field: Field) -> None:
    """Refuse more lines or text than any recipe has, and text that cannot be encoded.

    Raises:
        _WrongShapeError: The lines are too many or too long, or hold half a character.
    """
    if len(lines) > _MOST_LINES:
        raise _WrongShapeError(f"{field} holds {len(lines):,} items")
    text = "".join(lines)
    if len(text) > _LONGEST_FIELD:
        raise _WrongShapeError(f"{field} holds {len(text):,} characters of text")
    if not text.isascii():
        for number, line in enumerate(lines, start=1):
            _require_encodable(line, f"item {number} of {field}")


def _title(value: object) -> str:
    if isinstance(value, list):  # a page may name a recipe and its site
        return next((text for item in value if (text := _title(item))), "")
    if isinstance(value, dict):
        inner = [value[key] for key in ("name", "@value", "text", "rendered", "en") if key in value]
        inner = inner or [text for language, text in value.items() if len(str(language)) == _LANGUAGE]
        return _title(inner[0]) if inner else ""
    if value is None or value != value:
        return ""
    if isinstance(value, int | float):
        return "" if isinstance(value, bool) or is_too_large(value) else str(value).removesuffix(".0")
    if not isinstance(value, str):
        raise _WrongShapeError(f"the title is {kind(value)}, not text")
    if len(value) > _LONGEST_TITLE:
        raise _WrongShapeError(f"the title is a text of {len(value):,} characters")
    _require_encodable(value, "the title")
    return value


def _require_encodable(text: str, what: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _WrongShapeError(f"{what} holds bytes that are not UTF-8, or half a character") from None


def described(fields: dict[str, object]) -> dict[str, object]:
    """Return the tags, servings and times among the fields that stand above a text."""
    return {name: fields[name] for name in columns(tuple(fields)).description}
