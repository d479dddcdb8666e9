"""Our exports read by other people's libraries, each in an environment of its own: their pins clash with ours."""
