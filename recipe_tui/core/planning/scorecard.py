"""The time that scorecards take beside the training steps. Needs no backend."""

from __future__ import annotations

SCORECARD_TOKENS = 256
"""Maximum number of tokens written for a prompt; four in five recipes' directions are shorter."""

PROMPT_TOKENS = 128
"""Tokens of a prompt, about."""

DECODING_COST = 2.0
"""Forward passes over a token that writing one takes as long as, in a batch."""

STEP_COST = 3.0
"""Forward passes over a token that a training step takes as long as: forward, and twice that backward."""


def scorecard_share(prompts: int, new_tokens: int, evaluate_every: int, tokens_per_step: int) -> float:
    """Return the share of the time that scorecards take at most, about.

    Args:
        prompts: Prompts of a scorecard.
        new_tokens: Tokens that are written for each.
        evaluate_every: Steps between two scorecards.
        tokens_per_step: Token positions of a step.
    """
    writing = prompts * (PROMPT_TOKENS + DECODING_COST * min(new_tokens, SCORECARD_TOKENS))
    return writing / (writing + STEP_COST * evaluate_every * tokens_per_step)
