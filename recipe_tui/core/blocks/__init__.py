"""Blocks of tokens: packing, the store on disk, and the chain from source to store."""
