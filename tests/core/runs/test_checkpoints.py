import json

from recipe_tui.core.runs.checkpoints import best_step, checkpoint_folder, complete_checkpoints, latest_checkpoint


def saved(run, step, complete=True):
    folder = checkpoint_folder(run, step)
    folder.mkdir(parents=True)
    if complete:
        (folder / "COMPLETE").touch()
    return folder


def test_complete_checkpoints_are_listed_the_newest_first(tmp_path):
    first, second = saved(tmp_path, 2), saved(tmp_path, 10)
    saved(tmp_path, 11, complete=False)
    assert complete_checkpoints(tmp_path) == [second, first]
    assert latest_checkpoint(tmp_path) == second
    assert latest_checkpoint(tmp_path / "nowhere") is None


def test_a_folder_of_another_name_is_no_checkpoint(tmp_path):
    (tmp_path / "checkpoints" / "step-final").mkdir(parents=True)
    (tmp_path / "checkpoints" / "step-final" / "COMPLETE").touch()
    assert complete_checkpoints(tmp_path) == []


def test_the_best_step_is_known_where_a_checkpoint_says_it(tmp_path):
    folder = saved(tmp_path, 2)
    assert best_step(folder) is None
    for written, best in [({"best_step": 1}, 1), ({"best_step": "1"}, None), ({}, None), ([], None)]:
        (folder / "training_state.json").write_text(json.dumps(written))
        assert best_step(folder) == best
