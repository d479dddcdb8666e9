"""Round numbers for axes, and numbers in few characters."""

from __future__ import annotations

import math

SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def ticks(low: float, high: float, count: int, log: bool = False) -> list[float]:
    """Return round values from `low` to `high`: multiples of 1, 2 or 5 times a power of ten.

    Args:
        low: Where the axis begins.
        high: Where it ends, above `low`.
        count: Values at most, from 2.
        log: Whether the axis is logarithmic, with both ends above 0.
    """
    if log and high / low >= 5:
        for factors in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
            found = [
                factor * 10.0**power
                for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
                for factor in factors
                if low <= factor * 10.0**power <= high
            ]
            if len(found) <= count:
                return found
        return found[:: math.ceil(len(found) / count)]
    size = 10.0 ** math.floor(math.log10((high - low) / count))
    for factor in (1, 2, 5, 10, 20, 50):
        distance = size * factor
        first, last = math.ceil(low / distance - 1e-9), math.floor(high / distance + 1e-9)
        if last - first < count:
            break
    return [number * distance for number in range(first, last + 1)]


def short(value: float, digits: int = 3) -> str:
    """Return a number in few characters: ``412k``, ``2.11``, ``5e-05``."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    for scale, letter in SCALES:
        if size >= scale * (1 - 0.5 * 10.0**-digits):
            return f"{value / scale:.{digits}g}{letter}"
    if size and size < 0.01:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"
    return f"{value:.{digits}g}"
