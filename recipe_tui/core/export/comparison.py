"""Comparing a model with its export: logits, and loss on held-out recipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.lora.adapter import numbers
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.runs.perplexity import perplexity
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
"""The text to compare on without held-out blocks."""

LOGIT_TOKENS = 128
"""Maximum number of positions whose logits are compared."""

EQUAL = 1e-3
"""Largest difference of logits by the same weights."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Allowed differences of a model whose weights were rounded.

    Attributes:
        logits: Root mean square of the differences of logits, as a share of the logits' standard deviation.
        loss: Nats per token.
    """

    logits: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class EvaluationText:
    """The text to compare on.

    Attributes:
        what: Its description.
        input_ids: Tokens whose logits are compared, [1, tokens].
        batches: Batches whose loss is compared.
        batch_size: Blocks in a batch.
    """

    what: str
    input_ids: NDArray[np.int32]
    batches: list[dict[str, Any]]
    batch_size: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """A model's outputs on a text.

    Attributes:
        logits: [tokens, vocab_size].
        loss: Nats per target token.
        tokens: Number of target tokens.
    """

    logits: NDArray[np.float32]
    loss: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The comparison of an export with its model.

    Attributes:
        standing: ``different`` is a failure.
        text: Description of the text.
        tolerance: The allowed differences.
        positions: Number of positions whose logits were compared.
        largest_difference: Of any two logits.
        relative_difference: Root mean square of all differences, as a share of the logits' standard deviation.
        agreement: Share of positions at which the likeliest token is the same.
        same_tokens: Whether both tokenizers encode text alike.
        tokens: Number of target tokens of the losses.
        loss_before: Of the model, nats per token.
        loss_after: Of the export.
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

    def rows(self) -> list[tuple[str, str]]:
        """Return the comparison as rows: what is compared, and how it is."""
        return [
            ("compared on", self.text),
            ("verdict", self.standing),
            ("largest difference of two logits", f"{self.largest_difference:.2g}"),
            ("same likeliest token", f"{self.agreement:.1%} of {self.positions:,} places"),
            ("perplexity before", f"{self.perplexity_before:.3f}"),
            ("perplexity after", f"{self.perplexity_after:.3f}"),
        ]

    def sentence(self) -> str:
        """Return the comparison in one line."""
        if not self.same_tokens:
            return "different: its tokenizer splits text into other tokens"
        return (
            f"{self.standing}: logits differ by at most {self.largest_difference:.2g} "
            f"({self.relative_difference:.2%} of their spread), the likeliest token is the same at "
            f"{self.agreement:.1%} of {self.positions:,} places, perplexity {self.perplexity_before:.3f} before and "
            f"{self.perplexity_after:.3f} after"
        )


def evaluation_text(tokenizer: Tokenizer, context: int, store: BlockStore | None, blocks: int) -> EvaluationText:
    """Return the text to compare on: held-out blocks of the run, or else a recipe.

    Args:
        tokenizer: The model's.
        context: The model's context, in tokens.
        store: The blocks.
        blocks: Maximum number of them.
    """
    if store is not None:
        batch_size = min(2, blocks)
        batches = list(validation_batches(store, batch_size, -(-blocks // batch_size)))
        count = min(blocks, len(store.blocks("validation")))
        real = len(store.blocks("validation")[0].input_ids)
        ids = batches[0]["input_ids"][:1, : min(real, LOGIT_TOKENS)]
        return EvaluationText(f"{count} held-out block{'s' * (count > 1)} of its run", ids, batches, batch_size)
    encoded = tokenizer.encode_recipes([RECIPE])
    ids = encoded.ids[:context].astype(np.int32)[None]
    labels = ids.copy()
    if tokenizer.layout is CHAT:  # only the answer is a target
        labels[:, : int(encoded.section_lengths[0, : Section.STEPS].sum())] = IGNORED_LABEL
    return EvaluationText("a recipe", ids[:, :LOGIT_TOKENS], [{"input_ids": ids, "labels": labels}], 1)


def measure(model: LanguageModel, text: EvaluationText) -> Measurement:
    """Return a model's outputs on a text."""
    logits = numbers(model.logits(model(text.input_ids)))[0]
    found = evaluate(for_evaluation(model, text.batch_size), text.batches)
    return Measurement(logits, found.loss, found.tokens)


def compare(
    before: Measurement, after: Measurement, text: EvaluationText, tolerance: Tolerance, same_tokens: bool = True
) -> Verdict:
    """Compare a model with its export.

    Args:
        before: The model's outputs.
        after: The export's outputs; its vocabulary may have more or fewer unused rows.
        text: The text.
        tolerance: The allowed differences.
        same_tokens: Whether both tokenizers encode text alike.
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
