"""Families of models: all that tells one from another, without a backend."""
