"""One request to generate, and its texts as they grow. Knows nothing of widgets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from recipe_tui.core.config import GenerationConfig, Quantization  # noqa: TC001 - pydantic reads it for the history
from recipe_tui.core.recipes.ingredients import Checklist
from recipe_tui.core.text.prompt import Prompt  # noqa: TC001 - as above

if TYPE_CHECKING:
    from recipe_tui.workers.protocol import Alternative, Text, Traced, Written, Wrote


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was written, with the probability that the model gave it, where known."""

    text: str
    id: int
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request to generate texts.

    Attributes:
        model: The model's name: a folder, a run or a hub name.
        begun: Tokens that were generated before, to continue after.
        precision: Number format of the computation.
        quantization: How the weights of its projections are stored.
    """

    model: str
    prompt: Prompt
    config: GenerationConfig
    begun: tuple[Token, ...] = ()
    precision: str = "float32"
    quantization: Quantization = "none"

    @property
    def lead(self) -> str:
        """How the text that is shown begins, before any token was written."""
        if self.prompt.text is not None:
            return self.prompt.text
        return self.prompt.directions.strip(" ")

    @property
    def problem(self) -> str:
        """Why it cannot be generated; empty when it can."""
        prompt, config = self.prompt, self.config
        if config.num_beams > 1 and config.num_return_sequences > config.num_beams:
            return "More texts than beams: raise beams, or lower texts at once."
        if (contradiction := config.contradiction) is not None:
            return f"Contradictory controls: {': '.join(contradiction)}."
        if not (prompt.text or prompt.title or prompt.ingredients or prompt.directions.strip() or prompt.has_fields):
            return "Give a title or ingredients to begin with."
        return ""


@dataclass(slots=True)
class Draft:
    """A text as it grows; `result` is None until it is finished, `copies` until the text was searched for them."""

    tokens: list[Token]
    checklist: Checklist
    result: Text | None = None
    copies: Traced | None = None

    @property
    def text(self) -> str:
        """What was written, without the prompt."""
        return "".join(token.text for token in self.tokens)


@dataclass(slots=True)
class GenerationSession:
    """Texts that are generated side by side; `number` is the one that is shown."""

    request: GenerationRequest
    drafts: list[Draft] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        if not self.drafts:
            config = self.request.config
            self.drafts = [self._draft() for _ in range(max(config.num_return_sequences, config.best_of))]

    @property
    def draft(self) -> Draft:
        """The text that is shown."""
        return self.drafts[self.number]

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes."""
        return all(draft.result is not None for draft in self.drafts)

    @property
    def seed(self) -> int | None:
        """The seed that gives the texts again, once it is known."""
        result = self.drafts[0].result
        return result.seed if result is not None else self.request.config.seed

    def take(self, wrote: Wrote) -> None:
        """Append a token to its text."""
        draft = self.drafts[wrote.sequence]
        draft.tokens.append(Token(wrote.text, wrote.token_id, wrote.probability))
        draft.checklist.read(wrote.text)

    def finish(self, written: Written) -> None:
        """Take the finished texts, the best first if they were ranked; those not kept or never begun are dropped."""
        if self.request.config.best_of > 1:
            self.drafts, self.number = [self.drafts[text.sequence] for text in written.texts] or self.drafts, 0
        for draft, text in zip(self.drafts, written.texts, strict=False):
            draft.result = text
            if not draft.checklist.ingredients:
                draft.checklist = Checklist(text.ingredients)
                draft.checklist.read("\n".join(text.steps))
        self.drafts = [draft for draft in self.drafts if draft.result is not None] or self.drafts[:1]
        self.number = min(self.number, len(self.drafts) - 1)

    def continued_from(self, place: int, alternative: Alternative) -> GenerationRequest:
        """Return the request that puts another token at a place and continues after it."""
        chosen = Token(alternative.text, alternative.token_id, alternative.probability)
        begun = (*self.draft.tokens[:place], chosen)
        alone = self.request.config.model_copy(update={"num_return_sequences": 1, "best_of": 1})
        return replace(self.request, config=alone, begun=begun)

    def _draft(self) -> Draft:
        checklist = Checklist(self.request.prompt.ingredients)
        checklist.read(self.request.lead)
        for token in self.request.begun:
            checklist.read(token.text)
        return Draft(list(self.request.begun), checklist)
