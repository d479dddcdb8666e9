"""Evaluation: what a model writes for held-out prompts beside baselines, with intervals and a verdict."""
