"""Planning a training before it starts: steps, memory, speed, and what would fail. Imports no backend."""
