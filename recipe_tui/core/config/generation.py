"""The section ``[generation]`` of the configuration."""

from __future__ import annotations

from pydantic import Field, field_validator

from recipe_tui.core.config.section import Section
from recipe_tui.core.errors import UsageError

PROCESSORS = (
    *("guidance", "contrast", "verbatim_guard", "ingredient_bonus", "repetition_penalty", "no_repeat_ngram_size"),
    *("dry_multiplier", "section_automaton", "temperature", "top_n_sigma", "top_k", "typical_p", "top_p", "min_p"),
)
"""The fields that turn on a processor of the next token's scores, in order of application."""

FEWEST_GUARDED_WORDS = 4
"""Words of the shortest n-gram that `GenerationConfig.verbatim_guard` can block."""


class GenerationConfig(Section):
    """How the next token is chosen. The processors run in the order of these fields."""

    max_new_tokens: int = Field(
        400, ge=1, description="Longest continuation, in tokens; lowered to the room of the context."
    )
    guidance: float = Field(
        1.0, ge=1, le=20, description="Factor by which the prompt counts for more, by a second pass; 1: off."
    )
    contrast: float = Field(
        0.0, ge=0, le=20, description="Lowers what an adapter's base finds as likely, by a second pass; 0: off."
    )
    verbatim_guard: int = Field(
        0, ge=0, description="Block tokens that complete a run of this many words of the training text; 0: off."
    )
    ingredient_bonus: float = Field(
        0.0,
        ge=0,
        le=50,
        description="Raises listed ingredients not mentioned yet, in nats, holds back the end until they are, and "
        "lowers unlisted ones; 0: off.",
    )
    repetition_penalty: float = Field(
        1.0, gt=0, le=100, description="Above 1, tokens already written become less likely."
    )
    no_repeat_ngram_size: int = Field(
        0, ge=0, description="Forbid repeating a run of this many written tokens; 0: off."
    )
    dry_multiplier: float = Field(
        0.0, ge=0, le=100, description="Strength of DRY, which lowers what would continue a repeated run; 0: off."
    )
    dry_base: float = Field(
        1.75, ge=1, le=10, description="DRY's penalty grows by this factor with each token of the run."
    )
    dry_allowed_length: int = Field(2, ge=1, description="Length from which DRY lowers what continues a run.")
    dry_range: int = Field(0, ge=0, description="Written tokens in which DRY looks for the run; 0: all of them.")
    section_automaton: bool = Field(
        False, description="Allow only section tokens in the order of a recipe, and end the text within the limit."
    )
    temperature: float = Field(
        0.7, ge=0, le=100, description="Flattens (>1) or sharpens (<1) the distribution; 0 is greedy."
    )
    top_n_sigma: float = Field(
        0.0, ge=0, le=100, description="Keep tokens whose score is within n standard deviations of the highest; 0: off."
    )
    top_k: int = Field(0, ge=0, description="Keep the k likeliest tokens; 0: off.")
    typical_p: float = Field(
        1.0, gt=0, le=1, description="Keep the tokens of expected surprise that reach this probability; 1: off."
    )
    top_p: float = Field(0.95, gt=0, le=1, description="Keep the likeliest tokens that reach this probability; 1: off.")
    min_p: float = Field(
        0.0, ge=0, le=1, description="Drop tokens below this share of the likeliest one; 1: keep that alone, 0: off."
    )
    num_beams: int = Field(1, ge=1, le=1000, description="Beams of a beam search (no sampling); 1: off.")
    length_penalty: float = Field(1.0, ge=-10, le=10, description="Beam scores are divided by length to this power.")
    num_return_sequences: int = Field(1, ge=1, le=100_000, description="Texts written side by side.")
    best_of: int = Field(
        1, ge=1, le=10_000, description="Texts written, of which the best num_return_sequences are kept; 1: off."
    )
    seed: int | None = Field(None, ge=0, description="Same seed, same text; drawn at random when unset.")

    @property
    def is_serial(self) -> bool:
        """Whether texts for many prompts are generated one by one: beams, second passes and the best of several."""
        return self.num_beams > 1 or self.best_of > 1 or self.passes > 1

    @property
    def passes(self) -> int:
        """Passes through a model for each token: the model's own, without the prompt, and the base's."""
        return 1 + (self.guidance > 1) + bool(self.contrast)

    def check(self) -> None:
        """Refuse settings that exclude each other.

        Raises:
            UsageError: See `contradiction`.
        """
        if (contradiction := self.contradiction) is not None:
            raise UsageError(*contradiction)

    @property
    def contradiction(self) -> tuple[str, str] | None:
        """Settings that exclude each other, and what to do; None if there are none."""
        beams, texts = self.num_beams, self.num_return_sequences
        if beams > 1 and texts > beams:
            return f"{beams} beams cannot give {texts} texts", "raise num_beams or lower num_return_sequences"
        if beams > 1 and self.guidance > 1:
            return "a beam search takes no guidance", "set guidance or num_beams to 1"
        if beams > 1 and self.contrast:
            return "a beam search takes no contrast", "set contrast to 0 or num_beams to 1"
        if beams > 1 and self.best_of > 1:
            return (
                "best_of chooses among sampled texts, and a beam search samples none",
                "set best_of or num_beams to 1",
            )
        if self.best_of > 1 and self.temperature == 0:
            return (
                "at temperature 0 best_of would write the same text each time",
                "raise temperature, or set best_of to 1",
            )
        if 1 < self.best_of < texts:
            return (
                f"the best {texts} of {self.best_of} texts cannot be kept",
                "raise best_of or lower num_return_sequences",
            )
        return None

    @field_validator("verbatim_guard")
    @classmethod
    def _some_text_is_left(cls, value: int) -> int:
        if 0 < value < FEWEST_GUARDED_WORDS:
            raise ValueError(f"it should be {FEWEST_GUARDED_WORDS} or more, or 0: shorter runs are in every recipe")
        return value
