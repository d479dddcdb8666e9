"""Splits that a source assigns itself: by the names of its files and folders, its hub splits, or a column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.recipes.recipe import Split

_WORDS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "训练": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "dev": "validation",
    "development": "validation",
    "eval": "validation",
    "evaluation": "validation",
    "验证": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "holdout": "test",
    "测试": "test",
}
_SET = re.compile(r"(?:set|data|split|集)\Z")  # which ends "trainset"
_HELD_OUT = re.compile(r"h[eo]ld[\W_]*out", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_NOT_A_SPLIT = re.compile(r"test[ing]*[\W_]*kitchens?|valid[\W_]+(?!set|data|split)[a-z]", re.IGNORECASE)


def split_called(name: object) -> Split | None:
    """Return the split that a name stands for, whatever its case: ``Train``, ``recipes_val``, ``test-00000-of-00002``.

    A name stands for a split when its first or last word does; ``of`` and numbers do not count.

    Args:
        name: A hub split, the value of a column, or the name of a file without its suffix.
    """
    if not isinstance(name, str) or len(name) > 200 or _NOT_A_SPLIT.match(name):
        return None
    words = [word for word in _WORD.findall(_HELD_OUT.sub("holdout", name.casefold())) if word != "of"]
    return next(filter(None, map(_whole_name, (*words[:1], *words[-1:]))), None)


def split_of_file(path: Path, folder: Path | None = None) -> Split | None:
    """Return the split that the name of a file assigns, or else the nearest folder's.

    Of a file's name, the part before its first dot and every suffix count, as in ``test.jsonl.gz`` and
    ``book.recipes.training``. A folder counts by its whole name, and only if it is the file's own, or the given one,
    or between them: where data are kept on a machine assigns nothing.

    Args:
        path: The file.
        folder: The folder that was given as the source; None when the file was named itself.
    """
    stem, *suffixes = path.name.lower().split(".")
    given: Split | None = next(filter(None, map(_whole_name, reversed(suffixes))), None)
    found = given or split_called(stem)
    if found is not None:
        return found
    between = [path.parent]
    while folder is not None and between[-1] not in (folder, between[-1].parent):
        between.append(between[-1].parent)
    return next(filter(None, (_whole_name(parent.name.lower()) for parent in between)), None)


def _whole_name(name: str) -> Split | None:
    return _WORDS.get(_SET.sub("", _HELD_OUT.sub("holdout", name)))
