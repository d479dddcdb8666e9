import math

import pytest

from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.events import (
    CheckpointDamaged,
    CheckpointSaved,
    Continued,
    Ended,
    MemoryPlanned,
    MemoryProbed,
    Merged,
    OverlapNotMeasured,
    Paused,
    Sample,
    Scored,
    Started,
    Step,
    Validation,
)

PLAN = MemoryPlanned(0.0, 0, 3 * 10**9, 10**9, 10**9, 10**9, 10**8, 10**7, "main memory", 2 * 10**10)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Started(0.0, 0, 1000, 5.0, 3_700_000, 400, 64), "started: 1,000 steps, 400 blocks, 3,700,000 parameters"),
        (Started(0.0, 50, 100, 5.0, 10, 400, 64), "resumed at step 50: 100 steps, 400 blocks, 10 parameters"),
        (
            Step(0.0, 4, 0.1, 2.5, 1e-3, 1.0, 60, 1234.0, 10**9, None, 3725.0),
            "step 4: loss 2.5000, learning rate 1.00e-03, 1,234 tokens/s, 1h 02m left",
        ),
        (
            Step(0.0, 4, 0.1, math.nan, 1e-3, 1.0, 60, None, 10**9, None, None),
            "step 4: loss nan, learning rate 1.00e-03",
        ),
        (
            Validation(0.0, 40, 2.5, 12.182, True),
            "step 40: validation loss 2.5000, perplexity 12.18, best so far",
        ),
        (Validation(0.0, 40, math.nan, math.nan, False), "step 40: validation loss nan, perplexity nan"),
        (CheckpointSaved(0.0, 40, "checkpoints/40"), "step 40: checkpoint saved in checkpoints/40"),
        (Sample(0.0, 40, "Soup", "Boil\nit.  " * 50), "step 40: sample: " + ("Boil it. " * 50)[:100]),
        (
            Scored(0.0, 40, 1.234, 0.8, 0.2, 0.05, 0.0125, 0.013, 0.75, best=True),
            "step 40: scorecard 1.234: coverage 0.80, of another prompt 0.20, repeated 4-grams 5.0%, copied 13-grams "
            "1.2% (human text 1.3%), whole recipes 75%, best so far",
        ),
        (Sample(0.0, 40, "Soup", "Boil.", 0.125, 17), "step 40: sample (overlap 12%, longest span 17 words): Boil."),
        (Sample(0.0, 40, "Soup", "Boil.", extraction=0.5), "step 40: sample (extraction 50%): Boil."),
        (
            OverlapNotMeasured(0.0, 40, "/s: cannot be written (Read-only file system)"),
            "the overlap of samples with the training text is not measured: /s: cannot be written "
            "(Read-only file system)",
        ),
        (
            CheckpointDamaged(0.0, 40, "checkpoints/40", "a flipped bit", "checkpoints/20"),
            "checkpoint checkpoints/40 is damaged, so checkpoints/20 is tried: a flipped bit",
        ),
        (
            CheckpointDamaged(0.0, 40, "checkpoints/40", "a flipped bit", ""),
            "checkpoint checkpoints/40 is damaged, and there is none before it: a flipped bit",
        ),
        (
            CheckpointDamaged(0.0, 40, "checkpoints/40", "a flipped bit"),
            "checkpoint checkpoints/40 is damaged, so the one before is tried: a flipped bit",
        ),
        (Paused(0.0, 40), "step 40: paused"),
        (Continued(0.0, 40), "step 40: continued"),
        (
            MemoryProbed(0.0, 0, 4, 2, 3_900_000_000, 3_700_000_000),
            "memory: 3.90 GB at the peak of a probe, 3.70 were planned (4 blocks at once, 2 times a step)",
        ),
        (
            PLAN,
            "memory: about 3.00 GB are planned (not all at once: weights 1.00, gradients 1.00, optimizer 1.00, "
            "activations 0.10, logits 0.01); 20.00 GB of main memory are free",
        ),
        (Merged(0.0, 9, None, None), "adapter merged"),
        (Ended(0.0, 40, "failed", "full disk"), "step 40: failed: full disk"),
        (Ended(0.0, 40, "finished", ""), "step 40: finished"),
    ],
)
def test_every_event_has_one_sentence(event, sentence):
    assert summary(event) == sentence
