from recipe_tui.core.planning.rules import check_context, check_heads


def test_a_block_may_be_as_long_as_the_context():
    assert check_context(512, 512) is None
    violation = check_context(513, 512)
    assert violation is not None
    assert violation.message == "block_size 513 is above the model's context of 512"
    assert violation.setting == "data.block_size"


def test_heads_share_the_width_evenly():
    assert check_heads(768, 12) is None
    violation = check_heads(100, 3)
    assert violation is not None
    assert violation.message == "a width of 100 cannot be shared by 3 heads"
