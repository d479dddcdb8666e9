"""Durations: ISO 8601, as schema.org writes them, minutes and words become one notation, ``1 h 10 min``."""

from __future__ import annotations

import re

TIME_KINDS = ("prep", "active", "cook", "rest", "total")
"""What a recipe's times are of, in the order in which they are written."""

_ISO = re.compile(r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:\d{1,6}(?:\.\d{1,6})?S)?)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{0,3}):([0-5]\d)(?::00)?")
_PART = re.compile(
    r"(\d{1,6})\s*(?:(d|days?|tage?|jours?|d[ií]as?|giorn[oi]|dagen|dagar|dager?)"
    r"|(h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|uur|uren|tim|timm[ae]r?|timer?)"
    r"|(m|mins?|minut(?:es?|en?|os?|i|er|ter)?))(?![^\W\d_])\.?\s*(?:,|(?:and|und|et|y|e|en|och|og)(?=\s))?\s*",
    re.IGNORECASE,
)


def duration(value: str | float) -> str:
    """Return a duration as ``1 h 10 min``; text of another form is returned as it is, trimmed.

    Args:
        value: ISO 8601 (``PT1H10M``), hours and minutes (``1:10``), English words (``1 hour 10 mins``), or minutes.

    Returns:
        The duration; empty where it is zero.

    Example:
        >>> duration("PT70M"), duration("1 hour and 10 minutes"), duration(70), duration("overnight")
        ('1 h 10 min', '1 h 10 min', '1 h 10 min', 'overnight')
    """
    if isinstance(value, str):
        text = value.strip()
        minutes = int(text) if text.isdecimal() and len(text) < 7 else _minutes(text)
        if minutes is None:
            return text
    else:
        minutes = round(value)
    hours, minutes = divmod(max(minutes, 0), 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")))


def _minutes(text: str) -> int | None:
    """Return the minutes that a text says, or None where it is no duration from its beginning to its end."""
    if len(text) > 1 and (match := _ISO.fullmatch(text)):
        days, hours, minutes = (int(part or 0) for part in match.groups())
        return (days * 24 + hours) * 60 + minutes
    if match := _CLOCK.fullmatch(text):
        return int(match[1] or 0) * 60 + int(match[2])
    if text[:2].upper() == "PT":  # "PT20 Mins", "PT1H 20M"
        text = text[2:].strip()
        if text.isdecimal():
            return int(text[:7])
    total, place = 0, 0
    while place < len(text):
        if not (match := _PART.match(text, place)):
            return None
        number = int(match[1])
        total += number * (24 * 60 if match[2] else 60 if match[3] else 1)
        place = match.end()
    return total if text else 0
