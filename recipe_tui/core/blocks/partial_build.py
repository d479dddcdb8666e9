"""A partial build: what an unfinished build of a block store has prepared, kept so that the next build resumes there.

It is a folder beside the store's. The texts, tokens and sets of the recipes are appended to three files. Every few
seconds a checkpoint saves the sizes and checksums of these files, and the other results since the checkpoint before.
A checkpoint is written when the files are on the disk, and appears whole or not at all. A resumed build truncates the
files to the last checkpoint that is intact.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
import zlib
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from recipe_tui.core.atomic_io import clear_abandoned, unfinished_folder, whole_file, writing
from recipe_tui.core.blocks.fingerprint import Fingerprint
from recipe_tui.core.blocks.manifest import read_values
from recipe_tui.core.errors import OutputError, StoreError
from recipe_tui.core.paths import (
    LOCK,
    PARTIAL_BUILD,
    PARTIAL_MANIFEST,
    PARTIAL_RECIPES,
    PARTIAL_SETS,
    PARTIAL_TOKENS,
)
from recipe_tui.core.recipes.duplicates import Signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Split

SECONDS = 15.0
"""Time between two checkpoints: an interruption costs no more, and a shorter build keeps nothing."""

_LIBRARIES = ("numpy", "pyarrow", "rensa", "tokenizers")  # what they computed must not be mixed with another version's
_CHUNK = 1 << 20  # bytes
_DAMAGED = "the partial build is damaged"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was gathered of the recipes since the checkpoint before.

    Attributes:
        first: The recipes before.
        reasons: Why each recipe is to be dropped, or None, [recipes].
        given_splits: The split that the source gives each recipe, or None, [recipes].
        section_lengths: Tokens of each recipe in each section, [recipes, sections] int32.
        signatures: Of the recipes whose reason is None.
        counts: What is counted, of all recipes so far; plain values for JSON. Of those that are read, only the last
            has them.
    """

    first: int
    reasons: list[str | None]
    given_splits: list[Split | None]
    section_lengths: NDArray[np.int32]
    signatures: Signatures
    counts: Mapping[str, Any]

    @property
    def recipes(self) -> int:
        """The recipes so far."""
        return self.first + len(self.reasons)


class PartialBuild:
    """What is prepared so far.

    Args:
        folder: Where it is kept; it exists.
        made_from: What the store is built from. What was made from anything else is removed.

    Attributes:
        recipes: File of the texts of the recipes; of a store, as `record_batch` gives them.
        tokens: File of the tokens of all recipes, one after the other.
        sets: File of the sets of `DuplicateFinder`.
        checkpoints: Those of an earlier build, in order.
        note: Where the build resumes, or why it does not; empty when there was nothing to resume.

    Raises:
        OutputError: The folder cannot be written to; so do its methods.
    """

    def __init__(self, folder: Path, made_from: Fingerprint) -> None:
        self.folder = folder
        self._files = ExitStack()
        self._saved = time.monotonic()
        changed = self._changed(made_from)
        found = sorted(folder.glob("*.npz"))
        if changed:
            self._clear(made_from)
        with writing(folder):
            self.recipes, self.tokens, self.sets = self._spools = tuple(
                self._files.enter_context((folder / name).open("a+b"))
                for name in (PARTIAL_RECIPES, PARTIAL_TOKENS, PARTIAL_SETS)
            )
        self._sizes = [0] * len(self._spools)  # at the last checkpoint
        self.checkpoints: list[Checkpoint] = []
        if not changed:
            self._restore(found)
        self.note = ""
        if self.checkpoints:
            later = ", since a later checkpoint is damaged" if len(self.checkpoints) < len(found) else ""
            self.note = f"resuming after {self.checkpoints[-1].recipes:,} recipes{later}"
        elif found:
            self.note = f"starting afresh: {changed or _DAMAGED}"

    @property
    def counts(self) -> Mapping[str, Any]:
        """The counts of the last checkpoint; empty when there is none."""
        return self.checkpoints[-1].counts if self.checkpoints else {}

    def due(self) -> bool:
        """Return whether it is time for a checkpoint."""
        return time.monotonic() - self._saved >= SECONDS

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the next checkpoint."""
        with writing(self.folder):
            for spool in self._spools:
                spool.flush()
                os.fsync(spool.fileno())
            sizes = [os.fstat(spool.fileno()).st_size for spool in self._spools]
            checksums = list(map(_checksum, self._spools, self._sizes, sizes))
        gathered = {
            "first": checkpoint.first,
            "reasons": checkpoint.reasons,
            "given_splits": checkpoint.given_splits,
            "counts": checkpoint.counts,
        }
        signatures = checkpoint.signatures
        with whole_file(self.folder / f"{checkpoint.recipes:012}.npz") as path, path.open("wb") as file:
            np.savez(
                file,
                spools=np.array([sizes, checksums], np.int64),
                gathered=np.frombuffer(json.dumps(gathered).encode(), np.uint8),
                section_lengths=checkpoint.section_lengths,
                digests=signatures.digests,
                sizes=signatures.sizes,
                keys=signatures.keys,
            )
        self._sizes = sizes
        self._saved = time.monotonic()

    def close(self) -> None:
        """Close the files."""
        with writing(self.folder):  # what is still to be written may not fit on the disk
            self._files.close()

    def _changed(self, made_from: Fingerprint) -> str:
        """Return what has changed since the folder was filled; empty for nothing."""
        before, libraries = _made_from(self.folder)
        if before is None:
            return _DAMAGED
        return before.difference(made_from) or ("" if libraries == _libraries() else "libraries have changed")

    def _clear(self, made_from: Fingerprint) -> None:
        with writing(self.folder):
            for path in self.folder.iterdir():
                if path.name != LOCK:
                    path.unlink()
        values = {"libraries": _libraries(), "made_of": made_from.to_json()}
        with whole_file(self.folder / PARTIAL_MANIFEST) as path:
            path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

    def _restore(self, found: list[Path]) -> None:
        """Read the checkpoints up to the first that is damaged; remove what comes after."""
        for path in found:
            try:
                checkpoint, (sizes, checksums) = _read(path)
            except Exception:  # of a damaged file numpy raises whatever results
                break
            before = self.checkpoints[-1].recipes if self.checkpoints else 0
            if checkpoint.first != before or checksums != list(map(_checksum, self._spools, self._sizes, sizes)):
                break
            if self.checkpoints:
                self.checkpoints[-1] = replace(self.checkpoints[-1], counts={})  # they may be large
            self.checkpoints.append(checkpoint)
            self._sizes = sizes
        with writing(self.folder):
            for path in found[len(self.checkpoints) :]:
                path.unlink()
            for spool, size in zip(self._spools, self._sizes, strict=True):
                spool.truncate(size)


@contextmanager
def partial_build(destination: Path, made_from: Fingerprint) -> Iterator[PartialBuild]:
    """Give the partial build of a store: an earlier one, or a new one. It is removed when the block succeeds.

    When it fails, the partial build is kept if it has a checkpoint. While another process builds the same store, this
    one keeps its own partial build, which is always removed: by the next build, should this process be killed.

    Args:
        destination: Folder of the store.
        made_from: What the store is built from.

    Raises:
        StoreError: There is something else in its place.
        OutputError: The place cannot be written to.
    """
    from filelock import FileLock, Timeout

    folder = partial_folder(destination)
    _check_place(folder)
    clear_abandoned(folder)
    with ExitStack() as held:
        with writing(destination):
            folder.parent.mkdir(parents=True, exist_ok=True)
            if not folder.exists():
                _take_over(folder, made_from)
            folder.mkdir(exist_ok=True)
            try:
                held.enter_context(FileLock(folder / LOCK, timeout=0))
            except Timeout:
                folder = unfinished_folder(folder)
                folder.mkdir()
                held.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            with closing(PartialBuild(folder, made_from)) as build:
                yield build
        except BaseException:
            if not any(folder.glob("*.npz")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def remove_partial_build(destination: Path, made_from: Fingerprint) -> None:
    """Remove what was left by a build that was killed when its store was complete; not that of another process."""
    folder = partial_folder(destination)
    clear_abandoned(folder)
    if folder.is_dir():
        with suppress(StoreError, OutputError), partial_build(destination, made_from):
            pass  # it succeeded


def partial_folder(destination: Path) -> Path:
    """Return the folder of a store's partial build."""
    return destination.with_name(PARTIAL_BUILD.format(destination.name))


def _check_place(folder: Path) -> None:
    """Check that nothing of the user's is where a partial build is to be, since a build replaces its files.

    Raises:
        StoreError: Something is.
    """
    if not os.path.lexists(folder):
        return
    foreign = "" if folder.is_dir() else "it is no folder"
    if not foreign and (names := [path.name for path in folder.iterdir() if not _is_part(path)]):
        foreign = f"{min(names)} in it is not ours"
    if foreign:
        raise StoreError(
            f"{folder}: is in the way of an unfinished build, and {foreign}",
            "move or rename it, or choose another folder for the store",
        )


def _is_part(path: Path) -> bool:
    """Return whether a file in a partial build is one that builds write, or begin to write."""
    names = (LOCK, PARTIAL_MANIFEST, PARTIAL_RECIPES, PARTIAL_TOKENS, PARTIAL_SETS)
    return path.is_file() and (
        path.name in names or bool(re.fullmatch(r"\.build\.json\..*|\.?\d{12}\.npz.*", path.name))
    )


def _take_over(folder: Path, made_from: Fingerprint) -> None:
    """Rename a partial build that no build can resume, so that it is removed: its sources or our code have changed.

    Where stores are named by their fingerprints, it would be left for good.
    """
    from filelock import FileLock

    for other in folder.parent.glob(PARTIAL_BUILD.format("*")):
        before, _ = _made_from(other)
        if before and before.differs_in_contents(made_from):
            with suppress(OSError), FileLock(other / LOCK, timeout=0):
                other.rename(folder)
                return


def _made_from(folder: Path) -> tuple[Fingerprint | None, object]:
    """Return what a partial build was made from, None if that cannot be read, and the versions of its libraries."""
    try:
        values = read_values(folder / PARTIAL_MANIFEST)
        return Fingerprint.from_json(values["made_of"]), values["libraries"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _read(path: Path) -> tuple[Checkpoint, list[list[int]]]:
    """Read a checkpoint, and the sizes and checksums of the files."""
    with np.load(path, allow_pickle=False) as arrays:
        gathered = json.loads(arrays["gathered"].tobytes())
        for name in ("reasons", "given_splits"):  # a few texts, which JSON reads as a new one each
            gathered[name] = [one and sys.intern(one) for one in gathered[name]]
        signatures = Signatures(arrays["digests"], arrays["sizes"], arrays["keys"])
        checkpoint = Checkpoint(**gathered, section_lengths=arrays["section_lengths"], signatures=signatures)
        return checkpoint, arrays["spools"].tolist()


def _checksum(file: BinaryIO, first: int, last: int) -> int:
    """Return the CRC-32 of a part of a file."""
    file.seek(first)
    checksum = 0
    while data := file.read(min(_CHUNK, last - first)):
        checksum = zlib.crc32(data, checksum)
        first += len(data)
    return checksum


def _libraries() -> dict[str, str]:
    return {"python": sys.version, **{name: version(name) for name in _LIBRARIES}}
