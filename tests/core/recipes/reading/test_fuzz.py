"""Hostile and damaged files: whatever they hold, a reader yields recipes and `Unreadable`, or raises a SourceError.

``RECIPE_FUZZ_EXAMPLES=100000`` in the environment tries as many examples for each reader.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
import time
import zipfile
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pyarrow import parquet

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.recipes.clean import clean
from recipe_tui.core.recipes.reading import Unreadable, read_recipes
from recipe_tui.core.recipes.reading.formats import FORMATS
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.recipes.reading.conftest import TEA, TOAST
from tests.core.recipes.reading.test_documents_of_text import COOKLANG, HUGO, RECIPEMD

EXAMPLES = int(os.environ.get("RECIPE_FUZZ_EXAMPLES", "150"))
SCHEMA = {"@context": "https://schema.org", "@type": "Recipe", "name": "Tea", "recipeIngredient": ["mint"],
          "recipeInstructions": [{"@type": "HowToStep", "text": "Boil."}]}  # fmt: skip
PAGE = f"""<!DOCTYPE html><html><script type="application/ld+json">//<![CDATA[
{json.dumps(SCHEMA)}//]]></script><div itemscope itemtype="https://schema.org/Recipe"><h1 itemprop="name">Tea</h1>
<ul itemprop="recipeIngredient"><li>mint</li></ul><ol itemprop="recipeInstructions"><li>Boil.</ol></div></html>"""
TABLE = """title,ingredients,directions,tags
Tea,"['mint', ""water""]","c(""Boil."", NA)",hot
Toast,"bread|garlic","1. Toast. 2. Rub.","{a,""b c""}"
"""


@lru_cache
def _packed() -> dict[str, bytes]:
    table, archive = io.BytesIO(), io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([TEA, TOAST]), table)
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a.json", json.dumps(TEA))
        files.writestr("b.paprikarecipe", gzip.compress(json.dumps(TOAST).encode(), mtime=0))
    return {"book.parquet": table.getvalue(), "book.zip": archive.getvalue(),
            "book.jsonl.gz": gzip.compress(f"{json.dumps(TEA)}\n".encode(), mtime=0)}  # fmt: skip


VALID = {
    "book.jsonl": f"{json.dumps(TEA)}\n{json.dumps(TOAST)}\n".encode(),
    "book.json": json.dumps({"results": [TEA, TOAST]}).encode(),
    "book.jsonld": json.dumps([SCHEMA]).encode(),
    "book.html": PAGE.encode(),
    "book.csv": TABLE.encode(),
    "book.tsv": TABLE.replace(",", "\t").encode("utf-16"),
    "book.md": HUGO.encode(),
    "book2.md": RECIPEMD.encode(),
    "book.cook": COOKLANG.encode(),
    "book.txt": b"Mint Tea\n1 handful mint\nBoil the water.\n\nToast\n2 slices bread\nToast it.\n",
    **_packed(),
}
SNIPPETS = [
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b'"',
    b"'",
    b"\\u12",
    b"\\",
    b"[" * 300,
    b"{" * 300,
    b"]",
    b"}",
    b"<!--",
    b"<script>",
    b"<p>" * 50,
    b"---\n",
    b"\n\n",
    b"&#x110000;",
    b"1e999",
    b"NaN",
    b"-",
    b"@",
    b"{%}",
    b"# ",
    b"9" * 5000,
    "é".encode("cp1252"),
]


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """A valid file with a few places cut, doubled, overwritten or filled with what is hard to read."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "double", "snippet", "bytes", "truncate"]))
        if kind == "cut":
            content = content[:start] + content[end:]
        elif kind == "double":
            content = content[:end] + content[start:]
        elif kind == "snippet":
            content = content[:start] + draw(st.sampled_from(SNIPPETS)) + content[end:]
        elif kind == "bytes":
            content = content[:start] + draw(st.binary(max_size=8)) + content[end:]
        else:
            content = content[:start]
    return content


def read_all(name: str, content: bytes, format_: str = "auto") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        started = time.perf_counter()
        try:
            for outcome in read_recipes([path], format_):
                assert isinstance(outcome, Recipe | Unreadable)
                if isinstance(outcome, Recipe):
                    for text in (outcome.title, *outcome.ingredients, *outcome.steps, *outcome.tags):
                        text.encode()
                    clean(outcome)
        except RecipeTuiError as error:
            assert "\n" not in error.message
        assert time.perf_counter() - started < 10


def fuzzed(test):
    options = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    return seed(20261126)(options(test))


@pytest.mark.parametrize("name", VALID)
@fuzzed
@given(data=st.data())
def test_a_damaged_file_of_any_format_is_read_or_refused(name, data):
    read_all(name, data.draw(mutated(VALID[name])))


@pytest.mark.parametrize("format_", [format_.name for format_ in FORMATS])
@fuzzed
@given(data=st.data())
def test_any_file_is_read_or_refused_by_any_reader(format_, data):
    content = data.draw(st.binary(max_size=200) | st.sampled_from(list(VALID.values())).flatmap(mutated))
    read_all("book", content, format_)


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
    ],
)  # fmt: skip
def test_hostile_repetition_takes_no_time(name, content):
    read_all(name, content)
