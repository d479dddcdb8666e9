"""Generation: score processors, sampling and beam search, decoding with a KV cache, and adapters over one base."""
