"""What a check of ``recipe-tui doctor`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Attributes:
        name: What was checked.
        status: ``fail`` where something needed is missing, ``warn`` where something is worth knowing.
        found: What is there.
        advice: What to do; empty when nothing is.
    """

    name: str
    status: Status
    found: str
    advice: str = ""
