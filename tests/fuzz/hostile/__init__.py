"""Files that are made to exhaust memory and time; see `tests.fuzz.limits`."""
