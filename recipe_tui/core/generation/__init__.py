"""Generation: decoding controls, the cached step, streaming, recipes back from text."""
