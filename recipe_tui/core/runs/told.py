"""Events that people are told in a sentence, on the command line and on the screen: of memory, and of integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

LARGE_RISE = 1.05
"""Times which the held-out perplexity may rise before a model is said to have lost much."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run.

    Attributes:
        time: Seconds since 1970, UTC.
    """

    kind: ClassVar[str] = ""
    time: float


@dataclass(frozen=True, slots=True)
class MemoryPlanned(Event):
    """What memory the training should take at its peak, in bytes; see `memory_plan.MemoryPlan`.

    Attributes:
        step: Steps already done.
        total: All of it; the parts are not all there at once.
        weights: The model's weights.
        gradients: Theirs.
        optimizer: What the optimizer keeps.
        activations: What the forward pass keeps.
        logits: Scores of the vocabulary.
        what: The memory that is there: ``main memory``, or the name of a GPU.
        free: Bytes of it that are free beside what the process has taken already.
    """

    kind: ClassVar[str] = "memory_planned"
    step: int
    total: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    what: str
    free: int

    @property
    def summary(self) -> str:
        """What people are told."""
        names = ("weights", "gradients", "optimizer", "activations", "logits")
        parts = ", ".join(f"{name} {getattr(self, name) / 1e9:.2f}" for name in names)
        free = f"{self.free / 1e9:.2f} GB of {self.what} are free"
        return f"memory: about {self.total / 1e9:.2f} GB are planned (not all at once: {parts}); {free}"


@dataclass(frozen=True, slots=True)
class MemoryProbed(Event):
    """The gradients of one batch were worked out and forgotten, to see what memory that takes.

    Attributes:
        step: Steps already done.
        batch_size: Blocks that went through the model at once; the training goes on with as many.
        gradient_accumulation_steps: Batches in a step.
        measured: Bytes at the peak, of the process or of its accelerator.
        planned: Bytes that were expected of a whole step.
    """

    kind: ClassVar[str] = "memory_probed"
    step: int
    batch_size: int
    gradient_accumulation_steps: int
    measured: int
    planned: int

    @property
    def summary(self) -> str:
        """What people are told."""
        batches = "" if self.gradient_accumulation_steps == 1 else f", {self.gradient_accumulation_steps} times a step"
        return (
            f"memory: {self.measured / 1e9:.2f} GB at the peak of a probe, {self.planned / 1e9:.2f} were planned "
            f"({self.batch_size:,} {'block' if self.batch_size == 1 else 'blocks'} at once{batches})"
        )


@dataclass(frozen=True, slots=True)
class Quantized(Event):
    """The weights became integers, and what that saves and costs was measured on the same held-out blocks.

    Attributes:
        step: Steps done.
        quantization: ``int8`` or ``int4``.
        weights_before: Bytes of the weights as floats.
        weights: Bytes of the weights now.
        perplexity_before: Held-out perplexity with floats; None where there are no held-out blocks, or no room for it.
        perplexity: Held-out perplexity with integers.
        tokens_per_second_before: Places in blocks per second, forward only, with floats.
        tokens_per_second: The same with integers.
    """

    kind: ClassVar[str] = "quantized"
    step: int
    quantization: str
    weights_before: int
    weights: int
    perplexity_before: float | None = None
    perplexity: float | None = None
    tokens_per_second_before: float | None = None
    tokens_per_second: float | None = None

    @property
    def loses_much(self) -> bool:
        """Whether the perplexity rose by more than `LARGE_RISE`."""
        before, now = self.perplexity_before, self.perplexity
        return before is not None and now is not None and not float(now) <= LARGE_RISE * float(before)

    @property
    def summary(self) -> str:
        """What people are told."""
        said = f"{self.quantization}: weights {self.weights / 1e6:,.0f} MB in the place of "
        said += f"{self.weights_before / 1e6:,.0f}"
        if self.perplexity is not None:
            said += f"; held-out perplexity {float(self.perplexity):,.2f}"
            if self.perplexity_before is not None:
                said += f", with floats {float(self.perplexity_before):,.2f}"
        if self.tokens_per_second is not None and self.tokens_per_second_before is not None:
            said += f"; {self.tokens_per_second:,.0f} tokens/s, with floats {self.tokens_per_second_before:,.0f}"
        if self.loses_much:
            better = "int8 or floats" if self.quantization == "int4" else "floats"
            said += f". Warning: that is a large loss in quality; {better} would begin better"
        return said


@dataclass(frozen=True, slots=True)
class Merged(Event):
    """The adapter was merged into float weights, which are the finished model.

    Attributes:
        step: Steps done.
        perplexity_before: Held-out perplexity of the model with its adapter, as it was trained; None without blocks.
        perplexity: Held-out perplexity of the merged model.
    """

    kind: ClassVar[str] = "merged"
    step: int
    perplexity_before: float | None
    perplexity: float | None

    @property
    def summary(self) -> str:
        """What people are told."""
        if self.perplexity is None or self.perplexity_before is None:
            return "adapter merged"
        before, now = float(self.perplexity_before), float(self.perplexity)
        return f"adapter merged: held-out perplexity {now:,.2f}, before that {before:,.2f}"


@dataclass(frozen=True, slots=True)
class NotMerged(Event):
    """There is no room for the float weights that the adapter would be merged into: it stays by itself.

    Attributes:
        step: Steps done.
        needed: Bytes that the float weights take.
        free: Bytes that are free.
    """

    kind: ClassVar[str] = "not_merged"
    step: int
    needed: int
    free: int

    @property
    def summary(self) -> str:
        """What people are told."""
        return (
            f"the adapter is not merged: float weights take {self.needed / 1e9:.1f} GB, and {self.free / 1e9:.1f} GB "
            f"are free; merge it where there is room: recipe-tui export"
        )


@dataclass(frozen=True, slots=True)
class ScheduleChanged(Event):
    """A resumed run was given another number of steps, so the learning rate follows another curve from here.

    Attributes:
        step: Steps done.
        total_steps_before: Steps that the run had.
        total_steps: Steps that it has now.
        schedule: The name of the curve.
    """

    kind: ClassVar[str] = "schedule_changed"
    step: int
    total_steps_before: int
    total_steps: int
    schedule: str

    @property
    def summary(self) -> str:
        """The event as a sentence."""
        return (
            f"{self.total_steps:,} steps instead of {self.total_steps_before:,}: warm-up and the {self.schedule} "
            f"learning rate schedule now span {self.total_steps:,} steps, of which {self.step:,} are done"
        )
