"""The laboratory: the same prompts and seed under many decoding settings or models, scored, ranked and compared."""
