import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.planning.rules import check_context, check_heads


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
