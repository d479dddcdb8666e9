"""Trackers: where the figures of a run are sent besides its event log, such as TensorBoard.

A tracker of another package is found by the entry point group `GROUP` (``recipe_tui.trackers``). Its entry point is
called with a `TrackedRun`, and returns a `Tracker`.
"""
