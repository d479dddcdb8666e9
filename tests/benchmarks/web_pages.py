"""How many recipes of a folder of web pages and documents are read, and how often they agree with what is expected.

    python -m tests.benchmarks.web_pages recipe-scrapers/tests/test_data
    python -m tests.benchmarks.web_pages based.cooking/content --format markdown

A page is a file ``*.testhtml`` or ``*.html`` with the expected recipe beside it in ``*.json``, as recipe-scrapers
keeps its tests: ``ingredients`` and ``instructions_list``. Counted are the pages that hold a schema.org Recipe (in
JSON-LD or microdata), those that are read, those among them with ingredients and steps (a page may mark up neither),
and those whose ingredients and steps agree, compared as text without
blanks, case and marks. With recipe-scrapers installed, its own schema.org reader is counted on the same pages. With
``--format``, all files below the folder are read in that format instead, and those with ingredients and steps counted.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import unicodedata
from collections import Counter
from contextlib import suppress
from pathlib import Path

from recipe_tui.core import Recipe, RecipeTuiError, read_recipes
from recipe_tui.core.recipes.recipe import is_heading

_HOLDS_RECIPE = re.compile(
    r"""schema\.org/?\\?/?Recipe|"@type"\s*:\s*\[?\s*"(?:[^"]*[/:])?Recipe["/]|data-vocabulary\.org/Recipe"""
)


def plain(lines) -> str:
    """The letters and digits of lines, without numbering."""
    if isinstance(lines, str):
        lines = lines.split("\n")
    texts = (re.sub(r"<[^>]*>", " ", html.unescape(html.unescape(line))) for line in lines)
    joined = " ".join(re.sub(r"^\s*(?:step )?\d{1,2}[.):]\s+", "", text, flags=re.IGNORECASE) for text in texts)
    return "".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", joined.replace("º", " ")).casefold()))


def read_ours(path: Path) -> Recipe | None:
    with suppress(RecipeTuiError):
        recipes = [outcome for outcome in read_recipes([path], "json-ld") if isinstance(outcome, Recipe)]
        full = [recipe for recipe in recipes if recipe.ingredients and recipe.steps]
        return (full or recipes or [None])[0]
    return None


def read_theirs(text: str) -> tuple[list[str], list[str]] | None:
    from recipe_scrapers._schemaorg import SchemaOrg

    with suppress(Exception):
        found = SchemaOrg(text)
        if found.data:
            return found.ingredients(), found.instructions().split("\n")
    return None


def agreement(read: tuple[list[str], list[str]] | None, expected: dict) -> tuple[bool, bool]:
    if read is None:
        return False, False
    ingredients, steps = ([line for line in lines if not is_heading(line)] for lines in read)
    wanted = [line for line in expected.get("instructions_list", ()) if not is_heading(line)]
    return (
        plain(ingredients) == plain(expected.get("ingredients", ()))
        or plain(read[0]) == plain(expected["ingredients"]),
        plain(steps) == plain(wanted) or plain(read[1]) == plain(expected["instructions_list"]),
    )


def count_pages(folder: Path, verbose: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for page in sorted([*folder.rglob("*.testhtml"), *folder.rglob("*.html")]):
        expected_file = page.with_suffix(".json")
        counts["pages"] += 1
        text = page.read_text("utf-8", "replace")
        if not expected_file.exists() or not _HOLDS_RECIPE.search(text):
            continue
        expected = json.loads(expected_file.read_text("utf-8"))
        expected = {"ingredients": [], "instructions_list": [], **expected}
        counts["holding a Recipe"] += 1
        recipe = read_ours(page)
        counts["read"] += recipe is not None
        counts["read, with ingredients and steps"] += bool(recipe and recipe.ingredients and recipe.steps)
        ours = None
        if recipe is not None:
            ours = list(recipe.ingredients), list(recipe.steps)
        ours_agree = agreement(ours, expected)
        counts["ingredients agree"] += ours_agree[0]
        counts["steps agree"] += ours_agree[1]
        theirs_agree = (False, False)
        with suppress(ImportError):
            theirs = read_theirs(text)
            counts["recipe-scrapers: read"] += theirs is not None
            counts["recipe-scrapers: read, with ingredients and steps"] += bool(theirs and theirs[0] and any(theirs[1]))
            theirs_agree = agreement(theirs, expected)
            counts["recipe-scrapers: ingredients agree"] += theirs_agree[0]
            counts["recipe-scrapers: steps agree"] += theirs_agree[1]
        if verbose:
            marks = [
                "not read" if recipe is None else "",
                "without ingredients or steps" if recipe and not (recipe.ingredients and recipe.steps) else "",
                "ingredients worse" if theirs_agree[0] and not ours_agree[0] else "",
                "steps worse" if theirs_agree[1] and not ours_agree[1] else "",
            ]
            if any(marks):
                print(page, *filter(None, marks), sep=": ")
    return counts


def count_documents(folder: Path, format_: str, verbose: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        counts["files"] += 1
        with suppress(RecipeTuiError):
            for outcome in read_recipes([path], format_):
                whole = isinstance(outcome, Recipe) and outcome.ingredients and outcome.steps
                counts["recipes with ingredients and steps"] += bool(whole)
                if verbose and not whole:
                    print(path, outcome)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format")
    parser.add_argument("--verbose", action="store_true", help="name the files that are not read, or read worse")
    options = parser.parse_args()
    if options.format:
        counts = count_documents(options.folder, options.format, options.verbose)
    else:
        counts = count_pages(options.folder, options.verbose)
    for name, count in counts.items():
        print(f"{count:6,} {name}")


if __name__ == "__main__":
    main()
