"""Model families: everything that distinguishes one from another, without a backend."""
