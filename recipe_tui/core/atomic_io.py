"""Writing to disk so that what appears is whole, and so that a full disk is a clear error."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import DTypeLike, NDArray

HINTS = {
    errno.ENOSPC: "free some space, or choose a place on another disk",
    errno.EDQUOT: "free some space, or choose a place on another disk",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
}

SPARE_BYTES = 64 * 1024 * 1024
"""Disk that must stay free besides a model itself."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn what the system says of a failed write inside the block into an `OutputError` about `place`."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = HINTS.get(error.errno or 0, "check the path and the disk")
        if error.errno in (errno.EEXIST, errno.ENOTDIR) and error.filename:
            tried = Path(os.fsdecode(error.filename))
            reason = f"{next(filter(os.path.lexists, (tried, *tried.parents)))} is in the way"
            hint = "move or rename that, or choose another place"
        raise OutputError(f"{place}: cannot be written ({reason})", hint) from error


def require_space(place: Path, needed: int) -> None:
    """Check that a disk has room.

    Raises:
        OutputError: It has less than is needed, or the place is gone.
    """
    with writing(place):
        free = shutil.disk_usage(place).free
    if free < needed + SPARE_BYTES:
        raise OutputError(
            f"{place}: with {SPARE_BYTES / 1e9:.2f} GB in reserve, a checkpoint takes "
            f"{(needed + SPARE_BYTES) / 1e9:.2f} GB and {free / 1e9:.2f} GB are free",
            "free some space, or choose a place on another disk",
        )


def free_space(folder: Path) -> int:
    """Return the free bytes of the disk that a folder is on, or will be created on.

    Raises:
        OutputError: The folder cannot be written to.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    with writing(folder), tempfile.NamedTemporaryFile(dir=place):
        return shutil.disk_usage(place).free


@contextmanager
def whole_folder(destination: Path) -> Iterator[Path]:
    """Give a new folder to write to that takes the place of `destination` at the end: whole, or not at all.

    The folder stands beside its destination until then, and goes away when the block fails. What a killed process
    left there is cleared away by the next one that writes to the same destination.

    Raises:
        OutputError: The place cannot be written to.
    """
    folder = unfinished_folder(destination)
    replaced = destination.with_name(f".{destination.name}.{os.getpid()}.old")
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        clear_abandoned(destination)
        folder.mkdir()
        made = os.open(folder, os.O_RDONLY)  # while it is open, no other folder is taken for this one
    try:
        yield folder
        with writing(destination):
            if not os.path.samestat(os.fstat(made), folder.stat()):
                raise FileNotFoundError(errno.ENOENT, "it was removed while it was written", str(folder))
            _sync(folder)
            if destination.exists():
                destination.rename(replaced)
            folder.rename(destination)
            _sync_entry(destination.parent)
    finally:
        os.close(made)
        if replaced.exists() and not destination.exists():
            replaced.rename(destination)
        for leftover in (folder, replaced):
            shutil.rmtree(leftover, ignore_errors=True)  # a failure to tidy up must not hide the first error


@contextmanager
def whole_file(destination: Path) -> Iterator[Path]:
    """Give the path of a new file that becomes `destination` at the end: whole, or not at all. See `whole_folder`.

    Raises:
        OutputError: The place cannot be written to.
    """
    file = destination.with_name(f".{destination.name}.{os.getpid()}.new")
    try:
        with writing(destination):
            destination.parent.mkdir(parents=True, exist_ok=True)
            yield file
            _sync_entry(file)
            file.replace(destination)
            _sync_entry(destination.parent)
    finally:
        file.unlink(missing_ok=True)


def write_array(path: Path, dtype: DTypeLike, shape: tuple[int, ...], rows: Iterable[NDArray[np.generic]]) -> None:
    """Write an array to a ``.npy`` file, a few rows at a time.

    Plain writes, because a full disk under a memory-mapped file kills the process instead of raising an error.

    Raises:
        OutputError: The file cannot be written.
    """
    import numpy as np  # here, because who only writes a text need not wait for it

    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with writing(path), path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for some in rows:
            file.write(np.ascontiguousarray(some, dtype).tobytes())


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> None:
    """Write a ``.safetensors`` file.

    Raises:
        OutputError: The file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    with writing(path):
        path.touch()
        mode = path.stat().st_mode  # what the user's umask gives; the library would make it private
        try:
            save_file(dict(tensors), path, metadata=dict(metadata) if metadata else None)
        except SafetensorError as error:
            full = "No space left" in str(error)
            raise OSError(errno.ENOSPC if full else 0, str(error)) from error
        path.chmod(mode)


def replace_text(path: Path, text: str) -> None:
    """Write a small text file in place of the old one; a reader sees the one or the other, never a part.

    Args:
        path: The file.
        text: What is to be in it.

    Raises:
        OutputError: It cannot be written.
    """
    temporary = path.with_suffix(".new")
    with writing(path):
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a small UTF-8 file.

    Raises:
        OutputError: The file cannot be written.
    """
    with writing(path):
        path.write_text(text, encoding="utf-8")


def unfinished_folder(destination: Path) -> Path:
    """Return the path of a folder that this process writes for a destination, as `clear_abandoned` knows it."""
    return destination.with_name(f".{destination.name}.{os.getpid()}.new")


def clear_all_abandoned(folder: Path) -> None:
    """Do the same as `clear_abandoned` for all destinations in a folder that nothing of the user's is in."""
    for leftover in folder.glob(".*.*.*"):
        if leftover.suffix in (".new", ".old"):
            clear_abandoned(folder / leftover.name.removeprefix(".").rsplit(".", 2)[0])


def clear_abandoned(destination: Path) -> None:
    """Remove the unfinished folders of processes that are gone; bring back what one had put aside to replace it."""
    import psutil

    for leftover in destination.parent.glob(f".{glob.escape(destination.name)}.*.*"):
        process, kind = leftover.name.removeprefix(f".{destination.name}.").split(".")[-2:]
        if process != str(os.getpid()) and (not process.isdigit() or psutil.pid_exists(int(process))):
            continue
        if kind == "old" and not destination.exists():
            leftover.rename(destination)
        elif kind in ("old", "new"):
            shutil.rmtree(leftover, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Make sure that a folder and all below it are on the disk."""
    for path in folder.rglob("*"):
        _sync_entry(path)
    _sync_entry(folder)


def _sync_entry(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
