"""The novelty index: which spans of a text occur word for word in the training text of a block store, and where."""
