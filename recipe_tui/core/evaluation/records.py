"""What an evaluation has computed, in a folder with all settings: nothing is computed twice, and a stop costs little.

The folder is named by a hash of its settings: the weights, the tokenizer, the recipes, the prompts, the decoding. A new
measure reads the texts that are there, and so does a run that was renamed.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.config import GenerationConfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EVALUATIONS = "evaluations"
"""Folder of all evaluations, in the folder of the runs."""

SETTINGS = "settings.json"


def evaluation_folder(output: Path, name: str, settings: Mapping[str, Any], generation: GenerationConfig) -> Path:
    """Make the folder of an evaluation, or find it.

    Args:
        output: Folder of the runs.
        name: Name of the model.
        settings: All that decides what is written, but the decoding.
        generation: The decoding. What is at its default does not count for the name, so that an evaluation is found
            again after a control was added.

    Raises:
        OutputError: It cannot be made.
    """

    def as_text(decoding: dict[str, Any]) -> str:
        return json.dumps({**settings, "generation": decoding}, indent=1, sort_keys=True) + "\n"

    def is_same(other: Path) -> bool:
        """Return whether a folder is of the same evaluation under another name, as before a run was renamed."""
        try:
            kept = json.loads((other / SETTINGS).read_text(encoding="utf-8"))
            decoding = GenerationConfig.model_validate(kept.pop("generation"))
        except (OSError, ValueError, KeyError, AttributeError):  # another program's, damaged or of another version
            return False
        return {**kept, "model": name} == {**settings, "model": name} and decoding == generation

    changed = generation.model_dump(mode="json", exclude_defaults=True)
    digest = hashlib.sha256(as_text(changed).encode()).hexdigest()[:12]
    short = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.") or "model"
    folder = output / EVALUATIONS / f"{short}-{digest}"
    if not folder.is_dir() and (same := next(filter(is_same, sorted(folder.parent.glob("*"))), None)) is not None:
        return same
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not (folder / SETTINGS).is_file():
        replace_text(folder / SETTINGS, as_text(generation.model_dump(mode="json")))
    return folder


class Records:
    """A file of JSON lines, one for each key; what a killed process left half written is written again.

    Args:
        path: The file.

    Raises:
        OutputError: The file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values: dict[str, dict[str, Any]] = {}
        with writing(path):
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for line in text.splitlines():
            try:
                values = json.loads(line)
                self._values[str(values["key"])] = values
            except (ValueError, KeyError, TypeError):
                continue  # the end of a killed process
        if text and not text.endswith("\n"):
            with writing(path), path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def __contains__(self, key: object) -> bool:
        return str(key) in self._values

    def __getitem__(self, key: object) -> dict[str, Any]:
        return self._values[str(key)]

    def add(self, key: object, values: Mapping[str, Any]) -> None:
        """Append the values of a key.

        Raises:
            OutputError: The file cannot be written.
        """
        kept = {"key": str(key), **values}
        with writing(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
        self._values[str(key)] = kept
