"""Hostile recipe files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

from tests.fuzz.hostile.case import MB, Case, file, repeated


def _read_recipes(folder: Path, format_: str = "auto") -> str:
    from recipe_tui.core.recipes.clean import clean
    from recipe_tui.core.recipes.reading import read_recipes
    from recipe_tui.core.recipes.recipe import Recipe

    recipes = unreadable = 0
    for outcome in read_recipes([path for path in sorted(folder.iterdir()) if path.is_file()], format_):
        if isinstance(outcome, Recipe):
            recipes += 1
            clean(outcome)
        else:
            unreadable += 1
    return f"{recipes:,} recipes, {unreadable:,} unreadable"


def _recipes(name: str, unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> Case:
    return Case(file(name, lambda: repeated(unit, size, before, after)), _read_recipes)


def _zip(members: dict[str, bytes], copies: int = 1) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for number in range(copies):
            for name, data in members.items():
                files.writestr(f"{number}{name}", data)
    return archive.getvalue()


def _tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.json")
        entry.size = 200 * MB
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    return target.getvalue()


def _dense_zip(folder: Path) -> None:
    """A table of contents of 400,000 entries for one file."""
    one = _zip({"a.json": b"{}"})
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    count, table = 400_000, one[start:end]
    closing = struct.pack(
        "<4sHHHHLLH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(table) * count, start, 0
    )
    with (folder / "book.zip").open("wb") as target:
        target.write(one[:start])
        for _ in range(count // 1000):
            target.write(table * 1000)
        target.write(closing)


def _parquet(folder: Path) -> None:
    """A text of a megabyte in each of 20,000 rows, which a dictionary stores once."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = 20_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["a " * (MB // 2)]))
    table = pa.table({"title": text, "ingredients": text, "directions": text})
    parquet.write_table(table, folder / "book.parquet", store_schema=False)


def _parquet_lists(folder: Path) -> None:
    """Lists of ten million empty texts in few bytes."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    rows, each = 4, 10_000_000
    values = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows * each, np.int8)), pa.array([""]))
    lists = pa.ListArray.from_arrays(pa.array([each * row for row in range(rows + 1)], pa.int32()), values)
    table = pa.table({"title": ["a"] * rows, "ingredients": lists, "directions": lists})
    parquet.write_table(table, folder / "book.parquet", store_schema=False)


def lines() -> bytes:
    """Eight megabytes of lines of JSON that are no recipes."""
    return b"[1, 2, 3]\n" * (MB * 8 // 10)


RECIPE = b'{"title": "Tea", "ingredients": ["mint"], "directions": ["Boil."]}\n'
DEEP = 2_000_000
BELOW = b"# a\n## Ingredients\n- b\n"
MEAL_MASTER = b"MMMMM----- Recipe via Meal-Master (tm) v8.05\n\n      Title: a\n Categories: b\n      Yield: 1\n\n"
MASTERCOOK = b"""                     *  Exported from  MasterCook  *

                               Tea

Serving Size  : 8    Preparation Time :0:30

  Amount  Measure       Ingredient -- Preparation Method
--------  ------------  --------------------------------
"""


def _xml(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> Case:
    start, end = b"<recipes><recipe><title>a</title>", b"</recipe></recipes>"
    return _recipes("book.xml", unit, size, start + before, after + end)


def _many_attributes() -> bytes:
    return b"<recipes><recipe " + b" ".join(b"a%d='b'" % number for number in range(900_000)) + b"/></recipes>"


def _xml_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    return f'<!DOCTYPE recipes [<!ENTITY e0 "aaaaaaaaaa">{entities}]><recipes><title>&e11;</title></recipes>'.encode()


FILES: dict[str, Case] = {
    "gz: 10 GB of lines": Case(file("book.jsonl.gz", lambda: [gzip.compress(lines())] * 1280), _read_recipes),
    "bz2: 10 GB of lines": Case(file("book.jsonl.bz2", lambda: [bz2.compress(lines())] * 1280), _read_recipes),
    "xz: 10 GB of lines": Case(file("book.jsonl.xz", lambda: [lzma.compress(lines(), preset=0)] * 1280), _read_recipes),
    "zst: 10 GB of lines": Case(file("book.jsonl.zst", lambda: [_zstd(lines())] * 1280), _read_recipes),
    "gz: 1.5 GB of one line": Case(
        file("book.jsonl.gz", lambda: [gzip.compress(b'{"title": "' + b"a" * 64 * MB)] * 24), _read_recipes),
    "gz in gz in gz": Case(
        file("book.jsonl.gz", lambda: [gzip.compress(gzip.compress(gzip.compress(lines() * 32)))]), _read_recipes),
    "zip: a file of 512 MB of lines": Case(file("book.zip", lambda: [_zip({"a.json": lines() * 64})]), _read_recipes),
    "zip: 8 files of 8 MB of lines": Case(file("book.zip", lambda: [_zip({"a.json": lines()}, 8)]), _read_recipes),
    "zip in zip in zip": Case(
        file("book.zip", lambda: [_zip({"a.zip": _zip({"b.zip": _zip({"c": lines()}, 8)}, 4)}, 2)]), _read_recipes),
    "zip: 400,000 entries for one file": Case(_dense_zip, _read_recipes),
    "zip: 20,000 files without a recipe": Case(
        file("book.zip", lambda: [_zip({"a.json": b"[]"}, 20_000)]), _read_recipes),
    "tar.gz of 200 MB": Case(file("book.tar.gz", lambda: [_tar()]), _read_recipes),
    "Parquet: a megabyte in each of 20,000 rows": Case(_parquet, _read_recipes),
    "Parquet: lists of ten million texts": Case(_parquet_lists, _read_recipes),
    "text: 10 million short lines": _recipes("book.txt", b"a\n", 20 * MB),
    "text: 20 million blank lines": _recipes("book.txt", b"\n", 20 * MB, before=b"Tea\n1 cup mint\nBoil it.\n"),
    "text: 10 million lines of steps": _recipes("book.txt", b"B.\n", 20 * MB),
    "text: one line of 300 MB": _recipes("book.txt", b"ab ", 300 * MB),
    "JSON Lines: one line of 300 MB": _recipes("book.jsonl", b"ab ", 300 * MB, before=b'{"title": "'),
    "JSON Lines: one line of 30 MB of lists": _recipes("book.jsonl", b"[],", 30 * MB, b"[", after=b"[]]"),
    "JSON Lines: one line of 30 MB of objects": _recipes(
        "book.jsonl", b'{"a":1},', 30 * MB, before=b'{"results":[', after=b"{}]}"),
    "JSON Lines: one line of 30 MB, an emoji": _recipes(
        "book.jsonl", b"ab ", 30 * MB, before='{"title": "\U0001f372'.encode(), after=b'"}'),
    "JSON Lines: 20 million blank lines": _recipes("book.jsonl", b"\n", 20 * MB, before=RECIPE),
    "JSON Lines: 20 MB of empty lists": _recipes("book.jsonl", b"[]\n", 20 * MB, before=b"[]\n"),
    "JSON Lines: nested two million times": _recipes("book.jsonl", b"[", DEEP),
    "JSON: nested two million times": _recipes("book.json", b"[", DEEP),
    "JSON: objects nested a million times": _recipes("book.json", b'{"a":', 5 * DEEP),
    "JSON: 15 MB of empty lists": _recipes("book.json", b"[],", 15 * MB, before=b"[", after=b"[]]"),
    "JSON: 100 MB of empty lists": _recipes("book.json", b"[],", 100 * MB, before=b"[", after=b"[]]"),
    "JSON: 100 MB of lists in an object": _recipes("book.json", b"[],", 100 * MB, before=b'{"data":[', after=b"[]]}"),
    "JSON: a text of 120 MB": _recipes("book.json", b"ab ", 120 * MB, before=b'{"title": "', after=b'"}'),
    "JSON: a text of 60 MB, an emoji": _recipes(
        "book.json", b"ab ", 60 * MB, before='{"title": "\U0001f372'.encode(), after=b'"}'),
    "JSON: 15 MB of escapes, malformed": _recipes("book.json", b'\\"', 15 * MB, before=b'{"title": "'),
    "JSON: 15 MB of comments, malformed": _recipes("book.json", b"/* */", 15 * MB, before=b"{"),
    "JSON: 15 MB of single quotes": _recipes("book.json", b"'a',", 15 * MB, before=b"['", after=b"]"),
    "JSON: 15 MB of values side by side": _recipes("book.json", b"1 ", 15 * MB),
    "HTML: a page of 30 MB of paragraphs": _recipes("page.html", b"<p>x", 30 * MB),
    "HTML: nested ten million times": _recipes("page.html", b"<b>", 30 * MB),
    "HTML: attributes": _recipes("page.html", b" a='b'", 30 * MB, before=b"<p"),
    "HTML: entities": _recipes("page.html", b"&amp;", 30 * MB, before=b"<p>"),
    "HTML: JSON-LD of 30 MB": _recipes(
        "page.html", b"[],", 30 * MB, before=b'<script type="application/ld+json">[', after=b"[]]</script>"),
    "HTML: JSON-LD of 30 MB of comments": _recipes(
        "page.html", b"/*", 30 * MB, before=b'<script type="application/ld+json">{', after=b"</script>"),
    "HTML: a million recipes in microdata": _recipes(
        "page.html", b'<p itemscope itemtype="schema.org/Recipe">', 30 * MB),
    "HTML: a page of 200 MB": _recipes("page.html", b"<p>x", 200 * MB),
    "HTML: tags in a step": _recipes(
        "book.jsonl", b"<p>x", MB - 100, before=b'{"title": "a", "ingredients": "b", "directions": "', after=b'"}'),
    "CSV: a row of 30 million cells": _recipes("book.csv", b",", 31 * MB, before=b"title,ingredients,directions\n"),
    "CSV: a header of 30 million cells": _recipes("book.csv", b",", 31 * MB, before=b"title,ingredients,directions"),
    "CSV: a quote left open": _recipes("book.csv", b"ab\n", 300 * MB, before=b'title,ingredients,directions\n"'),
    "CSV: 10 million short rows": _recipes("book.csv", b"a\n", 20 * MB, before=b"title,ingredients,directions\n"),
    "Markdown: half a MB of quotes": _recipes("book.md", b"> - ", MB // 2 - 100, before=b"# a\n## Ingredients\n"),
    "Markdown: half a MB of emphasis": _recipes("book.md", b"*a **b ", MB // 2 - 100, before=b"# a\n## Ingredients\n"),
    "Markdown: half a MB of brackets": _recipes("book.md", b"[", MB // 2 - 100, before=b"# a\n## Ingredients\n"),
    "Markdown: half a MB of backquotes": _recipes("book.md", b"`a", MB // 2 - 100, before=b"# a\n## Ingredients\n"),
    "Markdown: 300 MB": _recipes("book.md", b"- a\n", 300 * MB, before=b"# a\n## Ingredients\n"),
    "YAML: deep nesting": _recipes("book.md", b"- ", 60_000, b"---\na: ", b"\n---\n" + BELOW),
    "YAML: deep brackets": _recipes("book.md", b"[", 60_000, b"---\na: ", b"\n---\n" + BELOW),
    "YAML: aliases": Case(file("book.md", lambda: [_yaml_bomb()]), _read_recipes),
    "YAML: 64 kB of keys": _recipes("book.md", b"a: b\n", 60_000, b"---\n", b"---\n" + BELOW),
    "TOML: deep brackets": _recipes("book.md", b"[", 60_000, b"+++\na = ", b"\n+++\n" + BELOW),
    "TOML: dotted keys": _recipes("book.md", b"a.", 60_000, b"+++\n", b"a = 1\n+++\n" + BELOW),
    "Meal-Master: a recipe of 20 MB": _recipes(
        "book.mmf", b"      1 c  Sugar\n", 20 * MB, before=MEAL_MASTER, after=b"MMMMM\n"),
    "Meal-Master: 4 MB of beginnings": _recipes("book.mmf", MEAL_MASTER, 4 * MB),
    "Meal-Master: lines of 900 blanks": _recipes("book.mmf", b" " * 900 + b"\n", 20 * MB, before=MEAL_MASTER),
    "Meal-Master: one line of 300 MB": _recipes("book.mmf", b"ab ", 300 * MB, before=MEAL_MASTER),
    "MasterCook: a recipe of 20 MB": _recipes(
        "book.mxp", b"  1       cup           sugar\n", 20 * MB, before=MASTERCOOK),
    "MasterCook: 4 MB of beginnings": _recipes("book.mxp", MASTERCOOK, 4 * MB),
    "MasterCook: lines of dashes": _recipes("book.mxp", b" -" * 450 + b"\n", 20 * MB, before=MASTERCOOK),
    "MasterCook: one line of 300 MB": _recipes("book.mxp", b"ab ", 300 * MB, before=MASTERCOOK),
    "XML: 15 MB of ingredients": _xml(b"<ingredient>a</ingredient>", 15 * MB),
    "XML: a million ingredients": _xml(b"<i/>", 3 * MB),
    "XML: 15 MB of attributes": _recipes(
        "book.xml", b" a='b'", 15 * MB, before=b"<recipes><recipe", after=b"/></recipes>"),
    "XML: names of attributes": Case(file("book.xml", lambda: [_many_attributes()]), _read_recipes),
    "XML: nested": _xml(b"<ingredients>", 12 * MB),
    "XML: groups in groups": _xml(b"<inggroup><title>a</title>" * 100 + b"</inggroup>" * 100, 12 * MB),
    "XML: a text of 15 MB": _xml(b"ab\n", 15 * MB, b"<directions>", b"</directions>"),
    "XML: recipes in recipes": _xml(b"<recipe><title>a</title>" * 100 + b"</recipe>" * 100, 12 * MB),
    "XML: 15 MB of entities": _xml(b"&amp;", 15 * MB, b"<title>", b"</title>"),
    "XML: entities of entities": Case(file("book.xml", lambda: [_xml_bomb()]), _read_recipes),
    "XML: 3 MB of ends without a beginning": _xml(b"</a>", 3 * MB),
    "XML: 7 MB of comments": _xml(b"<!-- -->", 7 * MB),
    "XML: a comment before the root": _recipes("book.xml", b"<!--", 15 * MB, after=b"<recipes>"),
    "XML: 300 MB": _xml(b"<ingredient>a</ingredient>", 300 * MB),
    "text: 20 MB of labels": _recipes("book.txt", b"Ingredients:\n", 20 * MB, before=b"Tea\n"),
    "text: labels of recipes": _recipes("book.txt", b"Tea\n\nIngredients\n\n- a\n\nDirections\n\n1. B.\n\n", 20 * MB),
    "Markdown: half a MB of headings": _recipes("book.md", b"## a\n", MB // 2 - 100, before=BELOW),
    "Markdown: half a MB of tables": _recipes("book.md", b"|a|b|\n|-|-|\n", MB // 2 - 100, before=BELOW),
    "Markdown: half a MB of links": _recipes("book.md", b"[a](b ", MB // 2 - 100, before=BELOW),
    "RecipeMD: a quarter MB of amounts": _recipes(
        "book.md", b"- *1* a\n", MB // 4 - 100, before=b"# a\n\n---\n\n", after=b"\n---\n\nb\n"),
    "Cooklang: 20 MB of ingredients": _recipes("book.cook", b"@a{", 20 * MB),
    "Cooklang: 200 MB": _recipes("book.cook", b"Add @salt{}.\n", 200 * MB),
}  # fmt: skip


def _zstd(data: bytes) -> bytes:
    import pyarrow

    packed: bytes = pyarrow.compress(data, "zstd", asbytes=True)
    return packed


def _yaml_bomb() -> bytes:
    lines = ["---", "a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(12)]
    return "\n".join([*lines, "---", "# a", "## Ingredients", "- b", ""]).encode()
