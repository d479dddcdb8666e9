import pytest

from recipe_tui.core.training import setup


def test_a_run_that_is_interrupted_while_it_is_set_up_leaves_no_folder(small, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "shape_of", interrupted)
    config = small("one")
    with pytest.raises(KeyboardInterrupt):
        setup.new_run(config)
    assert not (config.output / "one").exists()
