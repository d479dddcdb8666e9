"""Recipe files of all formats, and the reader of each format, which also meets files of the others."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from recipe_tui.core.browsing.origin import read_place
from recipe_tui.core.recipes.clean import clean
from recipe_tui.core.recipes.reading import Unreadable, read_recipes
from recipe_tui.core.recipes.reading.formats import FORMATS
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.recipes.reading.conftest import TEA, TOAST
from tests.core.recipes.reading.test_documents_of_text import COOKLANG, HUGO, RECIPEMD
from tests.core.recipes.reading.test_exports import DASHES, FDX, GOURMET, M_MARKS, MASTERCOOK, MX2, PLAIN_XML
from tests.fuzz.harness import Reader

SCHEMA = {"@context": "https://schema.org", "@type": "Recipe", "name": "Tea", "recipeIngredient": ["mint"],
          "recipeInstructions": [{"@type": "HowToStep", "text": "Boil."}]}  # fmt: skip
PAGE = f"""<!DOCTYPE html><html><script type="application/ld+json">//<![CDATA[
{json.dumps(SCHEMA)}//]]></script><div itemscope itemtype="https://schema.org/Recipe"><h1 itemprop="name">Tea</h1>
<ul itemprop="recipeIngredient"><li>mint</li></ul><ol itemprop="recipeInstructions"><li>Boil.</ol></div></html>"""
TABLE = """title,ingredients,directions,tags
Tea,"['mint', ""water""]","c(""Boil."", NA)",hot
Toast,"bread|garlic","1. Toast. 2. Rub.","{a,""b c""}"
"""
MEALIE = {"name": "Soup", "recipeYield": "2", "recipeIngredient": [{"quantity": 2.5, "unit": {"name": "cup"},
          "food": {"name": "leek"}, "note": "sliced", "display": ""}], "recipe_instructions": [{"text": "Boil."}],
          "tags": [{"name": "hot"}], "totalTime": "PT1H5M", "nutrition": None}  # fmt: skip
TOML_HUGO = HUGO.replace('title: "Mint Tea"', 'title = "Mint Tea"').replace("tags: ", "tags = ").replace("---", "+++")


def _parquet() -> bytes:
    table = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([TEA, TOAST]), table)
    return table.getvalue()


def _zip(**members: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for name, data in members.items():
            files.writestr(zipfile.ZipInfo(name.replace("__", "."), (1980, 1, 1, 0, 0, 0)), data)
    return archive.getvalue()


_LINES = f"{json.dumps(TEA)}\n{json.dumps(TOAST)}\n".encode()
FILES: dict[str, dict[str, bytes]] = {
    "parquet": {"book.parquet": _parquet()},
    "jsonl": {"book.jsonl": _LINES, "mealie.jsonl": json.dumps(MEALIE).encode()},
    "json": {"book.json": json.dumps({"results": [TEA, TOAST]}).encode(), "mealie.json": json.dumps(MEALIE).encode()},
    "json-ld": {"book.jsonld": json.dumps([SCHEMA]).encode(), "book.html": PAGE.encode()},
    "csv": {"book.csv": TABLE.encode(), "book.tsv": TABLE.replace(",", "\t").encode("utf-16")},
    "markdown": {"book.md": HUGO.encode(), "book2.md": TOML_HUGO.encode()},
    "recipemd": {"book.md": RECIPEMD.encode()},
    "cooklang": {"book.cook": COOKLANG.encode()},
    "meal-master": {"book.mmf": M_MARKS.encode(), "dashes.txt": DASHES.encode()},
    "mastercook": {"book.mxp": MASTERCOOK.encode()},
    "xml": {
        "book.mx2": MX2.encode(),
        "book.grmt": GOURMET.encode(),
        "book.fdx": FDX.encode(),
        "b.xml": PLAIN_XML.encode(),
    },
    "plain": {
        "book.txt": b"Mint Tea\n1 handful mint\nBoil the water.\n\nToast\n2 slices bread\nToast it.\n",
        "labelled.txt": b"Tea\n\nTime: prep 5 min\n\nIngredients\n\n- mint\n\nDirections\n\n1. Boil.\n\nNotes\nHot.\n",
    },
    "compressed": {
        "book.jsonl.gz": gzip.compress(_LINES, mtime=0),
        "book.jsonl.bz2": bz2.compress(_LINES),
        "book.jsonl.xz": lzma.compress(_LINES),
        "book.jsonl.zst": pa.compress(_LINES, "zstd", asbytes=True),
        "book.zip": _zip(a__json=json.dumps(TEA).encode()),
    },
    "archive": {
        "book.zip": _zip(a__json=json.dumps(TEA).encode(), b__paprikarecipe=gzip.compress(_LINES, mtime=0)),
        "train.zip": _zip(a__md=HUGO.encode(), b__zip=_zip(c__json=json.dumps(TOAST).encode())),
    },
}
"""Undamaged files of each format, by name."""

NAMED = "book"
"""The name of a file that is read in a named format, whatever it holds."""


def read_all(folder: Path, format_: str, name: str, content: bytes) -> None:
    """Read a file as users do: in the format that its name or content says, or in a named one."""
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    place = None
    for outcome in read_recipes([path], format_ if name == NAMED else "auto"):
        assert isinstance(outcome, Recipe | Unreadable)
        if isinstance(outcome, Recipe):
            for text in (outcome.title, *outcome.ingredients, *outcome.steps, *outcome.tags):
                text.encode()
            clean(outcome)
            place = outcome.source
    if place is not None:
        read_place(place, format_ if name == NAMED else "auto").text.encode("utf-8", "surrogatepass")


def recipe_readers(folder: Path) -> list[Reader]:
    """Return the readers of recipes: a file in two is of the reader's own format."""
    folder.mkdir()
    named = [format_.name for format_ in FORMATS]
    readers = []
    for format_, own in FILES.items():
        others = [(NAMED, data) for files in FILES.values() for data in files.values()] if format_ in named else []
        samples = list(own.items()) * (len(others) // len(own) or 1) + others
        readers.append(Reader(f"recipes: {format_}", tuple(samples), partial(read_all, folder, format_)))
    return readers
