"""Devices that cannot train together are refused; those that can are in `tests.core.test_devices`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest

from recipe_tui.core.config import ModelConfig, TrainingConfig
from recipe_tui.core.errors import BackendError, TrainingError, UsageError
from recipe_tui.core.families.shape import Shape
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.training import devices


@pytest.fixture
def shape() -> Shape:
    sizes = {"model_type": "gpt2", "vocab_size": 100, "n_positions": 64, "n_embd": 48, "n_layer": 1, "n_head": 2}
    return shape_of(sizes, ModelConfig())


@pytest.fixture
def on_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(devices, "process_count", lambda: 1)
    monkeypatch.setattr(devices, "device_count", lambda: 4)


def enter(shape: Shape, resumed: bool = False, **settings: Any) -> None:
    with devices.distributed(TrainingConfig(**settings), shape, resumed):
        raise AssertionError("it was not refused")


def test_tensorflow_with_several_gpus_is_refused_and_jax_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind] * 4)
    with pytest.raises(BackendError, match=r"one GPU here, and there are 4.*KERAS_BACKEND=jax.*CUDA_VISIBLE_DEVICES=0"):
        devices.check_devices()


@pytest.mark.parametrize("found", [0, 1])
def test_tensorflow_without_a_second_gpu_trains(monkeypatch: pytest.MonkeyPatch, found: int) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind] * found)
    devices.check_devices()


def test_weights_are_split_on_jax_alone(shape: Shape) -> None:
    with pytest.raises(UsageError, match="on JAX alone; set KERAS_BACKEND=jax"):
        enter(shape, model_parallel=2)


@pytest.mark.usefixtures("on_jax")
class TestModelParallel:
    def test_the_devices_are_a_multiple_of_those_that_share_the_weights(self, shape: Shape) -> None:
        with pytest.raises(UsageError, match="model_parallel = 3, but there are 4 devices"):
            enter(shape, model_parallel=3)

    def test_one_device_has_nobody_to_share_with(self, shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(devices, "device_count", lambda: 1)
        with pytest.raises(UsageError, match="model_parallel = 2, but there is 1 device"):
            enter(shape, model_parallel=2)

    def test_several_processes_are_refused(self, shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(devices, "process_count", lambda: 2)
        with pytest.raises(UsageError, match="the devices of one process alone"):
            enter(shape, model_parallel=2)

    def test_all_widths_are_multiples(self, shape: Shape) -> None:
        with pytest.raises(TrainingError, match="2 devices cannot share weights evenly that are 47 wide"):
            enter(replace(shape, n_embd=47), model_parallel=2)

    def test_a_batch_is_split_over_the_groups(self, shape: Shape) -> None:
        with pytest.raises(TrainingError, match="2 groups of 2 devices share a batch, and batch_size 3"):
            enter(shape, model_parallel=2, batch_size=3)


@pytest.mark.usefixtures("on_jax")
class TestAdvice:
    """What is advised can be done: ``--resume`` changes no batch, no time and no choice of the best weights."""

    @pytest.mark.parametrize(
        ("settings", "new", "resumed"),
        [
            (
                {"batch_size": 6},
                "set --batch-size to a multiple of 4, or hide devices, as by CUDA_VISIBLE_DEVICES=0",
                "resume it on 3 devices, as by CUDA_VISIBLE_DEVICES=0,1,2",
            ),
            (
                {"batch_size": 3, "model_parallel": 2},
                "set --batch-size to a multiple of 2, or hide devices, as by CUDA_VISIBLE_DEVICES=0",
                "resume it on 2 devices, as by CUDA_VISIBLE_DEVICES=0,1",
            ),
            ({"batch_tokens": "auto"}, "set --batch-size to a multiple of 4", "resume it on 1 device, as by "),
        ],
    )
    def test_of_a_batch_that_cannot_be_split(
        self, shape: Shape, settings: dict[str, Any], new: str, resumed: str
    ) -> None:
        for is_resumed, advice in ((False, new), (True, resumed)):
            with pytest.raises(TrainingError) as caught:
                enter(shape, is_resumed, **settings)
            assert caught.value.hint.startswith(advice)

    @pytest.mark.parametrize(
        ("settings", "new"),
        [({"max_minutes": 5}, "count --epochs, not --max-minutes"), ({"best_by": "scorecard"}, "set training.best_by")],
    )
    def test_of_what_several_processes_cannot_decide_together(
        self, shape: Shape, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], new: str
    ) -> None:
        monkeypatch.setattr(devices, "process_count", lambda: 2)
        for is_resumed, advice in ((False, new), (True, "resume it in one process")):
            with pytest.raises(TrainingError) as caught:
                enter(shape, is_resumed, **settings)
            assert caught.value.hint.startswith(advice)
