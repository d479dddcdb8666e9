"""The GGUF files that models are converted to for llama.cpp, in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import writing
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.lora.base import cached_weights_hash, locate_base
from recipe_tui.core.lora.open import load_base, load_model, read_config
from recipe_tui.core.lora.peft import ADAPTER_FILES, read_adapter
from recipe_tui.core.model.weights import stored_weights
from recipe_tui.core.registry.locate import is_adapter
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from recipe_tui.core.config import GgufType

CACHE_BYTES = 8 << 30
"""Most that the files take together. The one that was not used for the longest time is removed first."""

PARTS = 4
"""Reports of a conversion, after its first one."""


def converted(
    folder: Path, kind: GgufType, without_adapter: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Path:
    """Return the GGUF file of a model; it is written once, and again after it was removed.

    Args:
        folder: The model's or the adapter's.
        kind: Type of the weights.
        without_adapter: Whether an adapter's base is converted without the adapter.
        progress: Called with what is done, in a few words, while the file is written.

    Raises:
        CheckpointError, TokenizerError, NetworkError, OutputError: See `write_gguf` and `load_model`.
    """
    path = paths.llama_cpp_cache() / f"{_content_hash(folder, without_adapter)}-{kind}{paths.GGUF_SUFFIX}"
    if path.is_file():
        with suppress(OSError):  # a cache that cannot be written to can be read
            os.utime(path)
        return path
    text = f"converting the model for llama.cpp ({kind}), once"
    progress(text)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    model = (load_base if without_adapter else load_model)(folder)
    passes: list[int] = []  # weights of each pass: the first one only plans the file

    def weights() -> Iterator[tuple[str, NDArray[Any]]]:
        passes.append(0)
        for one in stored_weights(model):
            yield one
            passes[-1] += 1
            if len(passes) > 1 and passes[-1] * PARTS // passes[0] > (passes[-1] - 1) * PARTS // passes[0]:
                progress(f"{text}: {passes[-1] / passes[0]:.0%}")

    write_gguf(path, kind, model.config, load_tokenizer(folder), weights, folder.name)
    remove_least_recently_used(path)
    return path


def remove_least_recently_used(kept: Path) -> None:
    """Remove files until all together take no more than `CACHE_BYTES`, but not the one that is to be used now."""
    used = {}
    for path in kept.parent.glob(f"*{paths.GGUF_SUFFIX}"):
        with suppress(OSError):  # another process has removed it
            used[path] = path.stat()
    size = sum(one.st_size for one in used.values())
    for path in sorted(used, key=lambda path: used[path].st_mtime_ns):
        if size > CACHE_BYTES and path != kept:
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink()
                size -= used[path].st_size


def _content_hash(folder: Path, without_adapter: bool) -> str:
    """Return a hash of all that a GGUF file is written from."""
    parts = [read_config(folder).to_json_string(use_diff=False)]
    base = locate_base(read_adapter(folder), folder, cached_weights_hash) if is_adapter(folder) else folder
    parts.append(cached_weights_hash(base))
    if is_adapter(folder) and not without_adapter:
        parts += [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ADAPTER_FILES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
