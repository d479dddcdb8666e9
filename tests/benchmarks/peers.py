"""Which other programs can be measured, and on which processor."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from recipe_tui.core.kernels import CPUINFO, processor_name

if TYPE_CHECKING:
    from collections.abc import Sequence

PEERS = {
    "pytorch": ("torch", "transformers"),
    "peft": ("torch", "transformers", "peft"),
    "ctranslate2": ("ctranslate2",),
    "llama.cpp": ("llama_cpp",),
}
"""The packages that each peer needs."""

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "sve", "bf16")
"""Instructions that decide how fast matrices are multiplied."""


def find_peers(interpreters: Sequence[str]) -> dict[str, str]:
    """Return the first Python that has the packages of each peer; peers that none has are left out."""
    code = "import json, sys; from importlib.util import find_spec as f; "
    code += "print(json.dumps([name for name in sys.argv[1:] if f(name)]))"
    packages = sorted({"numpy", *(package for needed in PEERS.values() for package in needed)})
    found: dict[str, str] = {}
    for interpreter in interpreters:
        done = subprocess.run([interpreter, "-c", code, *packages], check=True, capture_output=True, text=True)
        installed = set(json.loads(done.stdout))
        for name, needed in PEERS.items():
            if installed.issuperset(("numpy", *needed)):
                found.setdefault(name, interpreter)
    return found


def processor() -> str:
    """Return the processor's name and those of `FLAGS` that it has."""
    try:
        words = set(CPUINFO.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        words = set()
    return f"{processor_name() or 'unknown'} ({', '.join(flag for flag in FLAGS if flag in words) or 'no known flags'})"
