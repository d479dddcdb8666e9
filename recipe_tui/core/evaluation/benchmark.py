"""What every model is evaluated on and beside: held-out prompts, human text and trivial baselines. Needs no backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.evaluation.baselines import NearestRecipes, copy, random_rows, template
from recipe_tui.core.evaluation.prompts import HeldOutPrompts, held_out_prompts, rows_of, training_recipes
from recipe_tui.core.evaluation.scores import Scorer, copy_scores
from recipe_tui.core.measures.copies import closest
from recipe_tui.core.measures.ingredients import Lexicon
from recipe_tui.core.measures.written import Written
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.evaluation.statistics import Score
    from recipe_tui.core.novelty.build import IndexProgress

Stage = Literal["index", "baselines", "load", "write", "write freely", "likelihood", "extraction", "score"]

STAGES: dict[Stage, str] = {
    "index": "indexing the training text",
    "baselines": "scoring human text and baselines",
    "load": "loading",
    "write": "writing for held-out prompts",
    "write freely": "writing whole recipes",
    "likelihood": "computing perplexity",
    "extraction": "extracting training recipes",
    "score": "scoring",
}
"""The stages of an evaluation as people read them."""

FREE_SHARE = 4
"""One in so many prompts is also a whole recipe that is written from its title, or from nothing."""


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """How far an evaluation is.

    Attributes:
        stage: The stage.
        model: The model; empty where no model is at work.
        done: Texts or recipes done.
        total: Number of them; 0 where it is not known.
        tokens: Tokens written meanwhile.
    """

    stage: Stage
    model: str = ""
    done: int = 0
    total: int = 0
    tokens: int = 0

    @property
    def stage_title(self) -> str:
        """The stage in a few words, with the model."""
        return f"{self.model}: {STAGES[self.stage]}" if self.model else STAGES[self.stage]

    @property
    def summary(self) -> str:
        """The progress in a few words."""
        return f"{self.stage_title}: {self.done:,} of {self.total:,}" if self.total else self.stage_title


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Held-out prompts, and the systems that need no model.

    Attributes:
        store: The block store.
        prompts: The prompts.
        free: Number of recipes that are written from a title, or from nothing.
        seed: Seed of all draws.
        scorer: Scores texts.
        index: The novelty index.
        scores: The scores of ``human``, ``bm25``, ``random``, ``template`` and ``copy``.
        written: Their texts.
    """

    store: BlockStore
    prompts: HeldOutPrompts
    free: int
    seed: int
    scorer: Scorer
    index: NoveltyIndex
    scores: Mapping[str, Mapping[str, Score]]
    written: Mapping[str, tuple[Written, ...]]

    @classmethod
    def of(
        cls, store: BlockStore, count: int, seed: int, observer: Callable[[EvaluationProgress], None] = lambda _: None
    ) -> Benchmark:
        """Draw the prompts of a store, and score the baselines on them.

        Args:
            store: The store.
            count: Number of prompts.
            seed: Seed of the draws.
            observer: Receives the progress; may raise to stop.

        Raises:
            StoreError: The store holds out no recipe that can be a prompt.
            UsageError: A library of the extra ``evaluation`` is not installed.
        """

        def indexing(progress: IndexProgress) -> None:
            observer(EvaluationProgress("index", "", progress.done, progress.total))

        prompts = held_out_prompts(store, count, seed)
        index = novelty_index(store, indexing)
        observer(EvaluationProgress("baselines"))
        lexicon = Lexicon.of(recipe for _, recipe in training_recipes(store))
        scorer = Scorer(prompts.recipes, index, lexicon)
        training = rows_of(store, "train")
        nearest = NearestRecipes(recipe for _, recipe in training_recipes(store)).nearest(prompts.recipes)
        drawn = random_rows(training, len(prompts), seed)
        written = {
            "human": tuple(map(Written, prompts.recipes)),
            "bm25": tuple(_as_answer(one, store.recipe(training[number])) for one, number in _zip(prompts, nearest)),
            "random": tuple(_as_answer(one, store.recipe(row)) for one, row in _zip(prompts, drawn)),
            "template": tuple(_with_steps(one, template(one)) for one in prompts.recipes),
            "copy": tuple(_with_steps(one, copy(one)) for one in prompts.recipes),
        }
        scores = {
            name: scorer.scores(texts, prompts.recipes, reference=name != "human") for name, texts in written.items()
        }
        free = max(len(prompts) // FREE_SHARE, 1)
        scores["human"] |= copy_scores(closest(prompts.recipes[:free], training_recipes(store)), titles=True)
        return cls(store, prompts, free, seed, scorer, index, scores, written)

    def swapped(self) -> tuple[Recipe, ...]:
        """Return for each prompt the one after it, for the control: texts that are scored against another prompt."""
        recipes = self.prompts.recipes
        return (*recipes[1:], *recipes[:1])


def _zip(prompts: HeldOutPrompts, numbers: list[int]) -> zip[tuple[Recipe, int]]:
    return zip(prompts.recipes, numbers, strict=True)


def _as_answer(prompt: Recipe, other: Recipe) -> Written:
    """Return the directions of another recipe as what was written for a prompt."""
    return _with_steps(prompt, other.steps)


def _with_steps(prompt: Recipe, steps: tuple[str, ...]) -> Written:
    return Written(Recipe(prompt.title, prompt.ingredients, steps))
