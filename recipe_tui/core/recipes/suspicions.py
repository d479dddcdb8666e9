"""Suspicions: signs that a source was not read as its author meant it, to be checked before a long training."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.hidden_files import HIDDEN
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.recipes.reading import Unreadable
    from recipe_tui.core.recipes.recipe import Recipe

SHARE = 0.5
"""Share of recipes with one ingredient line from which their lists have probably not been split."""

RARE = 0.001
"""Share of recipes up to which marks of code or Markdown are taken for accidents."""

_MOST_FIELDS = 30  # in the ledger
_MOST_COUNTED = 10_000  # different names
_NAMED = 8  # in a warning
_LONGEST_NAME = 40  # characters

# Lists of Python, JSON, numpy, R and PostgreSQL, objects, and tags.
_CODE = re.compile(
    r"""\s*(?:\[\s*['"{\[]|\{\s*['"]|c\(\s*["']|array\(|\(\s*['"].*['"]\s*,|<(?:/?[a-z][a-z0-9]*\b[^<>]*>|!--)"""
    r"""|\[?object [A-Z]|\[?\w+\(\w+=['"])"""
    r"""|.*['"]\s*,\s*['"].*['"]\s*[\])}]\s*$"""
)
_MARKDOWN = re.compile(r"\s*(?:#|---)")


class Suspicions:
    """Counts suspicious recipes as they come, and the fields of records that were not understood."""

    def __init__(self) -> None:
        self._unread: Counter[str] = Counter()
        self._recipes: Counter[str] = Counter()
        self._unknown_splits: Counter[str] = Counter()
        self._unreadable = 0
        self._first_unreadable = ""

    @property
    def unread_fields(self) -> dict[str, int]:
        """The fields that were not understood, the commonest first, with the number of recipes that have them."""
        return dict(self._unread.most_common(_MOST_FIELDS))

    def add_fields(self, recipe: Recipe) -> None:
        """Take the fields of a recipe, kept or not, and its split where this is not understood."""
        if recipe.source and recipe.source.unknown_split and len(self._unknown_splits) < _MOST_COUNTED:
            self._unknown_splits[_shown(recipe.source.unknown_split)] += 1
        if recipe.unread_fields and len(self._unread) < _MOST_COUNTED:
            self._unread.update(map(_shown, recipe.unread_fields))

    def add(self, recipe: Recipe) -> None:
        """Take a recipe that is kept."""
        self._recipes["all"] += 1
        self._recipes["one line"] += sum(not is_heading(line) for line in recipe.ingredients) == 1
        self._recipes["code"] += any(map(_CODE.match, (*recipe.ingredients[:1], *recipe.steps[:1])))
        self._recipes["markdown"] += _MARKDOWN.match(recipe.title) is not None

    def add_unreadable(self, unreadable: Unreadable) -> None:
        """Take what could not be read; files that are left out because they are hidden are no suspicion."""
        if not unreadable.reason.endswith(HIDDEN):
            self._unreadable += 1
            self._first_unreadable = self._first_unreadable or str(unreadable)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return what was counted in recipes, as plain values for JSON; what could not be read is left out."""
        return {
            "unread": dict(self._unread),
            "recipes": dict(self._recipes),
            "unknown_splits": dict(self._unknown_splits),
        }

    def restore(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Continue from what `counts` returned."""
        self._unread, self._recipes = Counter(counts["unread"]), Counter(counts["recipes"])
        self._unknown_splits = Counter(counts.get("unknown_splits", {}))

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence for each suspicion."""
        total = self._recipes["all"]
        one_line, code, markdown = (self._recipes[name] for name in ("one line", "code", "markdown"))
        rare = total * RARE
        found = []
        if self._unreadable:
            what = "1 record or file" if self._unreadable == 1 else f"{self._unreadable:,} records or files"
            found.append(f"{what} could not be read in full, as {self._first_unreadable}")
        if one_line > total * SHARE:
            found.append(f"{one_line:,} of {total:,} recipes have one ingredient line: are whole lists in one text?")
        if code > rare:
            found.append(f"{code:,} of {total:,} recipes hold text that looks like code: is it a list or a page?")
        if markdown > rare:
            found.append(f"{markdown:,} of {total:,} titles begin with # or ---: is it Markdown?")
        if self._unread:
            found.append(f"fields that were not understood, with the number of recipes: {_commonest(self._unread)}")
        if self._unknown_splits:
            found.append(
                f"splits that were not understood, with the number of recipes: {_commonest(self._unknown_splits)}; "
                "they are assigned like those without a split: call them train, validation and test to keep them"
            )
        return tuple(found)


def _commonest(counts: Counter[str]) -> str:
    named = ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(_NAMED))
    return f"{named}, and {len(counts) - _NAMED:,} more" if len(counts) > _NAMED else named


def _shown(name: str) -> str:
    """Return a field's name as it can be shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name)[:_LONGEST_NAME])
