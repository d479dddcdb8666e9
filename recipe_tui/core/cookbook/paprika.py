"""Write recipes for Paprika: a ``.paprikarecipe`` is gzipped JSON, several are a zip archive of such files.

Paprika publishes no specification; the names of the fields are those of its own exports.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.cookbook.document import Document

_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("nutritional_info", "difficulty", "source", "source_url", "image_url", "created"), ""),
    **dict.fromkeys(("photo", "photo_data", "photo_hash", "photo_large")),
    "photos": [],
    "rating": 0,
}
_TIMES = {f"{kind}_time": kind for kind in ("prep", "active", "cook", "rest", "total")}
_OURS = ("active_time", "rest_time")  # which Paprika does not have
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can hold; the same recipes give the same file


def write_paprika(documents: Sequence[Document]) -> bytes:
    """Return one recipe as a ``.paprikarecipe``, or several as an archive of them."""
    if len(documents) == 1:
        return _packed(documents[0])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for number, document in enumerate(documents, 1):
            archive.writestr(zipfile.ZipInfo(f"{number:04}.paprikarecipe", _EPOCH), _packed(document))
    return content.getvalue()


def _packed(document: Document) -> bytes:
    values = _values(document)
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    identified = {
        "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, text)).upper(),
        "hash": hashlib.sha256(text.encode()).hexdigest().upper(),
        **values,
    }
    return gzip.compress(json.dumps(identified, ensure_ascii=False).encode(), mtime=0)


def _values(document: Document) -> dict[str, Any]:
    recipe = document.recipe
    times = dict(line.split(" ", 1) for line in recipe.times)
    durations = {name: times.get(kind, "") for name, kind in _TIMES.items()}
    return {
        **_EMPTY,
        "name": recipe.title,
        "ingredients": "\n".join(recipe.ingredients),
        "directions": "\n".join(recipe.steps),
        "servings": recipe.servings,
        "categories": list(recipe.tags),
        "description": "",
        "notes": "\n".join(document.notes),
        **{name: time for name, time in durations.items() if time or name not in _OURS},
    }
