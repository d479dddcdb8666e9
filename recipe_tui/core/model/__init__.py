"""GPT-2 in Keras 3, and its checkpoints in the Hugging Face layout."""
