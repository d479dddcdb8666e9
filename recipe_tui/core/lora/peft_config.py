"""``adapter_config.json``: which of PEFT's settings are supported, and reading it.

The allow-list covers all fields of `LoraConfig` in PEFT 0.21. A setting that is on no list changes, for all we know,
what the adapter computes: it is refused by name rather than ignored.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

NO_EFFECT = frozenset(
    {
        "auto_mapping",
        "eva_config",  # chooses the initial A alone; B is 0 then, and both are stored
        "exclude_modules",  # as all that selects modules: the stored factors say which were selected
        "fan_in_fan_out",
        "inference_mode",
        "layers_pattern",
        "layers_to_transform",
        "megatron_core",
        "peft_version",
        "qalora_group_size",
        "runtime_config",
        "task_type",
    }
)
"""Settings that do not change what a trained adapter computes."""

OPTIONAL_TEXT = (str, type(None))
TYPES: dict[str, tuple[type, ...]] = {
    "base_model_name_or_path": OPTIONAL_TEXT,
    "lora_alpha": (int, float),
    "lora_dropout": (int, float, type(None)),
    "modules_to_save": (list, type(None)),
    "r": (int,),
    "target_modules": (list, str, type(None)),
    "trainable_token_indices": (list, dict, type(None)),
    "use_rslora": (bool, type(None)),
}
"""Settings that are supported with any value of these types."""

ONLY: dict[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "bias": ("none",),
    "ensure_weight_tying": (False, None),
    # PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA and MiCA change the base's weights; PEFT changes them again on opening.
    "init_lora_weights": (True, False, None, "gaussian", "eva", "orthogonal"),
    "revision": (None, "main"),
    "use_dora": (False, None),
    "use_qalora": (False, None),
    "lora_bias": (False, None),
    "loftq_config": ({}, None),
    "layer_replication": (None, []),
    "target_parameters": (None, []),
    "alora_invocation_tokens": (None,),
    "arrow_config": (None,),
    "corda_config": (None,),
    "kasa_config": (None,),
    "lora_ga_config": (None,),
    "megatron_config": (None,),
    "monteclora_config": (None,),
    "use_bdlora": (None, False),
    "velora_config": (None,),
}
"""Settings that change what an adapter computes, with the supported values."""

UNSET: Any = (None, False, "", {}, [])
"""Values of a field of a newer PEFT that ask for nothing."""

PATTERNS = ("rank_pattern", "alpha_pattern")
"""Settings that give projections a rank or alpha of their own."""

PLAIN_PATTERN = re.compile(r"\^?[\w.]+")  # a name or its end; PEFT takes regular expressions
LARGEST_RANK = 1 << 16


def read_adapter_config(folder: Path) -> dict[str, Any]:
    """Read the settings of an adapter.

    Raises:
        CheckpointError: They are missing, damaged or not supported; the message names the field.
    """
    path = folder / paths.ADAPTER_CONFIG
    try:
        values = read_json(path)
        if not isinstance(values, dict):
            raise ValueError("no JSON object")
        _check_values(values)
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: no adapter (no {path.name})", "give an adapter's folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})", "save the adapter again") from error
    for name, value in values.items():
        if not _is_supported(name, value):
            raise CheckpointError(f"{path}: {name} = {_shortened(value)} is not supported", "give a plain LoRA")
    return values


def target_modules(values: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the adapted projections."""
    targets = values.get("target_modules") or ()
    return (targets,) if isinstance(targets, str) else tuple(sorted(targets))


def own_value(values: dict[str, Any], pattern: str, name: str, default: float) -> float:
    """Return the rank or alpha of one projection, as PEFT finds it: the first name that is the end of its own.

    Args:
        values: The settings of an adapter.
        pattern: ``rank_pattern`` or ``alpha_pattern``.
        name: Full name of the projection.
        default: The value of projections that the pattern does not name.
    """
    named: dict[str, float] = values.get(pattern) or {}
    return next((value for end, value in named.items() if f".{name}".endswith(f".{end.removeprefix('^')}")), default)


def _check_values(values: dict[str, Any]) -> None:
    """Raise a `ValueError` where a supported setting has no possible value."""
    for name, types in TYPES.items():
        value = values.get(name)
        if name in values and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            raise ValueError(f"{name} = {_shortened(value)}")
    if not 0 < (values.get("r") or 0) <= LARGEST_RANK:
        raise ValueError(f"no rank, or an impossible one: r = {values.get('r')}")
    alpha, dropout = values.get("lora_alpha") or 0, values.get("lora_dropout") or 0
    if not alpha or abs(alpha) > 1e12 or not math.isfinite(alpha):
        raise ValueError(f"no alpha, or an impossible one: lora_alpha = {alpha}")
    if not 0 <= dropout < 1:
        raise ValueError(f"lora_dropout = {dropout}")
    for name in ("target_modules", "modules_to_save"):
        if isinstance(values.get(name), list) and not all(isinstance(one, str) for one in values[name]):
            raise ValueError(f"{name} = {_shortened(values[name])}")
    named = values.get("trainable_token_indices")
    for ids in named.values() if isinstance(named, dict) else [named or []]:
        if not (isinstance(ids, list) and all(type(one) is int and 0 <= one < 1 << 31 for one in ids)):
            raise ValueError(f"trainable_token_indices = {_shortened(named)}")


def _is_supported(name: str, value: Any) -> bool:
    if name in NO_EFFECT or name in TYPES:
        return True
    if name in PATTERNS and isinstance(value, dict):
        return all(PLAIN_PATTERN.fullmatch(end) and type(one) in (int, float) for end, one in value.items()) and all(
            0 < one < LARGEST_RANK for one in value.values()
        )
    return any(type(value) is type(one) and value == one for one in ONLY.get(name, UNSET))


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
