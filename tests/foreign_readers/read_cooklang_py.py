"""Read Cooklang with cooklang-py; runs where that is installed, and imports nothing of ours."""

import json
import sys
from pathlib import Path

from cooklang_py import Recipe

found = []
for name in sys.argv[1:]:
    recipe = Recipe(Path(name).read_text(encoding="utf-8"))
    sections = [str(step).split(" ")[1].strip(":") if str(step).startswith("==") else "" for step in recipe]
    steps = list(recipe)[sections.index("Directions") :]  # it knows no sections
    found.append(
        {
            "title": recipe.metadata["title"],
            "ingredients": [[str(one.quantity), one.name, one.notes or ""] for one in recipe.ingredients],
            "steps": [text for step in steps if not (text := str(step).replace("\\", "")).startswith("==")],
        }
    )
print(json.dumps(found))
