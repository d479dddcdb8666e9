"""Hostile files: what repeats something thousands of times is read or refused soon. See `tests.fuzz` for the others."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from recipe_tui.core.errors import RecipeTuiError
from tests.fuzz.recipes import read_all


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("book.json", b"[" * 2_000_000),
        ("book.json", b'{"a":' * 500_000),
        ("book.json", b"[" + b"[]," * 50_000 + b"[]]"),
        ("book.json", b'{"recipes": "' + b'\\"' * 500_000),
        ("book.jsonl", b'{"ingredients": "' + b"['a' " * 200_000 + b'"}'),
        ("book.csv", b"title,ingredients,directions\n" + b'"' * 1_000_001),
        ("book.csv", b"title,ingredients,directions\n" + b'x,"(\'' + b"a'b " * 200_000 + b"')\",y"),
        ("book.csv", b"title,ingredients,directions\nx,y,\"" + b"1. a " * 50_000 + b'"'),
        ("book.json", b'{"title": "a", "ingredients": ["x"], "directions": "' + b"<p>x" * 2_000_000 + b'"}'),
        ("book.html", b"<div>" * 500_000),
        ("book.html", b'<p itemscope itemtype="schema.org/Recipe">' + b"<i itemprop=ingredients>x</i>" * 100_000),
        ("book.html", b'<meta content="[{"' * 200_000),
        ("book.html", b"<!--" * 500_000),
        ("book.html", b'<script type="application/ld+json">' + b"/*" * 500_000),
        ("book.html", b'<div itemscope itemtype="schema.org/Recipe">' * 2_000),
        ("book.md", b"# a\n## Ingredients\n" + b"> - " * 20_000),
        ("book.md", b"# a\n## Ingredients\n" + b"*a **b " * 5_000),
        ("book.md", b"# a\n## Ingredients\n" + b"[" * 100_000),
        ("book.cook", b"@a{" * 200_000),
        ("book.cook", b"[-" * 200_000),
        ("book.txt", b"a\n" * 30_000),
        ("book.txt", b"Tea\n1 cup mint\nBoil it.\n" + b"\n" * 30_000),
        ("book.csv", b"title,ingredients,directions\n" + b'"a,b\nc\n' * 30_000),
        ("book.csv", b"title,ingredients,directions\n" + b'"a' + b"\nb" * 60_000),
    ],
)  # fmt: skip
def test_hostile_repetition_takes_no_time(tmp_path, name, content):
    began = time.process_time()
    with suppress(RecipeTuiError):
        read_all(tmp_path, "auto", name, content)
    assert time.process_time() - began < 10
