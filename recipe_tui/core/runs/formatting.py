"""How the figures of a run are written for people, on the command line and on the screen."""

from __future__ import annotations

import math


def duration(seconds: float) -> str:
    """Return a time in at most two units: ``41m 07s``; ``?`` for one that is not finite."""
    if not math.isfinite(seconds):
        return "?"
    total = max(0, round(seconds))
    if total < 60:
        return f"{total}s"
    if total < 3600:
        return f"{total // 60}m {total % 60:02}s"
    if total < 100 * 3600:
        return f"{total // 3600}h {total // 60 % 60:02}m"
    return f"{total // 86400}d {total // 3600 % 24:02}h"


def gigabytes(size: int) -> str:
    """Return a number of bytes in GB, with two decimals."""
    return f"{size / 1e9:.2f}"
