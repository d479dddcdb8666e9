"""The tags, servings and times of a corpus with their counts: what a prompt for a model that learned it can name."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.paths import STORE_FIELDS
from recipe_tui.core.registry.catalog import store_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.prompt import Prompt

FieldName = Literal["tags", "servings", "times"]

MOST_VALUES = 5_000
"""Values of each field that are kept, the commonest."""

_MOST_COUNTED = 200_000  # different values of a field that are counted at once


@dataclass(slots=True)
class FieldValues:
    """Counts of recipes by tag, by servings and by time."""

    tags: Counter[str] = field(default_factory=Counter)
    servings: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)

    def add(self, recipe: Recipe) -> None:
        """Count the values of a recipe."""
        self.tags.update(recipe.tags)
        self.times.update(recipe.times)
        if recipe.servings:
            self.servings[recipe.servings] += 1
        if len(self.tags) > _MOST_COUNTED or len(self.servings) > _MOST_COUNTED or len(self.times) > _MOST_COUNTED:
            self._keep(_MOST_COUNTED // 2)

    def counts(self) -> dict[str, Counter[str]]:
        """Return the counts of each field by its name, as plain values for JSON."""
        return {"tags": self.tags, "servings": self.servings, "times": self.times}

    @classmethod
    def from_counts(cls, counts: Mapping[str, Mapping[str, int]]) -> FieldValues:
        """Return the values that `counts` gave."""
        return cls(**{name: Counter(values) for name, values in counts.items()})

    def write(self, store: Path) -> None:
        """Write the commonest values to the folder of a block store.

        Raises:
            OutputError: The file cannot be written.
        """
        self._keep(MOST_VALUES)
        write_text(store / STORE_FIELDS, json.dumps(self.counts(), ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def of_model(cls, model: str | Path) -> FieldValues:
        """Read those of the corpus that a run's model was trained on; empty where that is not known."""
        store = store_of(str(model))
        return cls() if store is None else cls.read(store)

    @classmethod
    def read(cls, store: Path) -> FieldValues:
        """Read what `write` wrote; empty for older stores, and where the file is damaged."""
        try:
            values = json.loads((store / STORE_FIELDS).read_text(encoding="utf-8"))
            return cls.from_counts({name: {str(k): int(n) for k, n in values[name].items()} for name in values})
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return cls()

    def completions(self, name: FieldName, begun: str) -> list[str]:
        """Return the values of a field that begin with a text, whatever its case; the commonest first."""
        counts, begun = self._counts(name), begun.casefold()
        return [value for value, _ in counts.most_common() if value.casefold().startswith(begun)]

    def unknown(self, prompt: Prompt) -> list[str]:
        """Return a sentence for each value of a prompt that the corpus does not have; none where it is unknown."""
        servings = (prompt.servings,) if prompt.servings else ()
        named: tuple[tuple[FieldName, Iterable[str]], ...] = (
            ("tags", prompt.tags),
            ("servings", servings),
            ("times", prompt.times),
        )
        return [
            self._unknown(name, value)
            for name, values in named
            for value in values
            if self._counts(name) and value not in self._counts(name)
        ]

    def _unknown(self, name: FieldName, value: str) -> str:
        near = ", ".join(self.nearest(name, value))
        hint = f"the nearest are: {near}" if near else "no similar value is known"
        return f"'{value}' is not among the {name} that the model was trained on; {hint}"

    def nearest(self, name: FieldName, value: str, count: int = 3) -> list[str]:
        """Return the values of a field that are spelled most alike."""
        spelled: dict[str, str] = {}
        for known, _ in self._counts(name).most_common():
            spelled.setdefault(known.casefold(), known)
        return [spelled[one] for one in difflib.get_close_matches(value.casefold(), spelled, count)]

    def _counts(self, name: FieldName) -> Counter[str]:
        counts: Counter[str] = getattr(self, name)
        return counts

    def _keep(self, most: int) -> None:
        for name in ("tags", "servings", "times"):
            setattr(self, name, Counter(dict(getattr(self, name).most_common(most))))
