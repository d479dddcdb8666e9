"""Write recipes, and read them with recipe-scrapers, recipemd and cooklang-py: ``python -m tests.foreign_readers``.

Each library is installed by pip in a virtual environment of its own, below a folder that ``--environments`` names and
that is kept, or in a temporary one. This is no part of the suite, since it needs a package index.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recipe_tui.core.cookbook.document import MACHINE_WRITTEN, Document
from recipe_tui.core.cookbook.formats import FORMATS, FormatName
from recipe_tui.core.cookbook.parting import leading_amount, simple_amount
from recipe_tui.core.cookbook.quantities import quantities
from recipe_tui.core.recipes.recipe import Recipe, is_heading

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Library:
    """A library that reads a format, and the script that reads files with it and prints what it found as JSON.

    Attributes:
        package: Its name and version.
        format: What it reads.
        script: File of the script.
        expected: What it should find in a recipe.
        misread: Ingredients that it is known not to understand, though they are written as its format says.
    """

    package: str
    format: FormatName
    script: str
    expected: Callable[[Recipe], dict[str, Any]]
    misread: tuple[str, ...] = ()


def lines(recipe: Recipe) -> tuple[list[str], list[str]]:
    """Return ingredients and steps without headings."""
    ingredients, steps = (
        [line for line in some if not is_heading(line)] for some in (recipe.ingredients, recipe.steps)
    )
    return ingredients, steps


def in_json_ld(recipe: Recipe) -> dict[str, Any]:
    ingredients, steps = lines(recipe)
    return {"title": recipe.title, "ingredients": ingredients, "steps": steps}


def in_recipemd(recipe: Recipe) -> dict[str, Any]:
    ingredients, _ = lines(recipe)
    steps: list[str] = []
    number = 0
    for line in recipe.steps:
        number = 0 if is_heading(line) else number + 1
        steps.append(f"{number}. {line}" if number else f"## {line.removesuffix(':')}")
    return {
        "title": recipe.title,
        "ingredients": list(map(_by_recipemd, ingredients)),
        "steps": "\n\n".join(steps),
        "servings": recipe.servings,
        "tags": list(recipe.tags),
    }


def _by_recipemd(line: str) -> list[str]:
    amount = simple_amount(line)
    if not amount:
        return ["", "", line]
    number, unit, rest = leading_amount(line)
    rest = rest if amount == f"{number} {unit}" else line[len(number) + 1 :]
    return [f"{float(quantities(line)[0].low):g}", amount[len(number) + 1 :], rest]


def in_cooklang(recipe: Recipe) -> dict[str, Any]:
    ingredients, steps = lines(recipe)
    found = []
    for line in ingredients:
        number, unit, rest = leading_amount(line)
        name, _, note = rest.partition(", ")
        unit = {"cup": "c", "cups": "c"}.get(unit, unit)  # as it abbreviates them
        found.append([f"{number} {unit}".strip(), name, note])
    return {"title": recipe.title, "ingredients": found, "steps": steps}


LIBRARIES = (
    Library("recipe-scrapers==15.13.0", "json-ld", "read_recipe_scrapers.py", in_json_ld),
    Library("recipemd==5.0.0", "recipemd", "read_recipemd.py", in_recipemd),
    # It knows escapes in steps and not in ingredients.
    Library("cooklang-py==1.0.1", "cooklang", "read_cooklang_py.py", in_cooklang, ("@home mix #2",)),
)

RECIPES = (
    Recipe(
        "Leek & Potato Soup",
        (
            "For the soup:",
            "2 leeks, sliced",
            "1 1/2 cups whole milk",
            "½ tsp nutmeg",
            "1 (14-ounce) can beans, drained",
        ),
        ("Melt the butter.", "For the soup:", "Simmer 20 minutes at 200°F.", "Serve."),
        ("French", "main course"),
        servings="4 servings",
        times=("prep 10 min", "cook 20 min", "total 1 h 5 min"),
    ),
    Recipe("寿司 ごはん", ("300 g 米", "2 tbsp 酢"), ("米を炊く。", "酢を混ぜる。"), servings="2 servings"),
    Recipe(
        "Fish & Chips @ #1 {best} *ever* _really_",
        ("1 kg potatoes (floury)", "salt & pepper", "1 cup flour*", "200 g all-purpose flour", "@home mix #2"),
        ("Mix {well} @home #1 ~ 5 min.", "- Fry *gently*.", "3. Drain_on_paper `now` -- at once."),
    ),
    Recipe("حمص بطحينة", ("2 cups حمص", "طحينة"), ("اخلط.", "قدّم."), ("مقبلات",)),
    Recipe("Only a title?", ("2-3 eggs", "0,5 l milk"), ("Beat eggs.", "1. not a number")),
)


def read_with(library: Library, environments: Path, folder: Path) -> int:
    """Read all recipes with a library and print what differs. Returns the number of differences."""
    environment = environments / library.package.partition("=")[0]
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", library.package], check=True)
    files = []
    for number, recipe in enumerate(RECIPES):
        understood = tuple(line for line in recipe.ingredients if line not in library.misread)
        recipe = replace(recipe, ingredients=understood)
        path = folder / f"{number}{FORMATS[library.format].suffix}"
        path.write_bytes(FORMATS[library.format].write([Document.of(recipe, [MACHINE_WRITTEN])]))
        files.append(str(path))
    done = subprocess.run([python, HERE / library.script, *files], check=True, capture_output=True, text=True)
    differences = 0
    for recipe, found in zip(RECIPES, json.loads(done.stdout), strict=True):
        understood = tuple(line for line in recipe.ingredients if line not in library.misread)
        for name, expected in library.expected(replace(recipe, ingredients=understood)).items():
            if found[name] != expected:
                differences += 1
                print(
                    f"{library.package}: {name} of {recipe.title}:\n  written {expected!r}\n  read    {found[name]!r}"
                )
    left_out = f" (left out: {', '.join(library.misread)})" if library.misread else ""
    print(f"{library.package}: {len(RECIPES)} recipes, {differences} differences{left_out}")
    return differences


def main() -> int:
    """Read with all libraries. Returns the exit code: 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.foreign_readers")
    parser.add_argument("--environments", type=Path, help="folder of the virtual environments, which are kept in it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environments = given.environments or Path(folder) / "environments"
        differences = 0
        for library in LIBRARIES:
            place = Path(folder) / library.format
            place.mkdir()
            differences += read_with(library, environments.absolute(), place)
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit(main())
