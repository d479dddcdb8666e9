"""Suspicions: signs that a source was not read as its author meant it, worth a look before a long training."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe

SHARE = 0.5
"""Share of recipes with one ingredient line from which their lists have probably not been parted."""

RARE = 0.001
"""Share of recipes up to which marks of code or Markdown are taken for accidents."""

# Lists of Python, JSON, numpy, R and PostgreSQL, objects, and tags.
_CODE = re.compile(
    r"""\s*(?:\[\s*['"{\[]|\{\s*['"]|c\(\s*["']|array\(|\(\s*['"].*['"]\s*,|<(?:/?[a-z][a-z0-9]*\b[^<>]*>|!--))"""
    r"""|.*['"]\s*,\s*['"].*['"]\s*[\])}]\s*$"""
)
_MARKDOWN = re.compile(r"\s*(?:#|---)")


class Suspicions:
    """Counts suspicious recipes as they come."""

    def __init__(self) -> None:
        self._recipes = self._one_line = self._code = self._markdown = 0

    def add(self, recipe: Recipe) -> None:
        """Take a recipe that is kept."""
        self._recipes += 1
        self._one_line += sum(not is_heading(line) for line in recipe.ingredients) == 1
        self._code += any(map(_CODE.match, (*recipe.ingredients[:1], *recipe.steps[:1])))
        self._markdown += _MARKDOWN.match(recipe.title) is not None

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence for each suspicion that has grounds."""
        total, rare = self._recipes, self._recipes * RARE
        found = []
        if self._one_line > total * SHARE:
            found.append(
                f"{self._one_line:,} of {total:,} recipes have one ingredient line: are whole lists in one text?"
            )
        if self._code > rare:
            found.append(f"{self._code:,} of {total:,} recipes hold text that looks like code: is it a list or a page?")
        if self._markdown > rare:
            found.append(f"{self._markdown:,} of {total:,} titles begin with # or ---: is it Markdown?")
        return tuple(found)
