"""Training: optimizer, schedule, step, run folder, resume."""
