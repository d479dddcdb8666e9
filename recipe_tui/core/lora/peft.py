"""Adapters on disk in PEFT's format: ``adapter_config.json`` and ``adapter_model.safetensors``.

PEFT's ``trainable_token_indices`` name the tokens whose rows were trained; the rows are in the weights. The hash of the
base is in the metadata of the weights, which PEFT ignores.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_tensors, write_text, writing
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.peft_config import own_value, read_adapter_config, target_modules
from recipe_tui.core.registry.tensors import is_finite, open_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.lora.adapter import Adapter

PREFIX = "base_model.model."
FACTOR = re.compile(r"(?P<name>.+)\.lora_(?P<which>[AB])\.weight")
ROWS = re.compile(r"(?P<name>.+)\.token_adapter\.trainable_tokens_delta")
TABLE = re.compile(r"(?P<name>.+?)(\.token_adapter\.base_layer|\.modules_to_save)?\.weight")

ADAPTER_FILES = (paths.MODEL_CONFIG, paths.GENERATION_CONFIG, paths.ADAPTER_CONFIG, paths.ADAPTER_WEIGHTS)
"""The files of an adapter that is a folder of its own."""

HASH = "base_sha256"
"""Key of the hash in the metadata of the weights."""


@dataclass(frozen=True, slots=True)
class AdapterSummary:
    """An adapter on disk, without its weights.

    Attributes:
        path: Its folder.
        rank: Rank of the updates.
        alpha: The updates are scaled by ``alpha / rank``.
        targets: The adapted projections.
        base: The base model, a folder or a hub name.
        base_hash: Hash of the base's weights, or None.
        size: Bytes of the weights.
    """

    path: Path
    rank: int
    alpha: float
    targets: tuple[str, ...]
    base: str
    base_hash: str | None
    size: int


def write_adapter(adapter: Adapter, folder: Path, fan_in_fan_out: bool) -> None:
    """Write an adapter so that PEFT loads it.

    Args:
        adapter: The adapter.
        folder: Its folder; created if missing.
        fan_in_fan_out: Whether the model's kernels are [inputs, outputs] in Hugging Face's layout, as GPT-2's are.

    Raises:
        OutputError: The folder cannot be written to.
    """
    config = {
        "base_model_name_or_path": adapter.base,
        "bias": "none",
        "fan_in_fan_out": fan_in_fan_out,
        "inference_mode": True,
        "lora_alpha": adapter.alpha,
        "lora_dropout": adapter.dropout,
        "peft_type": "LORA",
        "r": adapter.rank,
        "target_modules": list(adapter.targets),
        "task_type": "CAUSAL_LM",
    }
    tables = sorted(name.rsplit(".", 1)[-1] for name in adapter.token_rows)
    if tables:
        config["trainable_token_indices"] = {name: list(adapter.token_ids) for name in tables}
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, (first, second) in adapter.factors.items():
        tensors[f"{PREFIX}{name}.lora_A.weight"] = np.ascontiguousarray(first.T)
        tensors[f"{PREFIX}{name}.lora_B.weight"] = np.ascontiguousarray(second.T)
    for name, rows in adapter.token_rows.items():
        tensors[f"{PREFIX}{name}.token_adapter.trainable_tokens_delta"] = rows
    metadata = {"format": "pt"} | ({HASH: adapter.base_hash} if adapter.base_hash else {})
    with writing(folder):
        folder.mkdir(exist_ok=True)  # see `weights.save_model`
    write_text(folder / paths.ADAPTER_CONFIG, json.dumps(config, indent=2) + "\n")
    write_tensors(folder / paths.ADAPTER_WEIGHTS, tensors, metadata)


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter.

    Raises:
        CheckpointError: It is missing, damaged or of an unsupported kind.
    """
    from recipe_tui.core.lora.adapter import Adapter  # imports Keras, which listing adapters does not need

    values = read_adapter_config(folder)
    tensors, metadata = _tensors(folder / paths.ADAPTER_WEIGHTS)
    if damaged := next((name for name, tensor in tensors.items() if not is_finite(tensor)), None):
        raise CheckpointError(f"{folder}: weight '{damaged}' holds NaN or infinity", "give another adapter")
    saved = tuple(values.get("modules_to_save") or ())
    asked = f"modules_to_save = {list(saved)}: " if saved else ""
    factors: dict[str, dict[str, NDArray[np.float32]]] = {}
    rows: dict[str, NDArray[np.float32]] = {}
    tables: dict[str, NDArray[np.float32]] = {}
    for key, tensor in tensors.items():
        name = key.removeprefix(PREFIX)
        if found := FACTOR.fullmatch(name):
            factors.setdefault(found["name"], {})[found["which"]] = np.ascontiguousarray(tensor.T)
        elif found := ROWS.fullmatch(name):
            rows[found["name"]] = tensor
        elif found := TABLE.fullmatch(name):
            tables[found["name"]] = tensor
        else:
            asked = "target_modules: an embedding is adapted: " if ".lora_embedding_" in name else asked
            raise CheckpointError(f"{folder}: {asked}unexpected weight '{key}'", "give a plain LoRA")
    for name, pair in factors.items():
        own = own_value(values, "rank_pattern", name, values["r"])
        if pair.keys() != {"A", "B"} or pair["A"].ndim != 2 or pair["A"].shape[1] != own or pair["B"].shape[0] != own:
            raise CheckpointError(f"{folder}: the factors of '{name}' are no pair of rank {own}", "save it again")
    rank = max((pair["A"].shape[1] for pair in factors.values()), default=int(values["r"]))
    token_ids = _token_ids(values, folder)
    if any(found.ndim != 2 for found in (*tables.values(), *rows.values())):
        raise CheckpointError(f"{folder}: {asked}only tables of tokens can be replaced", "give a plain LoRA")
    if any(len(found) != len(token_ids) for found in rows.values()):
        raise CheckpointError(f"{folder}: trainable_token_indices and the stored rows differ", "save it again")
    if tables:  # PEFT saves a resized or fully trained table whole: every row counts
        rows = {name: _with_rows(table, token_ids, rows.get(name)) for name, table in tables.items()}
        token_ids = tuple(range(len(next(iter(rows.values())))))
        if any(len(found) != len(token_ids) for found in rows.values()):
            raise CheckpointError(f"{folder}: its tables differ in their number of rows", "save it again")
    replaced = tuple(name for name in rows if any(f".{name}".endswith(f".{module}") for module in saved))
    rows, tied = _without_tied_head(rows)
    return Adapter(
        rank=rank,
        alpha=rank * _scale(values, rank, values["lora_alpha"]),
        dropout=float(values.get("lora_dropout") or 0.0),
        targets=target_modules(values),
        token_ids=token_ids if rows else (),
        base=str(values.get("base_model_name_or_path") or ""),
        base_hash=metadata.get(HASH),
        factors={name: _of_rank(rank, values, name, pair["A"], pair["B"]) for name, pair in factors.items()},
        token_rows=rows,
        modules_to_save=() if tied else replaced,
    )


def _scale(values: dict[str, Any], rank: int, alpha: float) -> float:
    """Return the number that an update is multiplied by (``use_rslora``: Kalajdzievski, 2023)."""
    return float(alpha) / (math.sqrt(rank) if values.get("use_rslora") else rank)


def _of_rank(
    rank: int, values: dict[str, Any], name: str, first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give a projection's factors the rank and scale of the adapter: zeros fill them up, the second takes its scale."""
    own = first.shape[1]
    alpha = own_value(values, "alpha_pattern", name, values["lora_alpha"])
    ratio = _scale(values, own, alpha) / _scale(values, rank, values["lora_alpha"])
    if ratio != 1:
        second = second * np.float32(ratio)
    return np.pad(first, ((0, 0), (0, rank - own))), np.pad(second, ((0, rank - own), (0, 0)))


def list_adapters(folder: Path, checkpoints: bool = False) -> list[AdapterSummary]:
    """Return the adapters in a folder, its subfolders and the runs among those, without damaged ones.

    Args:
        folder: The folder.
        checkpoints: Whether to include the checkpoints of runs.
    """
    patterns = ["", "*/", f"*/{paths.FINISHED_ADAPTER}/"]
    if checkpoints:
        patterns.append(f"*/{paths.CHECKPOINTS}/step-*/")
    found = []
    for pattern in patterns:
        for path in sorted(folder.glob(f"{pattern}{paths.ADAPTER_CONFIG}")):
            try:
                found.append(summary_of(path.parent))
            except CheckpointError:
                continue  # it may be half written
    return found


def summary_of(folder: Path) -> AdapterSummary:
    """Return the summary of an adapter; the weights are not read.

    Raises:
        CheckpointError: It is missing or damaged.
    """
    values = read_adapter_config(folder)
    weights = folder / paths.ADAPTER_WEIGHTS
    try:
        with open_tensors(weights) as file:
            metadata = file.metadata() or {}
        size = weights.stat().st_size
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{weights}: damaged or missing ({error})", "save the adapter again") from error
    alpha, base = float(values["lora_alpha"]), str(values.get("base_model_name_or_path") or "")
    return AdapterSummary(folder, int(values["r"]), alpha, target_modules(values), base, metadata.get(HASH), size)


def _tensors(path: Path) -> tuple[dict[str, NDArray[np.float32]], Mapping[str, str]]:
    try:
        with open_tensors(path) as file:
            names = list(file.keys())
            return {name: np.asarray(file.get_tensor(name), np.float32) for name in names}, file.metadata() or {}
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{path}: damaged or missing ({error})", "save the adapter again") from error


def _token_ids(values: dict[str, Any], folder: Path) -> tuple[int, ...]:
    named = values.get("trainable_token_indices") or ()
    every = list(named.values()) if isinstance(named, dict) else [named]
    if any(ids != every[0] for ids in every):
        raise CheckpointError(
            f"{folder}: trainable_token_indices: its tables learned different tokens",
            "give an adapter with one list of them",
        )
    return tuple(every[0]) if every else ()


def _with_rows(
    table: NDArray[np.float32], token_ids: tuple[int, ...], rows: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    if rows is not None:
        if rows.shape[1] != table.shape[1] or max(token_ids, default=0) >= len(table):
            raise CheckpointError("trainable_token_indices: the rows do not fit their table", "save the adapter again")
        table = table.copy()
        table[list(token_ids)] = rows
    return table


def _without_tied_head(rows: dict[str, NDArray[np.float32]]) -> tuple[dict[str, NDArray[np.float32]], bool]:
    """Drop a head that equals the embedding, and return whether there was one: PEFT writes tied tables twice."""
    head = rows.get("lm_head")
    others = {name: values for name, values in rows.items() if name != "lm_head"}
    tied = head is not None and any(np.array_equal(head, values) for values in others.values())
    return (others if tied else rows), tied
