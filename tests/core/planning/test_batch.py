import pytest

from recipe_tui.core.config import TrainingConfig, load_config
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.planning.batch import batch_choices, with_batch_size


@pytest.mark.parametrize(("tokens", "blocks"), [(512, 1), (1023, 1), (1024, 2), (None, 4), ("auto", 4)])
def test_tokens_say_how_many_whole_blocks_go_at_once(tokens, blocks):
    sized = with_batch_size(TrainingConfig(batch_tokens=tokens), 512)
    assert sized.batch_size == blocks
    assert with_batch_size(sized, 512) == sized


def test_less_than_a_block_is_refused():
    with pytest.raises(UsageError, match="batch_tokens 511 is less than a block of 512 tokens"):
        with_batch_size(TrainingConfig(batch_tokens=511), 512)


def test_a_steps_blocks_are_shared_in_every_way_that_comes_out_even():
    choices = batch_choices(TrainingConfig(batch_size=4, gradient_accumulation_steps=3, batch_tokens="auto"), 64)
    shared = [(one.batch_size, one.gradient_accumulation_steps, one.batch_tokens) for one in choices]
    assert shared == [(1, 12, 64), (2, 6, 128), (3, 4, 192), (4, 3, 256), (6, 2, 384), (12, 1, 768)]


@pytest.mark.parametrize("value", ["0", "some", "2.5"])
def test_what_is_no_number_of_tokens_is_refused(value):
    with pytest.raises(ConfigError, match="batch_tokens"):
        load_config(settings=[f"training.batch_tokens={value}"])
