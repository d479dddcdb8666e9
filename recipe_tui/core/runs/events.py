"""The events of a run: one frozen type for each kind. `event_text.summary` describes them in words.

The types are checked where a log is read (see `event_log`), so whoever holds an event can rely on its values. Times are
seconds since 1970 (UTC), losses are in nats per target token, memory is in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

END_OF_TIME = 253_402_300_799
"""The last second that calendars can write: the end of the year 9999."""

Time = Annotated[float, Field(strict=True, ge=0, le=END_OF_TIME)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
Flag = Annotated[bool, Field(strict=True)]
EndState = Literal["finished", "stopped", "failed"]
"""``stopped`` when somebody asked for it, ``failed`` when an error ended the process."""


@dataclass(frozen=True, slots=True)
class _Event:
    """What every event has.

    Attributes:
        time: When it happened.
        step: Optimizer steps done by then.
    """

    time: Time
    step: Count


@dataclass(frozen=True, slots=True)
class Started(_Event):
    """A process began to train, from the beginning or from a checkpoint.

    Attributes:
        total_steps: Steps of the whole training; 0 where the time decides.
        steps_per_epoch: Steps in one pass over the training blocks; rarely a whole number.
        parameters: Trainable parameters.
        blocks: Training blocks.
        tokens_per_step: Tokens in the blocks of a step, padding included.
        max_minutes: Minutes of the whole training, where the time decides.
        kernels: Which kernels the backend computes with, and why; empty where there is no choice.
    """

    total_steps: Count
    steps_per_epoch: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
    parameters: Count
    blocks: Count
    tokens_per_step: Count
    max_minutes: float | None = None
    kernels: str = ""
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class MemoryPlanned(_Event):
    """The memory that the training is expected to take at its peak; see `planning.memory.MemoryPlan`.

    Attributes:
        total: The peak; the parts are not all allocated at once.
        weights: The model's weights.
        gradients: The gradients.
        optimizer: The optimizer's state.
        activations: What the forward pass keeps.
        logits: Scores of the vocabulary.
        what: The memory that is used: ``main memory``, or the name of a GPU.
        free: Bytes of it that are free beside what the process has taken already.
    """

    total: Count
    weights: Count
    gradients: Count
    optimizer: Count
    activations: Count
    logits: Count
    what: str
    free: Count
    kind: Literal["memory_planned"] = "memory_planned"


@dataclass(frozen=True, slots=True)
class MemoryProbed(_Event):
    """The gradients of one batch were computed and discarded, to measure the memory that takes.

    Attributes:
        batch_size: Blocks in the probed batch; the training uses as many.
        gradient_accumulation_steps: Batches in a step.
        measured: Bytes at the peak, of the process or of its accelerator.
        planned: Bytes that were expected of a whole step.
    """

    batch_size: Count
    gradient_accumulation_steps: Count
    measured: Count
    planned: Count
    kind: Literal["memory_probed"] = "memory_probed"


@dataclass(frozen=True, slots=True)
class Quantized(_Event):
    """The base weights were quantized; size, quality and speed before and after, on the same held-out blocks.

    Attributes:
        quantization: ``int8`` or ``int4``.
        weights_before: Bytes of the weights as floats.
        weights: Bytes of the weights now.
        perplexity_before: Held-out perplexity with floats; None without held-out blocks or without memory for floats.
        perplexity: Held-out perplexity with integers.
        tokens_per_second_before: Speed of the forward pass with floats.
        tokens_per_second: The same with integers.
    """

    quantization: str
    weights_before: Count
    weights: Count
    perplexity_before: float | None = None
    perplexity: float | None = None
    tokens_per_second_before: float | None = None
    tokens_per_second: float | None = None
    kind: Literal["quantized"] = "quantized"


@dataclass(frozen=True, slots=True)
class CheckpointDamaged(_Event):
    """A checkpoint is damaged, so the run is resumed from the one before, if any; `step` is that of the damaged one.

    Attributes:
        path: Its folder in the run folder.
        reason: What is damaged.
        fallback: The folder of the one before, which is tried next; empty if there is none, None in older logs.
    """

    path: str
    reason: str
    fallback: str | None = None
    kind: Literal["checkpoint_damaged"] = "checkpoint_damaged"


@dataclass(frozen=True, slots=True)
class ScheduleChanged(_Event):
    """A resumed run was given another number of steps, so the learning rate follows another curve from here.

    Attributes:
        total_steps_before: Steps that the run had.
        total_steps: Steps that it has now.
        schedule: The name of the curve.
    """

    total_steps_before: Count
    total_steps: Count
    schedule: str
    kind: Literal["schedule_changed"] = "schedule_changed"


@dataclass(frozen=True, slots=True)
class Merged(_Event):
    """The adapter was merged into float weights, which are the finished model.

    Attributes:
        perplexity_before: Held-out perplexity of the model with its adapter, as it was trained; None without blocks.
        perplexity: Held-out perplexity of the merged model.
    """

    perplexity_before: float | None
    perplexity: float | None
    kind: Literal["merged"] = "merged"


@dataclass(frozen=True, slots=True)
class NotMerged(_Event):
    """The memory is too small for the float weights that the adapter would be merged into, so it was not merged.

    Attributes:
        needed: Bytes that the float weights take.
        free: Bytes that are free.
    """

    needed: Count
    free: Count
    kind: Literal["not_merged"] = "not_merged"


@dataclass(frozen=True, slots=True)
class Step(_Event):
    """An optimizer step; `step` counts from 1.

    Attributes:
        epoch: Passes over the training blocks so far.
        loss: Loss of this step.
        learning_rate: The rate it used.
        gradient_norm: Global norm of the gradient before clipping.
        tokens: Target tokens in it.
        tokens_per_second: Tokens in blocks per second lately; None while the first step compiles.
        memory: Resident memory of the process.
        gpu_memory: Peak memory on the accelerator, where there is one.
        eta: Seconds to the last step at that speed, or None.
        fraction: Fraction of the time that is over after the step, from 0 to 1; None where steps are counted.
    """

    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: Count
    tokens_per_second: float | None
    memory: Count
    gpu_memory: Count | None
    eta: float | None
    fraction: Annotated[float, Field(ge=0, le=1)] | None = None
    kind: Literal["step"] = "step"


@dataclass(frozen=True, slots=True)
class Validation(_Event):
    """The validation blocks were scored.

    Attributes:
        loss: Loss over all of them.
        perplexity: exp(loss).
        best: Whether its weights are the best so far, by what ``training.best_by`` says.
    """

    loss: float
    perplexity: float
    best: Flag
    kind: Literal["validation"] = "validation"


@dataclass(frozen=True, slots=True)
class Scored(_Event):
    """The texts that the model wrote for held-out prompts were scored; see `measures.scorecard.Scorecard`.

    Attributes:
        score: The sum by which the best weights are chosen.
        coverage: Share of a prompt's ingredients that the directions mention.
        swapped_coverage: The same with the ingredients of another prompt.
        repetition_4gram: Share of repeated 4-grams.
        overlap_13: Share of 13-grams that occur in the training text.
        human_overlap_13: The same of the prompts' own directions.
        parse_rate: Share of whole recipes that ended by themselves.
        best: Whether no earlier score was as high.
    """

    score: float
    coverage: float
    swapped_coverage: float
    repetition_4gram: float
    overlap_13: float
    human_overlap_13: float
    parse_rate: float
    best: Flag
    kind: Literal["scored"] = "scored"


@dataclass(frozen=True, slots=True)
class Sample(_Event):
    """A text that the model generated with its present weights, always from the same prompt and seed.

    Attributes:
        prompt: The prompt.
        text: The continuation; it may be cut off anywhere.
        overlap: Share of the word 13-grams of the text that occur in the training text; None where not measured.
        longest_span: Words of its longest span that occurs there; None where not measured.
        extraction: Share of some passages of training recipes that the weights continue word for word; None where not
            measured.
    """

    prompt: str
    text: str
    overlap: float | None = None
    longest_span: Count | None = None
    extraction: float | None = None
    kind: Literal["sample"] = "sample"


@dataclass(frozen=True, slots=True)
class OverlapNotMeasured(_Event):
    """The overlap of samples with the training text cannot be measured; the training is unaffected.

    Attributes:
        reason: Why.
    """

    reason: str
    kind: Literal["overlap_not_measured"] = "overlap_not_measured"


@dataclass(frozen=True, slots=True)
class CheckpointSaved(_Event):
    """A checkpoint is complete and on the disk, under `path` in the run folder."""

    path: str
    kind: Literal["checkpoint"] = "checkpoint"


@dataclass(frozen=True, slots=True)
class Paused(_Event):
    """The run waits for the control file to let it continue."""

    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Continued(_Event):
    """The run continues after a pause."""

    kind: Literal["continued"] = "continued"


@dataclass(frozen=True, slots=True)
class Ended(_Event):
    """The process stopped training.

    Attributes:
        state: How it ended.
        reason: Why, in one line.
    """

    state: EndState
    reason: str
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class Notified(_Event):
    """Somebody was notified that the run ended, or could not be.

    Attributes:
        channel: How.
        problem: Why it failed; empty when it succeeded.
    """

    channel: Literal["command", "webhook"]
    problem: str
    kind: Literal["notified"] = "notified"


@dataclass(frozen=True, slots=True)
class TrackerFailed(_Event):
    """A tracker failed, so that figures are missing there; the training is unaffected.

    Attributes:
        tracker: Its name.
        problem: Why.
    """

    tracker: str
    problem: str
    kind: Literal["tracker_failed"] = "tracker_failed"


Event = (
    Started
    | MemoryPlanned
    | MemoryProbed
    | Quantized
    | CheckpointDamaged
    | ScheduleChanged
    | Merged
    | NotMerged
    | Step
    | Validation
    | Scored
    | Sample
    | OverlapNotMeasured
    | CheckpointSaved
    | Paused
    | Continued
    | Ended
    | Notified
    | TrackerFailed
)
"""Anything that a run logs; distinguished by `kind`."""
