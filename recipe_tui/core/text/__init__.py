"""Recipes as text and as tokens, and back."""
