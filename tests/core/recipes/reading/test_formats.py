from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core.recipes.reading.formats import recognise

RECIPE = {"title": "Mint Tea", "ingredients": ["mint"], "directions": ["Boil."]}
LINE = json.dumps(RECIPE)


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("epicurious.recipes.training", "Mint Tea\n1 cup water\n", "plain"),
        ("epicurious.recipes.validation.gz", "Mint Tea\n", "plain"),
        ("book.txt", "Mint Tea\n1 cup water\n", "plain"),
        ("book.txt", "<|endoftext|>Mint Tea\n1 cup water\n", "plain"),
        ("book.jsonl", LINE, "jsonl"),
        ("book.JSONL.gz", LINE, "jsonl"),
        ("book.ndjson", LINE, "jsonl"),
        ("book.json", LINE, "json"),
        ("book.json", f"[{LINE}]", "json"),
        ("book.json", json.dumps(RECIPE, indent=1), "json"),
        ("book.json", f"{LINE}\n{LINE}\n", "jsonl"),
        ("book.json", "not JSON at all", "json"),
        ("book.json", json.dumps({"@context": "https://schema.org", "@type": "Recipe"}), "json-ld"),
        ("book.json", '[{"@type": ["Recipe"]}]', "json-ld"),
        ("book.json", '[{"name": "Tea", "recipeInstructions": [{"@type": "HowToStep", "text": "Boil."}]}]', "json"),
        ("book.jsonld", "{}", "json-ld"),
        ("page.html", "<p>Tea</p>", "json-ld"),
        ("page", "<!DOCTYPE html><html></html>", "json-ld"),
        ("book", f"\n{LINE}\n{LINE}", "jsonl"),
        ("book", f"[{LINE}]", "json"),
        ("book.csv", "a,b\n", "csv"),
        ("book.tsv", "a\tb\n", "csv"),
        ("book.txt", "title,ingredients,directions\nTea,mint,Boil.\n", "csv"),
        ("book", "PAR1...", "parquet"),
        ("book.parquet", "no", "parquet"),
        ("README.md", "# Recipes\n", None),
        ("LICENSE", "Public domain", None),
    ],
)
def test_a_format_is_recognised_by_name_and_content(name, content, format_):
    assert recognise(Path(name), content.encode()) == format_
