"""The checks of ``recipe-tui doctor``. No check raises: an error is a finding."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.cli.check import Check
from recipe_tui.cli.terminal_checks import check_clipboard, check_colours, check_widths
from recipe_tui.cli.trial_checks import trial_checks
from recipe_tui.core.atomic_io import free_space
from recipe_tui.core.backend import installed_backends, quieten, select_backend
from recipe_tui.core.errors import OutputError, RecipeTuiError
from recipe_tui.core.kernels import describe_kernels
from recipe_tui.core.machine import BUSY, available_cores, main_memory, processor_load
from recipe_tui.core.paths import SAMPLE_MODEL, SAMPLE_RECIPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipe_tui.core.config import Config

PYTHONS = ((3, 11), (3, 14))
"""The first version that is supported, and the first that is not."""

GIGABYTE = 1e9
ENOUGH_MEMORY = 4 * GIGABYTE
ENOUGH_DISK = 5 * GIGABYTE
HUB_TIMEOUT = 3.0
THREAD_LIMITS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
INSTALLERS = ("setuptools", "wheel")
CPU_FEATURES = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")


def all_checks(config: Config, trials: bool = True) -> Iterator[Check]:
    """Run every check, the quick ones first.

    Args:
        config: Where the runs are to be, and the run that is planned, if any.
        trials: Whether each backend is to run what trainings use.
    """
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", check_python),
        ("libraries", check_libraries),
        ("versions", check_versions),
        ("cpu", check_cpu),
        ("load", check_load),
        ("memory", check_memory),
        ("output", lambda: check_output(config.output)),
        ("run", lambda: check_planned_run(config)),
        ("sample", check_sample),
        ("colours", check_colours),
        ("clipboard", check_clipboard),
        ("widths", check_widths),
        ("hub", check_hub),
        ("gpu", check_gpu),
        ("backend", check_backend),
    ]
    for name, check in checks:
        try:
            yield check()
        except Exception as error:  # a check that breaks has found something, too
            yield Check(name, "warn", f"check failed: {type(error).__name__}: {error}")
    if trials:
        yield from trial_checks()


def check_python() -> Check:
    """Check the version of Python."""
    found = f"{platform.python_version()} at {sys.executable}"
    first, beyond = PYTHONS
    if first <= sys.version_info[:2] < beyond:
        return Check("python", "ok", found)
    return Check("python", "fail", found, f"install Python {first[0]}.{first[1]} to {beyond[0]}.{beyond[1] - 1}")


def check_libraries() -> Check:
    """Check that every required library is installed, and new enough."""
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in requires("recipe-tui") or () if "extra ==" not in line]
    problems = []
    for requirement in wanted:
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            problems.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            problems.append(f"{requirement.name} is {found}, not {requirement.specifier}")
    if problems:
        return Check("libraries", "fail", ", ".join(problems), "pip install --upgrade recipe-tui")
    return Check("libraries", "ok", f"all {len(wanted)} are there")


def check_versions() -> Check:
    """Compare what is installed with the versions that were tested together, where the checkout has their list."""
    path = Path(__file__).parents[2] / "scripts" / "constraints.txt"
    if not path.is_file():
        return Check("versions", "ok", "no list of tested versions in this installation")
    tested = dict(line.split("==") for line in path.read_text(encoding="utf-8").split() if "==" in line)
    others = []
    for name, wanted in tested.items():
        if name in INSTALLERS:
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed
        if found != wanted:
            others.append(f"{name} {found} (tested: {wanted})")
    if others:
        return Check("versions", "warn", ", ".join(others), "pip install -c scripts/constraints.txt -e .")
    return Check("versions", "ok", "those that were tested together")


def check_cpu() -> Check:
    """Check the processor: cores that this process may use, and the instructions that matter."""
    cores = available_cores()
    found = f"{cores} cores of {_cpu_name()}"
    flags = _cpu_flags()
    if features := [name for name in CPU_FEATURES if name in flags]:
        found += f" with {', '.join(features)}"
    if limits := [f"{name}={os.environ[name]}" for name in THREAD_LIMITS if name in os.environ]:
        return Check("cpu", "warn", f"{found}; {', '.join(limits)}", "unset these to use all cores")
    if flags and "avx2" not in flags:
        return Check("cpu", "warn", found, "training will be slow: TensorFlow is made for processors with AVX2")
    return Check("cpu", "ok", found)


def check_load() -> Check:
    """Check that other programs leave the processor free: what is timed takes longer otherwise."""
    load = processor_load()
    found = f"{load:.1f} running processes for each core"
    if load > BUSY:
        return Check("load", "warn", found, "times and speeds below are those of a busy machine; close other programs")
    return Check("load", "ok", found)


def check_memory() -> Check:
    """Check the main memory, or what a container may use of it."""
    memory = main_memory()
    found = f"{memory.free / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB available"
    if memory.free < ENOUGH_MEMORY:
        return Check("memory", "warn", found, "fine-tuning GPT-2 takes about 5 GB: lower --batch-size and --block-size")
    return Check("memory", "ok", found)


def check_output(output: Path) -> Check:
    """Check that runs can be written, and how much room there is."""
    try:
        free = free_space(output)
    except OutputError as error:
        return Check("output", "fail", error.message, "choose another --output")
    found = f"{output} can be written, {free / GIGABYTE:.0f} GB free"
    if free < ENOUGH_DISK:
        return Check("output", "warn", found, "a run of GPT-2 takes about 5 GB: free some space")
    return Check("output", "ok", found)


def check_planned_run(config: Config) -> Check:
    """Check that the disk has room for the checkpoints of a planned run, whose configuration names recipes."""
    if not (config.data.source or config.data.store):
        return Check("run", "ok", "none is planned; recipe-tui doctor CONFIG.toml checks the disk for one")
    quieten()
    from recipe_tui.core import paths
    from recipe_tui.core.families.table import read_shape
    from recipe_tui.core.planning.preflight import check_output as check_room
    from recipe_tui.core.planning.preflight import model_folder

    try:
        folder = model_folder(config, (paths.MODEL_CONFIG,))
        found = next(check_room(config, read_shape(folder, config.model, config.data.new_vocab_size)))
    except RecipeTuiError as error:
        return Check("run", "warn", error.message, error.hint)
    return Check("run", "fail" if found.level == "error" else "ok", found.message, found.hint)


def check_sample() -> Check:
    """Check that the bundled tokenizer turns a recipe into tokens and back."""
    from tokenizers import Tokenizer

    lines = SAMPLE_RECIPES.read_text(encoding="utf-8").splitlines()
    tokenizer = Tokenizer.from_file(str(SAMPLE_MODEL / "tokenizer.json"))
    started = time.perf_counter()
    encodings = tokenizer.encode_batch_fast(lines)
    speed = sum(len(encoding.ids) for encoding in encodings) / (time.perf_counter() - started)
    if tokenizer.decode(encodings[0].ids) != lines[0]:
        return Check("sample", "fail", "the bundled tokenizer loses text", "install recipe-tui again")
    return Check("sample", "ok", f"{len(lines)} recipes; its tokenizer makes {speed / 1e6:.1f} M tokens/s")


def check_hub() -> Check:
    """Check that the Hugging Face hub can be reached; only downloads by name need it."""
    import socket
    from urllib.parse import urlsplit

    quieten()
    from huggingface_hub import constants

    endpoint = urlsplit(constants.ENDPOINT)
    advice = "models, tokenizers and data sets must be in folders; recipe-tui demo needs none of them"
    if constants.HF_HUB_OFFLINE:
        return Check("hub", "warn", "switched off by HF_HUB_OFFLINE", advice)
    host, port = endpoint.hostname or "", endpoint.port or (80 if endpoint.scheme == "http" else 443)
    try:
        with socket.create_connection((host, port), timeout=HUB_TIMEOUT):
            return Check("hub", "ok", f"{host} can be reached")
    except OSError as error:
        return Check("hub", "warn", f"{host} cannot be reached ({error.strerror or error})", advice)


def check_gpu() -> Check:
    """Look for NVIDIA accelerators, as their driver sees them."""
    try:
        import pynvml
    except ImportError:
        if shutil.which("nvidia-smi"):
            return Check("gpu", "warn", "an NVIDIA driver is there", "pip install 'recipe-tui[cuda]' to use it")
        return Check("gpu", "ok", "none; training runs on the processor")
    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        names = [
            f"{pynvml.nvmlDeviceGetName(handle)} with {pynvml.nvmlDeviceGetMemoryInfo(handle).total / GIGABYTE:.0f} GB"
            for handle in handles
        ]
        driver = pynvml.nvmlSystemGetDriverVersion()
        pynvml.nvmlShutdown()
    except pynvml.NVMLError as error:
        return Check("gpu", "ok", f"none ({error}); training runs on the processor")
    return Check("gpu", "ok", f"{', '.join(names)}; driver {driver}")


def check_backend() -> Check:
    """Load the backend of Keras, and ask it for its devices."""
    try:
        backend = select_backend()
    except RecipeTuiError as error:
        return Check("backend", "fail", error.message, error.hint)
    if backend == "tensorflow":
        import tensorflow

        names = [device.name for device in tensorflow.config.list_physical_devices()]
        devices = [name.removeprefix("/physical_device:") for name in names]
    else:
        import jax

        devices = [str(device) for device in jax.devices()]
    import keras

    found = f"Keras {keras.__version__} on {backend} {version_of(backend)}: {', '.join(devices)}"
    others = [other for other in installed_backends() if other != backend]
    if others:
        found += f" (KERAS_BACKEND={others[0]} takes the other)"
    if backend == "tensorflow":
        found += f"; {describe_kernels()}"
    on_gpu = any(word in device.lower() for device in devices for word in ("gpu", "cuda", "rocm"))
    if not on_gpu and shutil.which("nvidia-smi"):
        extra = "cuda" if backend == "tensorflow" else "jax-cuda"
        return Check("backend", "warn", found, f"to use the NVIDIA GPU: pip install 'recipe-tui[{extra}]'")
    return Check("backend", "ok", found)


def version_of(backend: str) -> str:
    """Return the version of a backend, under whichever name it was installed."""
    for name in (backend, f"{backend}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "of unknown version"


def _cpu_name() -> str:
    for line in _cpu_lines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cpu_flags() -> set[str]:
    for line in _cpu_lines():
        if line.startswith(("flags", "Features")):
            return set(line.partition(":")[2].split())
    return set()


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
