"""A request to generate texts after one prompt, with all that the processors need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipe_tui.core.generation.candidates import Context
from recipe_tui.core.generation.dry import sequence_breakers
from recipe_tui.core.generation.ingredient_bonus import IngredientBonus
from recipe_tui.core.generation.section_automaton import automaton_of
from recipe_tui.core.generation.verbatim_guard import VerbatimGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.output import Piece
    from recipe_tui.core.generation.training_text import TrainingText
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.core.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Task:
    """One call of `Generator.generate`.

    Attributes:
        context: The settings, the prompt, and the token ids and text written before, which new ones continue.
        limit: Maximum number of new tokens.
        seed: Seed of the draws.
        notes: Deviations from the request.
        observer: Called with each token.
        cancelled: Asked after each token.
    """

    context: Context
    limit: int
    seed: int
    notes: tuple[str, ...]
    observer: Callable[[Piece], None]
    cancelled: Callable[[], bool]

    @property
    def before(self) -> list[int]:
        """Token ids that precede the new ones."""
        return [*self.context.prompt, *self.context.written]


def first_context(
    tokenizer: Tokenizer,
    training_text: TrainingText,
    prompt: Prompt,
    input_ids: Sequence[int],
    begun: Sequence[int],
    config: GenerationConfig,
) -> Context:
    """Return what the processors know before the first new token.

    Args:
        tokenizer: The tokenizer.
        training_text: What the model was trained on.
        prompt: The prompt.
        input_ids: Its token ids.
        begun: Token ids written before, which the new ones continue.
        config: The settings.

    Raises:
        GenerationError: A setting needs the training text, which is not known.
    """
    context = Context(config, input_ids, begun, tokenizer.end_ids | {*tokenizer.section_ids})
    if config.dry_multiplier:
        context = replace(context, breakers=sequence_breakers(tokenizer))
    if config.section_automaton:
        context = replace(context, sections=automaton_of(tokenizer))
    if config.verbatim_guard:
        context = replace(context, guard=VerbatimGuard(tokenizer, training_text.index))
    if config.ingredient_bonus:
        lexicon = training_text.lexicon_tokens(tokenizer)
        context = replace(context, ingredients=IngredientBonus(tokenizer, prompt, input_ids, lexicon))
    return context


def without_effect(context: Context, has_base: bool) -> tuple[str, ...]:
    """Return what was requested and has no effect."""
    notes = []
    if context.ingredients is not None and not context.ingredients.has_effect:
        notes.append("ingredient_bonus has no effect: the prompt lists no ingredient by name")
    if context.config.contrast and not has_base:
        notes.append("contrast has no effect: the model is no adapter over a base")
    return tuple(notes)
