"""One sentence for each event of a run, the same on the command line, on the screen and in the model card."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from recipe_tui.core.runs import events
from recipe_tui.core.runs.formatting import duration, gigabytes

if TYPE_CHECKING:
    from recipe_tui.core.runs.events import Event, Quantized, Sample, Scored, Step

LARGE_RISE = 1.05
"""Rise of the held-out perplexity by which integer weights are reported as a large loss of quality."""

SAMPLE_CHARACTERS = 100
"""Characters of a sample that its sentence has."""


def summary(event: Event) -> str:
    """Return the event in a sentence."""
    at = f"step {event.step:,}: "
    match event:
        case events.Started():
            start = f"resumed at step {event.step:,}" if event.step else "started"
            length = f"{event.total_steps:,} steps"
            if event.max_minutes is not None:
                length = f"{event.max_minutes:g} minutes in all"
            kernels = f"; {event.kernels}" if event.kernels else ""
            return f"{start}: {length}, {event.blocks:,} blocks, {event.parameters:,} parameters{kernels}"
        case events.MemoryPlanned():
            return (
                f"memory: about {gigabytes(event.total)} GB are planned (not all at once: {memory_parts(event)}); "
                f"{gigabytes(event.free)} GB of {event.what} are free"
            )
        case events.MemoryProbed():
            batches = event.gradient_accumulation_steps
            blocks = f"{event.batch_size:,} {'block' if event.batch_size == 1 else 'blocks'} at once"
            return (
                f"memory: {gigabytes(event.measured)} GB at the peak of a probe, {gigabytes(event.planned)} were "
                f"planned ({blocks}{'' if batches == 1 else f', {batches} times a step'})"
            )
        case events.Quantized():
            return _quantized(event)
        case events.CheckpointDamaged():
            if event.fallback == "":
                return f"checkpoint {event.path} is damaged, and there is none before it: {event.reason}"
            return (
                f"checkpoint {event.path} is damaged, so {event.fallback or 'the one before'} is tried: {event.reason}"
            )
        case events.ScheduleChanged():
            return (
                f"{event.total_steps:,} steps instead of {event.total_steps_before:,}: warm-up and the "
                f"{event.schedule} learning rate schedule now span {event.total_steps:,} steps, of which "
                f"{event.step:,} are done"
            )
        case events.Merged(perplexity=float(after), perplexity_before=float(before)):
            return f"adapter merged: held-out perplexity {after:,.2f}, before that {before:,.2f}"
        case events.Merged():
            return "adapter merged"
        case events.NotMerged():
            return (
                f"the adapter is not merged: float weights take {event.needed / 1e9:.1f} GB, and "
                f"{event.free / 1e9:.1f} GB are free; merge it on a machine with more memory: recipe-tui export"
            )
        case events.Step():
            return at + step_figures(event)
        case events.Validation():
            best = ", best so far" if event.best else ""
            return f"{at}validation loss {event.loss:.4f}, perplexity {event.perplexity:,.2f}{best}"
        case events.Scored():
            return f"{at}scorecard {score_figures(event)}{', best so far' if event.best else ''}"
        case events.Sample():
            words = event.text[: 2 * SAMPLE_CHARACTERS].split()
            overlap = overlap_figures(event)
            return f"{at}sample{overlap and f' ({overlap})'}: {' '.join(words)[:SAMPLE_CHARACTERS]}"
        case events.OverlapNotMeasured():
            return f"the overlap of samples with the training text is not measured: {event.reason}"
        case events.CheckpointSaved():
            return f"{at}checkpoint saved in {event.path}"
        case events.Paused():
            return f"{at}paused"
        case events.Continued():
            return f"{at}continued"
        case events.Ended():
            return at + event.state + (f": {event.reason}" if event.reason else "")
        case events.Notified():
            return f"notification by {event.channel} {f'failed: {event.problem}' if event.problem else 'sent'}"
        case events.TrackerFailed():
            return f"tracker {event.tracker} failed, so figures are missing there: {event.problem}"
        case _:
            assert_never(event)


def step_figures(step: Step) -> str:
    """Return loss, learning rate, speed and remaining time of a step, as far as they are known."""
    figures = f"loss {step.loss:.4f}, learning rate {step.learning_rate:.2e}"
    if step.tokens_per_second is not None:
        figures += f", {step.tokens_per_second:,.0f} tokens/s"
    return figures if step.eta is None else f"{figures}, {duration(step.eta)} left"


def overlap_figures(sample: Sample) -> str:
    """Return how much of a sample occurs in the training text, and what is extracted, as far as they were measured."""
    figures = []
    if sample.overlap is not None and sample.longest_span is not None:
        figures.append(f"overlap {sample.overlap:.0%}, longest span {sample.longest_span} words")
    if sample.extraction is not None:
        figures.append(f"extraction {sample.extraction:.0%}")
    return ", ".join(figures)


def score_figures(scored: Scored) -> str:
    """Return a score, and what it is made of."""
    parts = f"coverage {scored.coverage:.2f}, of another prompt {scored.swapped_coverage:.2f}, "
    parts += f"repeated 4-grams {scored.repetition_4gram:.1%}, "
    parts += f"copied 13-grams {scored.overlap_13:.1%} (human text {scored.human_overlap_13:.1%}), "
    return f"{scored.score:.3f}: {parts}whole recipes {scored.parse_rate:.0%}"


def memory_parts(plan: object) -> str:
    """Return the parts of a memory plan in GB: of `events.MemoryPlanned`, or of `planning.memory.MemoryPlan`."""
    parts = ("weights", "gradients", "optimizer", "activations", "logits")
    return ", ".join(f"{name} {gigabytes(getattr(plan, name))}" for name in parts)


def loses_much(event: Quantized) -> bool:
    """Return whether quantization raised the perplexity by more than `LARGE_RISE`."""
    before, now = event.perplexity_before, event.perplexity
    return before is not None and now is not None and not now <= LARGE_RISE * before


def _quantized(event: Quantized) -> str:
    text = f"{event.quantization}: weights {event.weights / 1e6:,.0f} MB in the place of "
    text += f"{event.weights_before / 1e6:,.0f}"
    if event.perplexity is not None:
        text += f"; held-out perplexity {event.perplexity:,.2f}"
        if event.perplexity_before is not None:
            text += f", with floats {event.perplexity_before:,.2f}"
    if event.tokens_per_second is not None and event.tokens_per_second_before is not None:
        text += f"; {event.tokens_per_second:,.0f} tokens/s, with floats {event.tokens_per_second_before:,.0f}"
    if loses_much(event):
        better = "int8 or floats" if event.quantization == "int4" else "floats"
        text += f". Warning: that is a large loss in quality; {better} would begin better"
    return text
