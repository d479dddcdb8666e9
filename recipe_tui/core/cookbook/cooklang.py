r"""Write a recipe as Cooklang, see https://cooklang.org/docs/spec/.

Cooklang marks ingredients where the directions use them. A recipe lists them in an order and in words of its own, so
they are listed and marked in a section "Ingredients", and the directions follow as they are. Every program for Cooklang
finds the ingredients, and nothing of the recipe is reworded.

Characters that mean something to Cooklang are escaped by a backslash, as its own parser has it (cooklang-rs).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.document import heading_name
from recipe_tui.core.cookbook.parting import leading_amount
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.cookbook.document import Document

_IN_TEXT = re.compile(r"[@#~{}\\]|-(?=-)|(?<=-)-|\[(?=-)|^[>=]")
_IN_NAME = re.compile(r"[@#~{}\\|/]|-(?=-)|(?<=-)-|\[(?=-)|^[&?+*-]")
_IN_AMOUNT = re.compile(r"[@#~{}\\%=*]|-(?=-)|(?<=-)-")
_IN_NOTE = re.compile(r"[@#~{}\\()]|-(?=-)|(?<=-)-|\[(?=-)")
_IN_SECTION = re.compile(r"[=@#~{}\\]|-(?=-)|(?<=-)-|\[(?=-)")
_NOTE = re.compile(r"(?P<name>[^,]*[^,\s]), (?P<note>[^\s(),][^()]*)")


def write_cooklang(documents: Sequence[Document]) -> bytes:
    """Return the only recipe: metadata, the ingredients, the directions."""
    import yaml

    (document,) = documents
    recipe = document.recipe
    times = {f"{kind} time": rest for kind, _, rest in (line.partition(" ") for line in recipe.times)}
    values = {
        "title": recipe.title,
        "description": " ".join(document.notes),
        "servings": recipe.servings,
        "tags": list(recipe.tags),
        **times,
    }
    metadata = yaml.safe_dump(
        {name: value for name, value in values.items() if value}, allow_unicode=True, sort_keys=False, width=10**6
    )
    blocks = [f"---\n{metadata}---"]
    blocks += _sections("Ingredients", recipe.ingredients, _ingredient, "\n")
    blocks += _sections("Directions", recipe.steps, lambda line: _escape(_IN_TEXT, line), "\n\n")
    return ("\n\n".join(blocks) + "\n").encode()


def _sections(field: str, lines: Sequence[str], write: Callable[[str], str], between: str) -> list[str]:
    """Return the section of a field; what stands below a heading in a section of its own."""
    sections: list[tuple[str, list[str]]] = [(field, [])]
    for line in lines:
        if is_heading(line):
            sections.append((f"{field}: {heading_name(line)}", []))
        else:
            sections[-1][1].append(write(line))
    if len(sections) > 1 and not sections[0][1]:
        del sections[0]
    blocks = []
    for name, items in sections:
        blocks.append(f"== {_escape(_IN_SECTION, name)} ==")
        if items:
            blocks.append(between.join(items))
    return blocks


def _ingredient(line: str) -> str:
    """Return ``@flour{1%cup}(sifted)`` for ``1 cup flour, sifted``."""
    quantity, unit, rest = leading_amount(line)
    if not rest:
        quantity, unit, rest = "", "", line
    match = _NOTE.fullmatch(rest)
    name, note = (match["name"], match["note"]) if match else (rest, "")
    amount = "%".join(_escape(_IN_AMOUNT, part) for part in (quantity, unit) if part)
    return f"@{_escape(_IN_NAME, name)}{{{amount}}}" + (f"({_escape(_IN_NOTE, note)})" if note else "")


def _escape(special: re.Pattern[str], text: str) -> str:
    return special.sub(lambda match: f"\\{match[0]}", text)
