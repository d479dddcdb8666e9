"""Finding models: on the hub, in the cache, in folders, in runs. Needs no backend."""
