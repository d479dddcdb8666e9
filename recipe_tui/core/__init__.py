"""The core: recipes in, blocks, a fine-tuned checkpoint, a new recipe out. Knows nothing of any screen."""
