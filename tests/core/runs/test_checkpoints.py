"""Checkpoints carry the hashes of their files."""

import pytest

from recipe_tui.core.runs.checkpoints import complete_checkpoints, damaged_file, incomplete_checkpoints, write_hashes


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoints" / "step-00000004"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(range(256)))
    (folder / "config.json").write_text("{}")
    write_hashes(folder)
    return folder


def test_a_checkpoint_as_it_was_written_is_whole(checkpoint, tmp_path):
    assert damaged_file(checkpoint) == ""
    assert complete_checkpoints(tmp_path) == [checkpoint]


def test_one_flipped_bit_is_noticed(checkpoint):
    path = checkpoint / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[100] ^= 4
    path.write_bytes(data)
    assert damaged_file(checkpoint) == "model.safetensors"


def test_so_is_a_missing_file_and_a_damaged_list_of_hashes(checkpoint):
    (checkpoint / "config.json").unlink()
    assert damaged_file(checkpoint) == "config.json"
    (checkpoint / "COMPLETE").write_text('{"sha256": 3}')
    assert damaged_file(checkpoint) == "COMPLETE"


def test_a_checkpoint_of_before_has_no_hashes_and_opens(checkpoint):
    (checkpoint / "COMPLETE").write_bytes(b"")
    (checkpoint / "config.json").write_text("changed")
    assert damaged_file(checkpoint) == ""


def test_only_incomplete_checkpoints_after_the_newest_whole_one_are_missed(checkpoint, tmp_path):
    for name in ("step-00000002", "step-00000006", "step-00000008", ".step-00000010.77.new", "notes"):
        (checkpoint.parent / name).mkdir()
    (checkpoint.parent / "step-00000012").write_text("no folder")
    assert [folder.name for folder in incomplete_checkpoints(tmp_path)] == ["step-00000008", "step-00000006"]
    write_hashes(checkpoint.parent / "step-00000008")
    assert incomplete_checkpoints(tmp_path) == []


def test_a_completion_mark_that_leads_nowhere_is_none(checkpoint, tmp_path):
    (checkpoint / "COMPLETE").unlink()
    (checkpoint / "COMPLETE").symlink_to("elsewhere")
    assert incomplete_checkpoints(tmp_path) == [checkpoint]
