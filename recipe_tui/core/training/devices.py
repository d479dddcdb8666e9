"""Several devices and several processes that train one run together, on JAX.

Every process runs the same program over all devices of all processes (`SPMD`_): the model is replicated, or split over
the devices of a group, and each device or group computes its share of the blocks of a batch. Batches, the order of the
data and the loss are those of one device, whatever the number of processes. All of them read the run folder; the first
alone writes it.

.. _SPMD: https://docs.jax.dev/en/latest/multi_process.html
"""

from __future__ import annotations

import atexit
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, get_args

import keras

from recipe_tui.core.errors import BackendError, RecipeTuiError, TrainingError, UsageError, problem
from recipe_tui.core.planning.rules import check_backend_splits
from recipe_tui.core.runs.control import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.runs.rendezvous import Processes

NAME_BYTES = 256
"""Longest name of a run, in bytes; a folder's name has 255 at most."""

LOST = ("UNKNOWN", "UNAVAILABLE", "INTERNAL", "ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION")
"""How the messages of XLA begin when the processes cannot exchange data any more."""

BATCH_AXIS, MODEL_AXIS = "batch", "model"
"""The axes of the devices where several of them share the weights."""

LAYOUTS: dict[str, tuple[str | None, ...]] = {
    r".*/(c_attn|q_proj|k_proj|v_proj|c_fc|gate_proj|up_proj)/kernel": (None, MODEL_AXIS),
    r".*/(c_attn|q_proj|k_proj|v_proj|c_fc|gate_proj|up_proj)/bias": (MODEL_AXIS,),
    r".*/(c_proj|o_proj|down_proj)/kernel": (MODEL_AXIS, None),
    r".*/(wte|wpe|embed_tokens|lm_head)/embeddings": (None, MODEL_AXIS),
}
"""Which axis of a weight is split, by its path: "Megatron-LM" (Shoeybi et al., 2019), section 3. Embeddings are split
by the hidden size, since the number of tokens is hardly ever a multiple. All other weights are on every device."""

SHUTDOWN_SECONDS = 5
"""How long a process that ends waits for the others: they may have been lost."""


def join(processes: Processes | None) -> None:
    """Meet the other processes. Nothing may have been computed on JAX before.

    Raises:
        UsageError: The backend is TensorFlow.
        TrainingError: The others cannot be reached.
    """
    if processes is None:
        return
    check_backend_splits(keras.backend.backend(), 1, processes)
    import jax

    if jax.distributed.is_initialized():
        return
    jax.config.update("jax_enable_recoverability", True)  # a process whose peer is lost is not killed, but ends itself
    jax.config.update("jax_enable_preemption_service", False)  # it would take SIGTERM from `StopSignals`
    try:
        jax.distributed.initialize(
            processes.coordinator,
            processes.count,
            processes.index,
            shutdown_timeout_seconds=SHUTDOWN_SECONDS,
        )
    except (RuntimeError, ValueError, TypeError) as error:
        raise TrainingError(
            f"the other processes cannot be reached ({problem(error)})",
            "check that all were started, with the same coordinator and number of processes",
        ) from error


@contextmanager
def distributed(config: TrainingConfig, shape: Shape, resumed: bool = False) -> Iterator[None]:
    """Split batches over all devices of all processes inside the block; without effect where there is one device.

    Args:
        config: ``batch_size`` blocks go through the model at once, on all devices together. ``model_parallel`` devices
            form a group that holds the model once, and that computes a share of the batch together.
        shape: Shape of the model.
        resumed: Whether the run is resumed.

    Raises:
        TrainingError, UsageError: See `check_distribution`.
    """
    check_distribution(config, shape, resumed)
    if (devices := device_count()) == 1:
        yield
        return
    with _distribution(devices // config.model_parallel, config.model_parallel).scope():
        yield


def check_distribution(config: TrainingConfig, shape: Shape, resumed: bool = False) -> None:
    """Check that the devices that are there can train together; see `distributed`.

    What is advised for a run that is resumed changes none of its settings that ``--resume`` keeps.

    Raises:
        TrainingError: The batch or the model cannot be split evenly.
        UsageError: The weights cannot be split on this backend, or over these devices.
    """
    devices, batch_size, shares = device_count(), config.batch_size, config.model_parallel
    if shares > 1:
        _check_model_parallel(shares, devices, shape)
    if devices == 1:
        return
    if config.batch_tokens == "auto":
        raise TrainingError(
            f"batch_tokens = auto is for one device, and there are {devices}",
            _on_fewer(1) if resumed else f"set --batch-size to a multiple of {devices}",
        )
    if process_count() > 1:
        alone = "resume it in one process" if resumed else ""
        if config.max_minutes is not None:
            message = "each of several processes has a clock of its own"
            raise TrainingError(message, alone or "count --epochs, not --max-minutes")
        if config.best_by == "scorecard":  # each would write texts of its own rounding, and choose weights of its own
            message = "several processes choose the best weights by the loss"
            raise TrainingError(message, alone or "set training.best_by to loss")
    groups = devices // shares
    if batch_size % groups:
        sharing = f"{devices} devices" if shares == 1 else f"{groups} groups of {shares} devices"
        hint = f"set --batch-size to a multiple of {groups}, or hide devices, as by CUDA_VISIBLE_DEVICES=0"
        if resumed:
            hint = _on_fewer(shares * max(count for count in range(1, groups) if batch_size % count == 0))
        raise TrainingError(f"{sharing} share a batch, and batch_size {batch_size} is no multiple of {groups}", hint)


def _on_fewer(devices: int) -> str:
    """Return the advice to resume a run on some of the devices."""
    hint = f"resume it on {devices} device{'s' if devices > 1 else ''}"
    if process_count() > 1:
        return hint
    return f"{hint}, as by CUDA_VISIBLE_DEVICES={','.join(map(str, range(devices)))}"


def _check_model_parallel(shares: int, devices: int, shape: Shape) -> None:
    hint, setting = "set training.model_parallel to 1, or to another number of devices", "training.model_parallel"
    check_backend_splits(keras.backend.backend(), shares, None)
    if process_count() > 1:  # the process that writes a checkpoint has to see all weights
        raise UsageError("weights are split over the devices of one process alone", hint, setting)
    if devices % shares:
        found = "there is 1 device" if devices == 1 else f"there are {devices} devices"
        raise UsageError(f"model_parallel = {shares}, but {found}", hint, setting)
    sizes = {shape.n_embd, *(size for sizes in shape.projections.values() for size in sizes)}
    if uneven := sorted(size for size in sizes if size % shares):
        raise TrainingError(f"{shares} devices cannot share weights evenly that are {uneven[0]:,} wide", hint, setting)


def _distribution(groups: int, shares: int) -> keras.distribution.Distribution:
    """Return how arrays are laid out on the devices: batches over the groups, weights over the devices of a group."""
    if shares == 1:
        return keras.distribution.DataParallel(auto_shard_dataset=False)
    mesh = keras.distribution.DeviceMesh((groups, shares), (BATCH_AXIS, MODEL_AXIS))
    layouts = keras.distribution.LayoutMap(mesh)
    for pattern, axes in LAYOUTS.items():
        layouts[pattern] = axes
    return keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name=BATCH_AXIS, auto_shard_dataset=False)


def check_devices() -> None:
    """Refuse several GPUs on TensorFlow, which would take the memory of all and compute on the first.

    ``MirroredStrategy`` gives each replica its part of a batch, and our step would divide by the target tokens of that
    part, not of the batch: the losses would not be those of one device.

    Raises:
        BackendError: There are several.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if (found := len(tf.config.list_physical_devices("GPU"))) > 1:
        raise BackendError(
            f"TensorFlow trains on one GPU here, and there are {found}",
            "train on all of them with JAX: set KERAS_BACKEND=jax; or on one: set CUDA_VISIBLE_DEVICES=0",
        )


def device_count() -> int:
    """Return the number of devices that train together; TensorFlow trains on one."""
    if keras.backend.backend() != "jax":
        return 1
    import jax

    return int(jax.device_count())


def process_count() -> int:
    """Return the number of processes that train together."""
    if keras.backend.backend() != "jax":
        return 1
    import jax

    return int(jax.process_count())


def is_first() -> bool:
    """Return whether this is the process that writes the run folder."""
    if process_count() == 1:
        return True
    import jax

    return bool(jax.process_index() == 0)


def own_rows(batch: dict[str, Any]) -> dict[str, Any]:
    """Return the blocks of a batch that the devices of this process compute; all of them where it is alone."""
    count = process_count()
    if count == 1:
        return batch
    import jax

    rows = len(next(iter(batch.values()))) // count
    start = jax.process_index() * rows
    return {name: values[start : start + rows] for name, values in batch.items()}


def agree(request: Request) -> Request:
    """Return the most that is asked of any process, so that all stop after the same step; each has to call it."""
    requests: tuple[Request, ...] = get_args(Request)
    return requests[most(requests.index(request))]


def most(value: int) -> int:
    """Return the largest of the numbers that the processes give; each has to call it."""
    if process_count() == 1:
        return value
    import numpy as np
    from jax.experimental.multihost_utils import process_allgather

    return int(np.max(process_allgather(np.asarray(value))))


def wait_for_all() -> None:
    """Return when all processes have come here."""
    most(0)


def leave_last() -> None:
    """Have the first of several processes end after the others, once all have come here.

    It coordinates them, and one that leaves when it is gone is aborted, with an exit code that says that it failed.
    """
    if process_count() == 1:
        return
    wait_for_all()
    if is_first():
        atexit.register(_wait_until_alone)


def _wait_until_alone() -> None:
    """Return when the others have left, or send no heartbeats any more. The client is private to JAX 0.10."""
    from jax._src import distributed

    with suppress(RuntimeError):  # XLA's, where the connection is lost
        client, others = distributed.global_state.client, range(1, process_count())
        client.get_live_nodes([0, *others])  # it waits for each of them to call this too, which none does, or to leave


@contextmanager
def announcing() -> Iterator[Callable[[str], None]]:
    """In the first process, tell the others the name of the run by calling what this gives.

    They are told also that there is none, where the block ends with an error before.
    """
    told = process_count() == 1

    def announce(name: str) -> None:
        nonlocal told
        if not told:
            told = True
            _broadcast(name)

    try:
        yield announce
    except BaseException:
        announce("")
        raise


def announced() -> str:
    """In the others, wait for the name; empty where the first process could not set the run up."""
    return _broadcast("")


def _broadcast(text: str) -> str:
    """Return the text that the first process gives."""
    import numpy as np
    from jax.experimental.multihost_utils import broadcast_one_to_all

    padded = np.frombuffer(text.encode().ljust(NAME_BYTES, b"\0"), np.uint8)
    return bytes(np.asarray(broadcast_one_to_all(padded), np.uint8)).rstrip(b"\0").decode()


def lost_process(error: BaseException) -> TrainingError | None:
    """Return what a failed computation says where several processes train: one of them is gone."""
    if process_count() == 1 or isinstance(error, RecipeTuiError) or not str(error).startswith(LOST):
        return None
    return TrainingError(
        "another process of the run was lost; the latest checkpoint is kept",
        "resume the run with --resume, on as many devices as there are now",
    )
