"""Whether a model that was written and opened again is still the same: its logits, and its loss on held-out recipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from recipe_tui.core.lora.adapter import numbers
from recipe_tui.core.model.loss import IGNORED_LABEL
from recipe_tui.core.perplexity import perplexity
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.chat import CHAT
from recipe_tui.core.text.layout import Section
from recipe_tui.core.training.evaluate import evaluate, for_evaluation, validation_batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

Standing = Literal["equal", "equal within rounding", "different"]

RECIPE = Recipe(
    "Tomato and Lentil Soup",
    ("4 ripe tomatoes, chopped", "1 cup red lentils", "1 onion, sliced", "2 tablespoons olive oil", "salt and pepper"),
    (
        "Heat the oil in a large pot over medium heat and cook the onion until it is soft, about 8 minutes.",
        "Add the tomatoes, the lentils and 4 cups of water; bring to a boil, then simmer for 25 minutes.",
        "Season with salt and pepper, and serve hot.",
    ),
)
"""What models are compared on that belong to no run, or whose blocks are gone."""

LOGIT_TOKENS = 128
"""Tokens whose logits are compared, at most."""

EQUAL = 1e-3
"""How far logits may lie apart that come of the same weights."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a model may be from what it was, since its weights were rounded.

    Attributes:
        logits: Root mean square of the differences of logits, as a share of the logits' standard deviation.
        loss: Nats per token.
    """

    logits: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """What models are compared on.

    Attributes:
        what: What it is, for people.
        input_ids: Tokens whose logits are compared, [1, tokens].
        batches: Blocks whose loss is compared.
        batch_size: Blocks in a batch.
    """

    what: str
    input_ids: NDArray[np.int32]
    batches: list[dict[str, Any]]
    batch_size: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model makes of a text.

    Attributes:
        logits: [tokens, vocab_size].
        loss: Nats per target token.
        tokens: Target tokens that the loss is of.
    """

    logits: NDArray[np.float32]
    loss: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model compares with what it was.

    Attributes:
        standing: ``different`` is a failure.
        text: What it was compared on.
        tolerance: How far apart it may be.
        positions: Tokens whose logits were compared.
        largest_difference: Of any two logits.
        relative_difference: Root mean square of all differences, as a share of the logits' standard deviation.
        agreement: Share of tokens after which both find the same token likeliest.
        same_tokens: Whether both split text into the same tokens.
        tokens: Target tokens that the losses are of.
        loss_before: Of the model, nats per token.
        loss_after: Of what was opened again.
    """

    standing: Standing
    text: str
    tolerance: Tolerance
    positions: int
    largest_difference: float
    relative_difference: float
    agreement: float
    same_tokens: bool
    tokens: int
    loss_before: float
    loss_after: float

    @property
    def perplexity_before(self) -> float:
        """Exp of the loss before."""
        return perplexity(self.loss_before)

    @property
    def perplexity_after(self) -> float:
        """Exp of the loss after."""
        return perplexity(self.loss_after)

    def sentence(self) -> str:
        """Say it in a line."""
        if not self.same_tokens:
            return "different: its tokenizer splits text into other tokens"
        return (
            f"{self.standing}: logits differ by at most {self.largest_difference:.2g} "
            f"({self.relative_difference:.2%} of their spread), the likeliest token is the same at "
            f"{self.agreement:.1%} of {self.positions:,} places, perplexity {self.perplexity_before:.3f} before and "
            f"{self.perplexity_after:.3f} after"
        )


def text_of(tokenizer: Tokenizer, context: int, store: BlockStore | None, blocks: int) -> Text:
    """Return what a model is compared on: blocks that its run held out, or else a recipe.

    Args:
        tokenizer: The model's.
        context: Tokens it can read at most.
        store: The blocks.
        blocks: How many of them, at most.
    """
    if store is not None:
        batch_size = min(2, blocks)
        batches = list(validation_batches(store, batch_size, -(-blocks // batch_size)))
        count = min(blocks, len(store.blocks("validation")))
        real = len(store.blocks("validation")[0].input_ids)
        ids = batches[0]["input_ids"][:1, : min(real, LOGIT_TOKENS)]
        return Text(f"{count} held-out block{'s' * (count > 1)} of its run", ids, batches, batch_size)
    encoded = tokenizer.encode_recipes([RECIPE])
    ids = encoded.ids[:context].astype(np.int32)[None]
    labels = ids.copy()
    if tokenizer.layout is CHAT:  # in which the answer alone is learned
        labels[:, : int(encoded.section_lengths[0, : Section.STEPS].sum())] = IGNORED_LABEL
    return Text("a recipe", ids[:, :LOGIT_TOKENS], [{"input_ids": ids, "labels": labels}], 1)


def measure(model: LanguageModel, text: Text) -> Measured:
    """Return what a model makes of a text."""
    logits = numbers(model.logits(model(text.input_ids)))[0]
    found = evaluate(for_evaluation(model, text.batch_size), text.batches)
    return Measured(logits, found.loss, found.tokens)


def compare(before: Measured, after: Measured, text: Text, tolerance: Tolerance, same_tokens: bool = True) -> Verdict:
    """Compare what a model was with what was opened again.

    Args:
        before: What the model makes of a text.
        after: What the other makes of it; its vocabulary may have rows more or less that no token has.
        text: The text.
        tolerance: How far apart they may be.
        same_tokens: Whether their tokenizers agree.
    """
    rows = min(before.logits.shape[1], after.logits.shape[1])
    ours, theirs = before.logits[:, :rows], after.logits[:, :rows]
    difference = np.abs(ours - theirs)
    largest = float(difference.max())
    relative = float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))) / max(float(ours.std()), 1e-12))
    change = abs(after.loss - before.loss)
    standing: Standing = "different"
    if same_tokens and largest <= EQUAL:
        standing = "equal"
    elif same_tokens and relative <= tolerance.logits and change <= tolerance.loss:
        standing = "equal within rounding"
    return Verdict(
        standing=standing,
        text=text.what,
        tolerance=tolerance,
        positions=len(ours),
        largest_difference=largest,
        relative_difference=relative,
        agreement=float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()),
        same_tokens=same_tokens,
        tokens=before.tokens,
        loss_before=before.loss,
        loss_after=after.loss,
    )
