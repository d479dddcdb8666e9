"""The output of a generator: tokens as they are generated, their alternatives, and whole texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.layout import parse_text

if TYPE_CHECKING:
    from recipe_tui.core.text.generated import FinishReason, TextScore
    from recipe_tui.core.text.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Piece:
    """A generated token.

    Attributes:
        sequence: Index of the text that it belongs to.
        text: The text that it completes; may be empty, since a character can span tokens.
        token_id: The token.
        probability: The model's own, before any processor; None in a beam search, which does not keep it.
    """

    sequence: int
    text: str
    token_id: int
    probability: float | None


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated text.

    Attributes:
        text: Prompt and continuation; special tokens appear as line ends.
        recipe: The recipe parsed from it.
        finish_reason: ``stop`` at the end token, ``length`` at the limit, ``cancelled`` by the caller.
        tokens: Number of new tokens, the end token included.
        tokens_per_second: Of all texts together, by the median step, which excludes compilation.
        seed: The seed that reproduces this text.
        notes: Deviations from the request, such as a limit lowered to the room in the context.
        sequence: Index among the texts that were generated side by side, which `Piece` names.
        score: What it was ranked by; None if there was nothing to choose from.
    """

    text: str
    recipe: Recipe
    finish_reason: FinishReason
    tokens: int
    tokens_per_second: float
    seed: int
    notes: tuple[str, ...] = ()
    sequence: int = 0
    score: TextScore | None = None


def recipe_after(prompt: Prompt, given: str, generated: Generated, layout: str) -> Recipe:
    """Return the recipe of a text that was generated after a prompt.

    Where lines alone delimit, the border between ingredients and steps is guessed when a text is parsed; after a prompt
    with ingredients it is known. Such a text is a recipe if parsing it finds ingredients and steps, too.

    Args:
        prompt: The prompt.
        given: Its text, with which the generated one begins.
        generated: The text.
        layout: Name of the tokenizer's layout.
    """
    if layout != "plain" or not prompt.ingredients:
        return generated.recipe
    steps = tuple(filter(None, map(str.strip, generated.text.removeprefix(given).split("\n"))))
    parsed = parse_text(generated.text)
    return Recipe(prompt.title, prompt.ingredients if parsed.ingredients and parsed.steps else (), steps)
