import pytest

from recipe_tui.core.training.loop import train
from tests.core.training.reused_steps import TracedSteps, reusing
from tests.core.training.test_loop import assert_same, checkpoint


@pytest.mark.usefixtures("fresh_steps")
def test_a_training_through_a_reused_step_is_that_through_a_step_of_its_own(small):
    fresh = train(small("fresh"))
    steps = TracedSteps()
    with reusing(steps):
        other = train(small("other", max_steps=2, learning_rate=1e-2, seed=7))
        reused = train(small("reused"))
    assert steps.reused == 1
    assert_same(checkpoint(reused.run, 6), checkpoint(fresh.run, 6))
    assert (reused.train_loss, reused.validation_loss) == (fresh.train_loss, fresh.validation_loss)
    assert other.train_loss != fresh.train_loss
