import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.planning.plan import Plan


@pytest.mark.parametrize(
    ("config", "blocks", "steps"),
    [
        ({"epochs": 3, "batch_size": 4}, 10, 8),  # 30 blocks in steps of 4
        ({"epochs": 1, "batch_size": 2, "gradient_accumulation_steps": 4}, 80, 10),
        ({"epochs": 0.5, "batch_size": 1}, 10, 5),
        ({"epochs": 100, "max_steps": 7}, 10, 7),
        ({"epochs": 1, "max_steps": 700, "batch_size": 1}, 10, 10),
        ({"epochs": 1, "batch_size": 64}, 3, 1),
    ],
)
def test_the_plan_counts_optimizer_steps(config, blocks, steps):
    assert Plan.of(TrainingConfig(**config), blocks, 64, True).total_steps == steps


def test_the_last_step_is_always_due():
    plan = Plan.of(TrainingConfig(epochs=1, batch_size=1), 10, 64, True)
    assert [step for step in range(1, 11) if plan.is_due(4, step)] == [4, 8, 10]
    assert not plan.is_due(None, 10)


def test_epochs_and_tokens_follow_from_the_blocks():
    plan = Plan.of(TrainingConfig(epochs=1, batch_size=2), 10, 64, True)
    assert plan.epoch(5) == 1.0
    assert plan.tokens_per_step == 128


def test_with_a_time_budget_no_step_is_the_last_and_no_sample_is_due():
    plan = Plan.of(TrainingConfig(max_minutes=10, batch_size=1), 10, 64, True)
    assert plan.total_steps == 0
    assert not plan.is_last(10**9)
    assert plan.sample_every is None


@pytest.mark.parametrize(("step", "left"), [(0, 6), (5, 1), (6, 2), (8, 2), (10, 2), (19, 1)])
def test_the_steps_until_anything_else_is_due(step, left):
    plan = Plan(20, blocks=20, blocks_per_step=1, block_size=64, evaluate_every=10, sample_every=8, checkpoint_every=6)
    assert plan.until_due(step) == left
