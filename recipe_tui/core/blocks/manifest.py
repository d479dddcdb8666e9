"""The manifest of a block store: what it is, what it was made of, and which files belong to it."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.blocks.fingerprint import Fingerprint
from recipe_tui.core.config import DataConfig  # noqa: TC001 - pydantic reads it
from recipe_tui.core.errors import StoreError, problem
from recipe_tui.core.paths import STORE_LOSSES, STORE_MANIFEST, STORE_NOVELTY
from recipe_tui.core.runs.events import Count  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "recipe-tui block store"
VERSION = 1

LARGEST = 24 << 20
"""Bytes that a manifest or a ledger may have; they name every file of the sources."""


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
    vocab_size: Annotated[Count, Field(gt=0, le=1 << 24)]
    eos_id: Count
    pad_id: Count
    outcome_names: tuple[str, ...]
    files: Mapping[str, Count]

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
            values = read_values(path)
        except (FileNotFoundError, NotADirectoryError):
            what = "not a block store" if folder.exists() else "no such block store"
            raise StoreError(f"{folder}: {what}", "check the path, or build a store there") from None
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: cannot be read ({error})", rebuild) from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise StoreError(f"{folder}: not a block store", "check the path, or build a store there")
        if values.get("version") != VERSION:
            raise StoreError(f"{folder}: a block store of version {values.get('version')}, not {VERSION}", rebuild)
        try:
            read_from = Fingerprint.from_json(values.get("made_of"))
            return _adapter().validate_python(
                {**values, "fingerprint": read_from, "outcome_names": values.get("outcomes")}
            )
        except ValueError as error:
            raise StoreError(f"{path}: damaged ({problem(error)})", rebuild) from error

    def check_files(self, folder: Path) -> None:
        """Make sure that every file is there in its size.

        Raises:
            StoreError: One is missing, or was cut or changed.
        """
        rebuild = "build the store again"
        for name, size in self.files.items():
            path = folder / name
            try:
                found = path.stat().st_size
            except (OSError, ValueError):  # it is not there, or no file can have the name
                raise StoreError(f"{path}: missing from the block store", rebuild) from None
            if found != size:
                raise StoreError(f"{path}: {found:,} bytes instead of {size:,}", rebuild)


def read_values(path: Path) -> Any:
    """Read a JSON file of a store; names in it that are not UTF-8 have surrogates.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not JSON, is nested too deeply, or is too large.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"larger than {LARGEST:,} bytes")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def foreign_file(folder: Path) -> str | None:
    """Return the name of a file or folder in a store that no build has put there; None if there is none.

    What a store of another version consists of is known by its own manifest.
    """
    own = {STORE_MANIFEST, STORE_NOVELTY, STORE_LOSSES}
    try:
        own |= {name.split("/")[0] for name in read_values(folder / STORE_MANIFEST)["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no store, or a damaged one
    names = sorted(path.name for path in folder.iterdir())
    unfinished = tuple(f".{name}." for name in own)  # what a killed process left; see `whole_folder`
    return next((name for name in names if name not in own and not name.startswith(unfinished)), None)


def is_store(folder: Path) -> bool:
    """Return whether a folder holds a block store, of whatever version and however damaged."""
    try:
        return FORMAT in (folder / STORE_MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


@cache
def _adapter() -> TypeAdapter[StoreManifest]:
    return TypeAdapter(StoreManifest)
