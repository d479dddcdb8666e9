"""GGUF files, the format of llama.cpp: reading, writing, and the tokenizer in them. Needs no backend."""
