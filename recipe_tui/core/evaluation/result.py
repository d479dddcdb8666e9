"""The result of an evaluation, and its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.evaluation.statistics import Difference, Interval, Score
    from recipe_tui.core.evaluation.verdict import Verdict
    from recipe_tui.core.measures.written import Written


@dataclass(frozen=True, slots=True)
class Slice:
    """The measures of the prompts that have a tag.

    Attributes:
        tag: The tag.
        prompts: Number of such prompts.
        model: Measures of the model.
        human: Measures of the human texts.
    """

    tag: str
    prompts: int
    model: Mapping[str, Interval]
    human: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model was measured to be.

    Attributes:
        name: Name of the model.
        settings: All that decides what was written, as it is kept beside the texts.
        folder: Where the texts are.
        intervals: The measures of each system.
        verdict: The verdict.
        slices: The measures by tag.
        notes: What one should know about the figures.
        scores: The scores of each system, prompt by prompt, for comparisons.
        written: What each system wrote.
    """

    name: str
    settings: Mapping[str, Any]
    folder: str
    intervals: Mapping[str, Mapping[str, Interval]]
    verdict: Verdict
    slices: tuple[Slice, ...]
    notes: tuple[str, ...]
    scores: Mapping[str, Mapping[str, Score]]
    written: Mapping[str, tuple[Written, ...]]

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        return {
            "model": self.name,
            "settings": self.settings,
            "texts": self.folder,
            "systems": {
                system: {name: asdict(one) for name, one in intervals.items()}
                for system, intervals in self.intervals.items()
            },
            "verdict": {
                "sentence": self.verdict.sentence,
                "passed": not self.verdict.failed,
                "improved": self.verdict.improved,
                "memorized": self.verdict.memorized,
                "conditions": [asdict(one) for one in self.verdict.conditions],
            },
            "slices": [asdict(one) for one in self.slices],
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class DifferingPrompt:
    """A prompt on which two models differ.

    Attributes:
        number: Number of the prompt.
        title: Its title.
        coverage: Coverage of the first model and of the second.
        texts: The directions of both.
    """

    number: int
    title: str
    coverage: tuple[float, float]
    texts: tuple[str, str]

    @property
    def change(self) -> float:
        """Coverage of the second minus that of the first."""
        return self.coverage[1] - self.coverage[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same prompts and seeds.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        differences: The second minus the first, by measure.
        prompts: The prompts whose coverage differs, those that differ most first.
    """

    first: str
    second: str
    differences: Mapping[str, Difference]
    prompts: tuple[DifferingPrompt, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        return {
            "first": self.first,
            "second": self.second,
            "differences": {
                name: {**asdict(one.difference), "p": one.p, "significant": one.significant}
                for name, one in self.differences.items()
            },
            "prompts": [{**asdict(one), "change": one.change} for one in self.prompts],
        }
