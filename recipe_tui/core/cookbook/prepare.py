"""Prepare a recipe for a cook: its servings, its units and the notes on it, in one call."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import amount_at
from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.document import Document, tidied
from recipe_tui.core.cookbook.hints import notes_on
from recipe_tui.core.cookbook.scaling import factor_for, scale
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.units import System
    from recipe_tui.core.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to a recipe.

    Attributes:
        servings: The servings that it is scaled to; None leaves it as it is.
        factor: By what it is multiplied, instead of servings.
        units: The system that it is converted to; None leaves its units.
        hints: Whether hints at allergens and safety notes are added.
        machine_written: Whether a model wrote it, which is always noted.
    """

    servings: Fraction | None = None
    factor: Fraction | None = None
    units: System | None = None
    hints: bool = True
    machine_written: bool = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recipe that was prepared.

    Attributes:
        document: The recipe and its notes.
        unscaled: Ingredient lines that could not be scaled.
    """

    document: Document
    unscaled: tuple[str, ...]


def prepare(recipe: Recipe, preparation: Preparation) -> Prepared:
    """Scale, convert and annotate a recipe.

    Raises:
        UsageError: It does not say how many servings it makes, or the factor makes no sense.
    """
    recipe = tidied(recipe)
    factor = preparation.factor
    if preparation.servings is not None:
        factor = factor_for(recipe, preparation.servings)
    scaled = scale(recipe, factor if factor is not None else Fraction(1))
    recipe = convert(scaled.recipe, preparation.units) if preparation.units else scaled.recipe
    notes = notes_on(recipe, preparation.machine_written, preparation.hints)
    return Prepared(Document.of(recipe, notes), scaled.unscaled)


def positive_number(text: str, what: str) -> Fraction:
    """Return a number as it stands in recipes: ``6``, ``1 1/2``, ``0,5``.

    Args:
        text: The number.
        what: What it is, for the message.

    Raises:
        UsageError: It is no number above 0.
    """
    line = text.strip()
    amount = amount_at(line, 0)
    if amount is None or amount.end != len(line) or amount.high is not None or amount.unit is not None:
        raise UsageError(f"{what} '{text}': no number above 0 and below 1,000,000", "write 6, 1/2 or 1.5")
    return amount.low
