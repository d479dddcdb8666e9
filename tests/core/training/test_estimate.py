from dataclasses import replace

import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import ModelConfig, TrainingConfig
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.machine import _main_memory, available_memory
from recipe_tui.core.training.estimate import Shape, estimate_memory, expected_speed
from recipe_tui.core.training.events import EventLog, Started, Step
from recipe_tui.core.training.process import Process
from recipe_tui.core.training.runs import Manifest, create_run

GPT2 = Shape(n_layer=12, n_embd=768, n_head=12, n_inner=3072, n_positions=1024, vocab_size=50257)
HERE = Process.current()


def a_run(output, name, parameters=100, speed=500.0, process=HERE):
    run = create_run(output, name)
    Manifest(name, 1.0, "gpt2", "store", "d", "t", "c", "k", {}, process).write(run)
    log = EventLog(run / "events.jsonl")
    log.append(Started(1.0, 0, 10_000, 5.0, parameters, 20, 64))
    for number in range(2000):
        last = speed if number == 1999 else 1.0
        log.append(Step(2.0, number, 0.1, 2.0, 1e-3, 0.5, 60, last, 1000, None, None))
    log.close()


def test_the_parameters_are_those_of_gpt2():
    assert GPT2.parameters == 124_439_808


def test_the_parameters_of_the_sample_model_are_those_that_keras_counts():
    from recipe_tui.core.model.checkpoint import new_model, read_config

    model = new_model(read_config(paths.SAMPLE_MODEL))
    assert Shape.of(paths.SAMPLE_MODEL, ModelConfig()).parameters == model.count_params()


@pytest.mark.parametrize("name", ["llama", "llama_grouped"])
def test_the_parameters_of_a_llama_are_those_that_keras_counts(name, tmp_path):
    from transformers import LlamaConfig

    from recipe_tui.core.model.checkpoint import new_model

    config = LlamaConfig(
        num_hidden_layers=2,
        hidden_size=24,
        intermediate_size=40,
        num_attention_heads=6,
        num_key_value_heads=2 if name == "llama_grouped" else 6,
        tie_word_embeddings=name == "llama_grouped",
        vocab_size=50,
    )
    config.save_pretrained(tmp_path)
    shape = Shape.of(tmp_path, ModelConfig())
    assert shape.parameters == new_model(config).count_params()
    assert shape.n_positions == 2048


@pytest.mark.parametrize(("precision", "measured"), [("float32", 3.858e9), ("mixed_bfloat16", 3.846e9)])
def test_the_memory_is_about_what_was_measured_with_gpt2(precision, measured):
    memory = estimate_memory(GPT2, TrainingConfig(batch_size=2, precision=precision), block_size=512)
    assert memory.total == pytest.approx(measured, rel=0.1)


def test_memory_grows_with_the_batch_and_summing_batches_takes_another_gradient():
    small = estimate_memory(GPT2, TrainingConfig(batch_size=1), 512)
    large = estimate_memory(GPT2, TrainingConfig(batch_size=8), 512)
    assert large.activations == 8 * small.activations
    assert large.weights == small.weights
    summed = estimate_memory(GPT2, TrainingConfig(batch_size=1, gradient_accumulation_steps=8), 512)
    assert summed.total == small.total + small.weights


def test_a_shape_is_overridden_and_grows_with_the_tokenizer():
    random = ModelConfig(initialize="random", n_layer=2, n_embd=64, n_head=4)
    shape = Shape.of(paths.SAMPLE_MODEL, random, vocab_size=1000)
    assert (shape.n_layer, shape.n_embd, shape.n_inner, shape.vocab_size) == (2, 64, 256, 1000)
    assert Shape.of(paths.SAMPLE_MODEL, ModelConfig(), vocab_size=1000).vocab_size == 1500
    assert Shape.of(paths.SAMPLE_MODEL, ModelConfig(), vocab_size=1503).vocab_size == 1503


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no checkpoint"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"model_type": "bert"}', "model_type is 'bert'"),
        ('{"model_type": "gpt2"}', "cannot be read"),
    ],
)
def test_a_folder_without_a_shape_says_so(tmp_path, text, complaint):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=complaint):
        Shape.of(tmp_path, ModelConfig())


def test_the_speed_is_that_of_the_latest_run_of_the_same_size_on_this_machine(tmp_path):
    a_run(tmp_path, "same", speed=500.0)
    a_run(tmp_path, "larger", parameters=200)
    a_run(tmp_path, "elsewhere", process=replace(HERE, host="elsewhere"))
    speed = expected_speed(tmp_path, 100, on_gpu=False)
    assert (speed.tokens_per_second, speed.basis) == (500.0, "as in run same")


def test_without_such_a_run_a_processor_is_guessed_and_a_gpu_is_not(tmp_path):
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    speed = expected_speed(tmp_path, 124_000_000, on_gpu=False)
    assert "rough guess" in speed.basis
    assert 10 < speed.tokens_per_second < 100_000
    assert expected_speed(tmp_path, 100, on_gpu=True) is None


def test_a_containers_limit_counts_as_all_there_is(tmp_path):
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    memory = _main_memory(tmp_path / "memory.max")
    assert (memory.total, memory.free) == (1_000_000, 600_000)
    assert available_memory().total > 0
