"""Models in GGUF files, the format of llama.cpp, made into Hugging Face folders. Needs no backend."""
