import pytest

from recipe_tui.core.config import ModelConfig, load_config
from recipe_tui.core.errors import UsageError
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.planning.memory import plan_memory, trainable_parameters
from tests.core.families.test_shape import GPT2

SMOLLM2 = {
    "model_type": "llama",
    "num_hidden_layers": 30,
    "hidden_size": 576,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "intermediate_size": 1536,
    "max_position_embeddings": 8192,
    "vocab_size": 49_152,
    "tie_word_embeddings": True,
}


def planned(*settings, block_size=512):
    return plan_memory(GPT2, load_config(settings=["training.batch_size=2", *settings]), block_size)


@pytest.mark.parametrize(
    ("settings", "measured"),
    [
        ([], 3_659),
        (["training.batch_size=8"], 6_094),
        (["training.gradient_checkpointing=true"], 3_436),
        (["training.gradient_checkpointing=true", "training.batch_size=8"], 3_775),
        (["training.optimizer=adafactor"], 2_889),
        (["adapter.method=lora"], 2_378),
        (["adapter.method=lora", "training.gradient_checkpointing=true"], 2_200),
        (["training.freeze_layers=6"], 3_045),
        (["training.freeze_layers=6", "data.layout=plain"], 2_572),
    ],
)
def test_the_plan_is_about_what_was_measured(settings, measured):
    """GPT-2 with 124 million parameters and blocks of 512 tokens, in MB, on two cores."""
    assert planned(*settings).total / 1e6 == pytest.approx(measured, rel=0.1)


@pytest.mark.parametrize(
    ("settings", "measured"),
    [([], 4_370), (["adapter.method=lora", 'adapter.target_modules=["all-linear"]'], 3_540)],
)
def test_the_plan_of_a_llama_is_about_what_was_measured(settings, measured):
    """SmolLM2 with 135 million parameters, in the same way."""
    smollm2 = shape_of(SMOLLM2, ModelConfig())
    config = load_config(settings=["training.batch_size=2", "data.layout=chat", *settings])
    assert plan_memory(smollm2, config, 512).total / 1e6 == pytest.approx(measured, rel=0.15)


def test_activations_grow_with_the_batch_and_summing_batches_takes_another_gradient():
    small, large = planned("training.batch_size=1"), planned("training.batch_size=8")
    assert large.activations == 8 * small.activations
    assert large.weights == small.weights
    summed = planned("training.batch_size=1", "training.gradient_accumulation_steps=8")
    assert summed.gradients == 2 * small.gradients
    assert summed.total == small.total + 4 * GPT2.parameters


def test_a_step_is_at_its_peak_when_the_head_is_differentiated_or_when_all_gradients_are_there():
    plan = planned()
    assert plan.step == max(plan.activations + plan.logits, plan.gradients + plan.update)
    assert plan.total == plan.libraries + plan.weights + plan.optimizer + plan.step


def test_logits_are_limited_to_a_chunk():
    assert planned("training.batch_size=64").logits < planned("training.batch_size=1").logits + 2 * 4 * (1 << 26)


def test_adapters_alone_have_gradients_and_optimizer_values():
    config = load_config(settings=["adapter.method=lora", "adapter.rank=8"])
    assert trainable_parameters(GPT2, config) == 12 * 8 * (768 + 2304)  # c_attn
    plan = plan_memory(GPT2, config)
    assert plan.gradients == 4 * 12 * 8 * (768 + 2304)
    assert plan.optimizer == 2 * plan.gradients


def test_a_factored_optimizer_keeps_hundreds_of_times_less():
    assert planned("training.optimizer=adafactor").optimizer < planned().optimizer / 300


def test_half_precision_adds_a_copy_of_the_weights_and_halves_what_is_kept():
    low, full = planned("training.precision=mixed_bfloat16"), planned("training.precision=float32")
    assert low.weights == full.weights * 3 // 2
    assert low.activations < 0.6 * full.activations


def test_batch_tokens_take_the_place_of_the_batch_size():
    assert planned("training.batch_tokens=2048").activations == planned("training.batch_size=4").activations
    assert planned("training.batch_tokens=auto").activations == planned("training.batch_size=1").activations
    with pytest.raises(UsageError, match=r"batch_tokens 500 is less than a block of 512 tokens; .* 512 or more"):
        planned("training.batch_tokens=500")


def test_muon_keeps_one_value_of_a_matrix_and_two_of_everything_else():
    matrices = GPT2.n_layer * sum(inputs * outputs for inputs, outputs in GPT2.projections.values())
    saved = planned().optimizer - planned("training.optimizer=muon").optimizer
    assert saved == 4 * matrices
    lora = ["adapter.method=lora"]
    assert planned(*lora).optimizer == planned(*lora, "training.optimizer=muon").optimizer
