"""Read JSON-LD in a web page with recipe-scrapers; runs where that is installed, and imports nothing of ours."""

import json
import sys
from pathlib import Path

from recipe_scrapers import scrape_html

found = []
for name in sys.argv[1:]:
    data = Path(name).read_text(encoding="utf-8").replace("</", "<\\/")
    page = f'<html><head><script type="application/ld+json">{data}</script></head></html>'
    recipe = scrape_html(page, org_url="https://recipes.example/1", supported_only=False)
    values = {
        "title": recipe.title(),
        "ingredients": [line for line in recipe.ingredients() if not line.endswith(":")],
        "steps": [line for line in recipe.instructions_list() if not line.startswith("For the ")],
    }
    found.append(values)
print(json.dumps(found))
