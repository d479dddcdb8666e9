"""All hostile files, by what the table calls them."""

from __future__ import annotations

from tests.fuzz.hostile.case import Case
from tests.fuzz.hostile.models import MODELS, STATES
from tests.fuzz.hostile.recipes import FILES

CASES: dict[str, Case] = {**FILES, **MODELS, **STATES}
