"""The dataset screen: the blocks that a model learns from, and where they come from."""
