"""The manifest of a block store: what it is, what it was made of, and which files belong to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.blocks.fingerprint import Fingerprint
from recipe_tui.core.config import DataConfig
from recipe_tui.core.errors import StoreError
from recipe_tui.core.paths import STORE_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "recipe-tui block store"
VERSION = 1


@dataclass(frozen=True, slots=True)
class StoreManifest:
    """What a store is.

    Attributes:
        config: The settings it was built with.
        fingerprint: What it was built from.
        vocab_size: Rows an embedding needs for its ids.
        eos_id: The token that ends a recipe.
        pad_id: The token that fills up blocks.
        outcome_names: What the codes in the outcomes stand for.
        files: Size in bytes of every file of the store but this one, by path in the store.
    """

    config: DataConfig
    fingerprint: Fingerprint
    vocab_size: int
    eos_id: int
    pad_id: int
    outcome_names: tuple[str, ...]
    files: Mapping[str, int]

    def write(self, folder: Path) -> None:
        """Write the manifest; the last file of a store.

        Raises:
            OutputError: It cannot be written.
        """
        values = {
            "format": FORMAT,
            "version": VERSION,
            "fingerprint": self.fingerprint.digest,
            "made_of": self.fingerprint.to_json(),
            "config": self.config.model_dump(mode="json"),
            "vocab_size": self.vocab_size,
            "eos_id": self.eos_id,
            "pad_id": self.pad_id,
            "outcomes": self.outcome_names,
            "files": self.files,
        }
        write_text(folder / STORE_MANIFEST, json.dumps(values, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> StoreManifest:
        """Read a store's manifest.

        Raises:
            StoreError: There is none, or it is damaged or of another version.
        """
        path = folder / STORE_MANIFEST
        rebuild = "build the store again"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            problem = "not a block store" if folder.is_dir() else "no such block store"
            raise StoreError(f"{folder}: {problem}", "check the path, or build a store there") from None
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: cannot be read ({error})", rebuild) from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise StoreError(f"{folder}: not a block store", "check the path, or build a store there")
        if values.get("version") != VERSION:
            raise StoreError(f"{folder}: a block store of version {values.get('version')}, not {VERSION}", rebuild)
        try:
            return cls(
                config=DataConfig.model_validate(values["config"]),
                fingerprint=Fingerprint.from_json(values["made_of"]),
                vocab_size=int(values["vocab_size"]),
                eos_id=int(values["eos_id"]),
                pad_id=int(values["pad_id"]),
                outcome_names=tuple(values["outcomes"]),
                files=dict(values["files"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{path}: damaged ({type(error).__name__}: {error})", rebuild) from error

    def check_files(self, folder: Path) -> None:
        """Make sure that every file is there in its size.

        Raises:
            StoreError: One is missing, or was cut or changed.
        """
        for name, size in self.files.items():
            path = folder / name
            if not path.is_file():
                raise StoreError(f"{path}: missing from the block store", "build the store again")
            if path.stat().st_size != size:
                raise StoreError(f"{path}: {path.stat().st_size:,} bytes instead of {size:,}", "build the store again")


def is_store(folder: Path) -> bool:
    """Tell whether a folder holds a block store, of whatever version and however damaged."""
    try:
        return FORMAT in (folder / STORE_MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
