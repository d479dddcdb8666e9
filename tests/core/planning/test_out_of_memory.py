from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.planning.out_of_memory import is_out_of_memory, out_of_memory, remedies
from tests.core.families.test_shape import GPT2

ALL_USED = [
    "training.batch_size=1",
    "training.gradient_checkpointing=true",
    "training.optimizer=adafactor",
    "adapter.method=lora",
    "model.quantization=int8",
]


class ResourceExhaustedError(Exception):
    """Has the name of TensorFlow's."""


class XlaRuntimeError(RuntimeError):
    """Has the name of JAX's."""


def named(*settings, block_size=512):
    config = load_config(settings=["data.source=recipes.jsonl", *settings])
    return remedies(config, GPT2, block_size, on_gpu=False).removeprefix("set ").split(", or ")


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (ResourceExhaustedError("OOM when allocating tensor"), True),
        (XlaRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"), True),
        (XlaRuntimeError("INVALID_ARGUMENT"), False),
        (ValueError("memory"), False),
    ],
)
def test_it_is_recognised_on_every_backend(error, is_one):
    assert is_out_of_memory(error) is is_one


def test_everything_that_helps_is_named_with_its_value_and_what_saves_most_first():
    assert named("training.batch_size=16") == [
        "training.gradient_checkpointing = true",
        "adapter.method = lora",
        "training.batch_size = 8 and training.gradient_accumulation_steps = 2",
        "training.optimizer = adafactor",
        "data.block_size = 256",
    ]


def test_with_little_at_once_what_the_optimizer_keeps_comes_first():
    assert named("training.batch_size=1")[:2] == ["adapter.method = lora", "training.optimizer = adafactor"]


def test_what_is_in_use_already_is_not_named():
    text = " ".join(named(*ALL_USED))
    for word in ("batch_size", "checkpointing", "lora", "adafactor"):
        assert word not in text


def test_when_nothing_is_left_to_change_it_says_so():
    config = load_config(settings=[*ALL_USED, "data.store=store"])
    assert remedies(config, GPT2, 64, on_gpu=False) == "close other programs, or choose a smaller model"


def test_batch_tokens_are_named_where_they_are_set():
    assert any(text.startswith("training.batch_tokens = 1024") for text in named("training.batch_tokens=2048"))


def test_the_error_says_what_was_tried():
    error = out_of_memory("out of memory at step 3", load_config(), GPT2, 512, on_gpu=False)
    assert str(error).startswith("out of memory at step 3 (4 x 512 tokens at once); set ")


def test_a_run_with_a_checkpoint_keeps_its_settings_so_a_new_one_is_advised(tmp_path: Path):
    error = out_of_memory("out of memory at step 3", load_config(), GPT2, 512, False, tmp_path)
    assert error.hint.startswith("set ")
    checkpoint = tmp_path / paths.CHECKPOINTS / "step-00000002"
    checkpoint.mkdir(parents=True)
    (checkpoint / paths.COMPLETE).touch()
    error = out_of_memory("out of memory at step 3", load_config(), GPT2, 512, False, tmp_path)
    assert error.hint.startswith(
        f"resume it when more memory is free, or start a new run with --model {tmp_path}: set "
    )
