"""Fingerprints: whether a store still is what its sources, its tokenizer, its settings and our code would make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import InstanceOf, TypeAdapter

import recipe_tui.core
from recipe_tui.core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.config import DataConfig

DATA_PACKAGES = ("recipes", "text", "blocks")
"""Packages of the core whose code decides what a store holds."""

TRAINING_PACKAGES = (*DATA_PACKAGES, "families", "gguf", "lora", "model", "planning", "training")
"""Packages of the core whose code shapes trained weights: also how weights are read, and how batches are chosen.

Left out are those that find models, describe runs, generate, browse and export; settings are in the configuration.
"""

ELSEWHERE = frozenset({"source", "store", "tokenizer"})
"""Settings that the contents of the sources and of the tokenizer stand for, or that decide nothing."""


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A source file as it was when it was read.

    Attributes:
        path: Where it is.
        size: Bytes.
        modified: When it was last written, nanoseconds since 1970.
        sha256: Hash of its contents.
    """

    path: InstanceOf[str]  # a name that is not UTF-8 has surrogates
    size: int
    modified: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a store is made of.

    Attributes:
        files: The source files.
        names: The sources as the configuration names them, sorted.
        tokenizer: Fingerprint of the tokenizer, its layout included.
        settings: The settings that decide what a store holds.
        code: Hash of the code that makes a store.
    """

    files: tuple[HashedFile, ...]
    names: tuple[str, ...]
    tokenizer: str
    settings: Mapping[str, Any]
    code: str

    @property
    def digest(self) -> str:
        """SHA-256 over all of it; when a file was written does not matter."""
        contents = [(file.path, file.sha256) for file in self.files]
        parts = [contents, self.names, self.tokenizer, self.settings, self.code]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def difference(self, other: Fingerprint) -> str:
        """Return what has changed from this fingerprint to another, in a few words; empty for nothing."""
        if self.digest == other.digest:
            return ""
        if self.code != other.code:
            return "recipe-tui has changed"
        if self.tokenizer != other.tokenizer:
            return "the tokenizer has changed"
        names = sorted(name for name in other.settings if self.settings.get(name) != other.settings[name])
        return f"{', '.join(names)} changed" if names else "the sources have changed"

    def differs_in_contents(self, other: Fingerprint) -> bool:
        """Return whether only the contents of the sources or our code differ from those of another fingerprint."""
        same = (self.names, self.tokenizer, self.settings) == (other.names, other.tokenizer, other.settings)
        return same and self.digest != other.digest

    def to_json(self) -> dict[str, Any]:
        """Return the fingerprint as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> Fingerprint:
        """Read what `to_json` gave.

        Raises:
            ValueError: These are not a fingerprint's values.
        """
        return _adapter().validate_python(values)


class Fingerprinted(Protocol):
    """A tokenizer, or what one is to be trained with."""

    @property
    def fingerprint(self) -> str:
        """What decides which ids a recipe gets."""


def fingerprint(
    config: DataConfig, files: Iterable[Path], tokenizer: Fingerprinted, known: Iterable[HashedFile] = ()
) -> Fingerprint:
    """Return the fingerprint of the store that would be built now.

    Args:
        config: The settings.
        files: The files of its sources.
        tokenizer: The tokenizer.
        known: Files hashed before; one of the same path, size and time is not read again.

    Raises:
        SourceError: A file is missing or cannot be read.
    """
    hashes = {(file.path, file.size, file.modified): file.sha256 for file in known}
    return Fingerprint(
        files=tuple(_source_file(path, hashes) for path in files),
        names=tuple(sorted(config.source)),
        tokenizer=tokenizer.fingerprint,
        settings=config.model_dump(mode="json", exclude=set(ELSEWHERE)),
        code=code_fingerprint(DATA_PACKAGES),
    )


def _source_file(path: Path, hashes: Mapping[tuple[str, int, int], str]) -> HashedFile:
    try:
        status = path.stat()
        key = (str(path), status.st_size, status.st_mtime_ns)
        return HashedFile(*key, sha256=hashes.get(key) or _hash(*key))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", "check the path") from error


@lru_cache(maxsize=1024)
def _hash(path: str, _size: int, _modified: int) -> str:
    """Hash a file, once as long as its size and time stay."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_fingerprint(packages: tuple[str, ...]) -> str:
    """Hash the sources of some of the core's packages."""
    core = Path(recipe_tui.core.__file__).parent
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted((core / package).rglob("*.py")):
            digest.update(str(path.relative_to(core)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def _adapter() -> TypeAdapter[Fingerprint]:
    return TypeAdapter(Fingerprint)
