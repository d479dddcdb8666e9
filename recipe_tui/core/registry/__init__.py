"""Finding models: on the hub, in the cache, in folders, in runs, and the list of them. Needs no backend."""
