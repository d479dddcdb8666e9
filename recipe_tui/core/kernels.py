"""Which of TensorFlow's kernels are faster on this processor, its own or oneDNN's: measured once, and remembered.

TensorFlow turns oneDNN on by itself only on processors with AVX512 VNNI, AVX512 BF16 or AMX. On a two-core EPYC with
AVX2 alone it makes a small GPT-2 train 1.4 times as fast. So both are timed on the products of such a model, each in a
process of its own, because the choice is made when TensorFlow is loaded. ``TF_ENABLE_ONEDNN_OPTS`` overrides the
result. ``python -m recipe_tui.core.kernels`` is one of the two measurements.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

OPTION = "TF_ENABLE_ONEDNN_OPTS"

CLEARLY = 0.97
"""Share of the time below which a kernel counts as faster; a smaller difference may be noise."""

CPUINFO = Path("/proc/cpuinfo")

BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""Flags of processors that compute with bfloat16, of x86-64 and of Arm."""

EMULATED = ("this processor has no bfloat16 instructions, so mixed_bfloat16 is slower than float32", "use float32")
"""What is so, and what to do."""

PACKAGES = ("tensorflow", "tensorflow-cpu")
ROUNDS = 7
TIMEOUT = 240.0


@dataclass(frozen=True, slots=True)
class KernelTimes:
    """Processor seconds of the same products by both kernels, all cores together.

    Attributes:
        plain: By TensorFlow's own.
        onednn: By oneDNN's.
    """

    plain: float
    onednn: float

    @property
    def option(self) -> str:
        """The value of `OPTION` that is faster; empty where there is no clear difference."""
        if self.onednn < CLEARLY * self.plain:
            return "1"
        return "0" if self.plain < CLEARLY * self.onednn else ""

    @property
    def summary(self) -> str:
        """The measurement in words."""
        if self.option == "":
            return "oneDNN makes no clear difference on this processor"
        state, ratio = ("on", self.plain / self.onednn) if self.option == "1" else ("off", self.onednn / self.plain)
        return f"oneDNN {state}, measured {ratio:.2f} times as fast"


def describe_kernels() -> str:
    """Return what decides which kernels TensorFlow uses here, in words."""
    measured = known_times()
    given = os.environ.get(OPTION)
    if given is not None and (measured is None or given != measured.option):
        return f"oneDNN {'on' if given == '1' else 'off'}, by {OPTION}"
    return "oneDNN as TensorFlow chooses; the first training measures it" if measured is None else measured.summary


def apply_kernels() -> None:
    """Set `OPTION` to what was measured to be faster, unless it is set. Call it before TensorFlow is imported."""
    measured = known_times()
    if measured is not None and measured.option:
        os.environ.setdefault(OPTION, measured.option)


def known_times() -> KernelTimes | None:
    """Return what was measured on this processor with this version of TensorFlow; None where nothing was."""
    try:
        values = json.loads(_path().read_text(encoding="utf-8"))
        times = KernelTimes(float(values["plain"]), float(values["onednn"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return times if times.plain > 0 and times.onednn > 0 else None


def measure_kernels(measure: Callable[[str], float] | None = None) -> KernelTimes | None:
    """Time both kernels and remember the result; a failure changes nothing, since the training runs all the same.

    Args:
        measure: Returns the seconds with a value of `OPTION`; a process of its own does when None.

    Returns:
        None where a measurement failed.
    """
    measure = measure or _in_process
    try:
        times = KernelTimes(measure("0"), measure("1"))
        path = _path()
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        values = {"processor": processor_name(), "plain": times.plain, "onednn": times.onednn}
        replace_text(path, json.dumps(values, indent=1))
    except (OSError, ValueError, subprocess.SubprocessError, OutputError):
        return None
    return times


def processor_name(cpuinfo: Path = CPUINFO) -> str:
    """Return the model of the processor; empty where the system does not say."""
    return _cpuinfo(cpuinfo, "model name")


def emulates_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Return whether the processor has no instructions for bfloat16; False where the system does not say."""
    flags = (_cpuinfo(cpuinfo, "flags") or _cpuinfo(cpuinfo, "Features")).split()
    return bool(flags) and not any(flag in flags for flag in BFLOAT16)


def _cpuinfo(path: Path, key: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _path() -> Path:
    from platformdirs import user_cache_path

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    versions = [_version(package) for package in PACKAGES]
    key = hashlib.sha256(json.dumps([processor_name(), cores, versions]).encode()).hexdigest()
    return user_cache_path("recipe-tui") / "kernels" / f"{key[:16]}.json"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _in_process(option: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        env={**os.environ, OPTION: option},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=TIMEOUT,
        check=True,
    )
    return float(done.stdout.split()[-1])


def _seconds() -> float:
    """Return the processor seconds of the fastest of a few rounds of a small GPT-2's products and their gradients.

    Other programs lengthen the wall-clock time of a round at random, and its processor time little.
    """
    tf = import_module("tensorflow")  # no import statement: what only describes may import this module
    width, rows, vocabulary = 256, 4096, 8192
    x = tf.random.stateless_normal((rows, width), (0, 1))
    shapes = ((width, 4 * width), (4 * width, width), (width, vocabulary))
    weights = [tf.random.stateless_normal(shape, (2, 3)) * 0.02 for shape in shapes]

    def products() -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            inner = tf.nn.gelu(tf.matmul(x, weights[0]), approximate=True)
            logits = tf.matmul(x + tf.matmul(inner, weights[1]), weights[2])
            loss = tf.reduce_mean(tf.reduce_logsumexp(logits, axis=-1))
        return list(tape.gradient(loss, weights))

    compiled, times = tf.function(products, autograph=False), []
    for _ in range(ROUNDS):
        began = time.process_time()
        [gradient.numpy() for gradient in compiled()]
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    sys.stdout.write(f"{_seconds()}\n")
