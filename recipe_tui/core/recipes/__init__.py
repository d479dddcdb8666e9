"""Recipes: what one is, reading, cleaning, duplicates and splits."""
