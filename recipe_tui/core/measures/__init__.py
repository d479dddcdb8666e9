"""Measures of generated recipes: coverage, order, repetition, overlap with the training text, references."""
