"""Fuzzing of every reader: a damaged or hostile file ends in one of the project's own errors, and soon.

``python -m tests.fuzz --inputs 100000`` gives each reader as many mutated files and prints the table;
``python -m tests.fuzz.limits`` measures memory and time of files that are made to exhaust them. `tests.test_fuzz` is
both in small.
"""
