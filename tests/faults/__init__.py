"""Faults that a run must survive: kills, signals, full disks, damage. ``python -m tests.faults`` tries them all."""
