"""The base of an adapter: the model that it was trained on, found by name and recognised by the hash of its weights."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text, writing
from recipe_tui.core.errors import CheckpointError, OutputError
from recipe_tui.core.model.weights import tensors, weight_files
from recipe_tui.core.registry.locate import locate_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.lora.adapter import Adapter

NOT_HASHED = re.compile(r"(.*\.)?(lm_head\.weight|attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq)")
"""Weights that some exporters write and others do not."""

PREFIXES = ("transformer.", "model.")
"""Optional prefixes of the names of a checkpoint's weights."""


def weights_hash(folder: Path) -> str:
    """Return a hash of a checkpoint's weights, independent of their division into files and of 16 or 32 bits.

    Raises:
        CheckpointError: The weights are missing or damaged.
    """
    lines = []
    for name, tensor in tensors(folder):
        if not NOT_HASHED.fullmatch(name):
            bare = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
            digest = hashlib.sha256(np.ascontiguousarray(tensor).data).hexdigest()
            lines.append(f"{bare} {tensor.shape} {digest}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def cached_weights_hash(folder: Path) -> str:
    """Return `weights_hash`, computed once (for a large model it takes seconds) and cached until the files change.

    Raises:
        CheckpointError: The weights are missing or damaged.
    """
    lines = []
    for path in weight_files(folder):
        state = path.stat()
        lines.append(f"{path.resolve()} {state.st_size} {state.st_mtime_ns} {state.st_ino}")
    cached = paths.hashes_cache() / hashlib.sha256("\n".join(lines).encode()).hexdigest()
    with suppress(OSError):  # not computed yet, or unreadable
        return cached.read_text(encoding="utf-8").strip()
    found = weights_hash(folder)
    with suppress(OutputError), writing(cached):  # without a cache folder it is recomputed each time
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_text(cached, f"{found}\n")
    return found


def locate_base(adapter: Adapter, folder: Path, hash_of: Callable[[Path], str] = weights_hash) -> Path:
    """Find the base of an adapter, and check that its weights are unchanged.

    Args:
        adapter: The adapter.
        folder: The adapter's folder.
        hash_of: Computes the hash of a checkpoint's weights.

    Raises:
        CheckpointError: The base is missing, or has other weights.
        NetworkError: The base is on the hub, which cannot be reached.
    """
    if not adapter.base:
        raise CheckpointError(f"{folder}: the adapter does not say which model it belongs to", "save it again")
    base = locate_model(adapter.base)
    check_base(adapter, base, hash_of)
    return base


def check_base(adapter: Adapter, base: Path, hash_of: Callable[[Path], str] = weights_hash) -> None:
    """Check that a checkpoint is the base of an adapter, if the adapter records its base's hash.

    Raises:
        CheckpointError: The weights differ.
    """
    if adapter.base_hash is not None and hash_of(base) != adapter.base_hash:
        raise CheckpointError(
            f"{base}: the adapter was made for other weights than these (their hash differs)",
            f"give the model that it was made for, {adapter.base}",
        )
