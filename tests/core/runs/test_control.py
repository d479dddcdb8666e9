import os

from recipe_tui.core.runs.control import Control, request, request_checkpoint


def test_nothing_asked_means_going_on(tmp_path):
    assert Control(tmp_path).requested == "continue"


def test_a_run_sees_what_was_asked_of_it(tmp_path):
    control = Control(tmp_path)
    for what in ("pause", "continue", "stop", "stop_now"):
        request(tmp_path, what)
        assert control.requested == what


def test_a_file_that_is_not_understood_asks_for_nothing(tmp_path):
    control = Control(tmp_path)
    request(tmp_path, "stop")
    assert control.requested == "stop"
    for text in ("{", "[]", '{"request": "explode"}', ""):
        (tmp_path / "control.json").write_text(text)
        os.utime(tmp_path / "control.json", ns=(1, hash(text) & 0xFFFFFFFF))
        assert control.requested == "continue"


def test_a_request_to_an_earlier_process_is_forgotten(tmp_path):
    request(tmp_path, "stop")
    control = Control(tmp_path)
    control.clear()
    assert control.requested == "continue"


def test_a_checkpoint_is_asked_for_without_changing_what_was_asked_before(tmp_path):
    control = Control(tmp_path)
    assert control.checkpoint == 0
    request(tmp_path, "pause")
    request_checkpoint(tmp_path, 7)
    assert (control.requested, control.checkpoint) == ("pause", 7)
    request(tmp_path, "continue")
    assert (control.requested, control.checkpoint) == ("continue", 7)
    request_checkpoint(tmp_path)
    assert control.checkpoint not in (0, 7)
