"""Converts a GGUF file to a Hugging Face folder, which everything that opens folders then opens."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import require_space, whole_folder, write_tensors, write_text, writing
from recipe_tui.core.gguf.reading import GgufFile
from recipe_tui.core.gguf.tokenizer import gguf_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

FILE_BYTES = 2 << 30
"""Approximate size of a file of weights; a small model has one."""

TOKENIZER_FILES = (paths.TOKENIZER, "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")


def convert_gguf(
    path: Path, destination: Path, finish: Callable[[Path, str], None] = lambda _folder, _licence: None
) -> None:
    """Write a GGUF file's model, weights in float32, and its tokenizer; the folder appears whole or not at all.

    A ``tokenizer.json`` beside the file takes precedence over the tokenizer in its metadata.

    Args:
        path: The file.
        destination: The folder.
        finish: Called with the folder and the file's licence (or an empty text) before the folder appears.

    Raises:
        CheckpointError: The file is damaged, or of a kind that is not supported.
        TokenizerError: Its tokenizer is of a kind that is not supported.
        OutputError: The disk is too full, or the folder cannot be written to.
    """
    file = GgufFile(path)
    configuration = file.configuration()
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
    require_space(destination.parent, 4 * file.parameters)
    with whole_folder(destination) as folder:
        write_text(folder / paths.MODEL_CONFIG, json.dumps(configuration, indent=2) + "\n")
        ends = [file.metadata(f"tokenizer.ggml.{name}_token_id", None) for name in ("eos", "eot", "eom")]
        ends = [end for end in dict.fromkeys(ends) if end is not None]
        generation = {"bos_token_id": configuration.get("bos_token_id"), "eos_token_id": ends or None}
        write_text(folder / paths.GENERATION_CONFIG, json.dumps(generation, indent=2) + "\n")
        _write_tokenizer(file, folder)
        _write_weights(file, folder)
        finish(folder, str(file.metadata("general.license", "")))


def _write_tokenizer(file: GgufFile, folder: Path) -> None:
    beside = file.path.parent
    with writing(folder):
        if (beside / paths.TOKENIZER).is_file():
            for name in TOKENIZER_FILES:
                if (beside / name).is_file():
                    shutil.copyfile(beside / name, folder / name)
        else:
            gguf_tokenizer(file).save_pretrained(str(folder))


def _write_weights(file: GgufFile, folder: Path) -> None:
    parts = list(_write_parts(file, folder))
    if len(parts) == 1:
        with writing(folder):
            (folder / _part(0)).rename(folder / paths.MODEL_WEIGHTS)
        return
    index = {name: _part(number) for number, names in enumerate(parts) for name in names}
    write_text(folder / paths.MODEL_WEIGHTS_INDEX, json.dumps({"metadata": {}, "weight_map": index}, indent=2) + "\n")


def _write_parts(file: GgufFile, folder: Path) -> Iterator[list[str]]:
    """Write the weights to files of about `FILE_BYTES`, one in memory at a time; yield the names of each file's."""
    waiting: dict[str, NDArray[Any]] = {}
    number = 0
    for name, values in file.weights():
        if waiting and sum(one.nbytes for one in waiting.values()) + values.nbytes > FILE_BYTES:
            write_tensors(folder / _part(number), waiting, {"format": "pt"})
            yield list(waiting)
            waiting, number = {}, number + 1
        waiting[name] = values
    write_tensors(folder / _part(number), waiting, {"format": "pt"})
    yield list(waiting)


def _part(number: int) -> str:
    return f"model-{number + 1:05d}.safetensors"
