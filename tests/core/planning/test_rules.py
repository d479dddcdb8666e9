import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.planning.rules import check_backend_splits, check_context, check_heads
from recipe_tui.core.runs.rendezvous import Processes


def test_a_block_may_be_as_long_as_the_context():
    check_context(512, 512)
    with pytest.raises(UsageError) as caught:
        check_context(513, 512)
    assert caught.value.message == "block_size 513 is above the model's context of 512"
    assert caught.value.setting == "data.block_size"


def test_heads_share_the_width_evenly():
    check_heads(768, 12)
    with pytest.raises(UsageError) as caught:
        check_heads(100, 3)
    assert caught.value.message == "a width of 100 cannot be shared by 3 heads"


@pytest.mark.parametrize(("shares", "processes"), [(2, None), (1, Processes("localhost:1", 2, 0))])
def test_several_devices_and_processes_train_on_jax_alone(shares, processes):
    check_backend_splits("jax", shares, processes)
    check_backend_splits("tensorflow", 1, None)
    with pytest.raises(UsageError, match="on JAX alone; set KERAS_BACKEND=jax"):
        check_backend_splits("tensorflow", shares, processes)
