from dataclasses import replace

from recipe_tui.core.planning.speed import expected_speed
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Started, Step
from recipe_tui.core.runs.folder import RunManifest, create_run
from recipe_tui.core.runs.process import Process

HERE = Process.current()


def a_run(output, name, parameters=100, speed=500.0, process=HERE):
    run = create_run(output, name)
    RunManifest(name, 1.0, "gpt2", "store", "d", "t", "c", "k", {}, process).write(run)
    log = EventLog(run / "events.jsonl")
    log.append(Started(1.0, 0, 10_000, 5.0, parameters, 20, 64))
    for number in range(2000):
        last = speed if number == 1999 else 1.0
        log.append(Step(2.0, number, 0.1, 2.0, 1e-3, 0.5, 60, last, 1000, None, None))
    log.close()


def test_the_speed_is_that_of_the_latest_run_of_the_same_size_on_this_machine(tmp_path):
    a_run(tmp_path, "same", speed=500.0)
    a_run(tmp_path, "larger", parameters=200)
    a_run(tmp_path, "elsewhere", process=replace(HERE, host="elsewhere"))
    speed = expected_speed(tmp_path, 100, on_gpu=False)
    assert (speed.tokens_per_second, speed.basis) == (500.0, "as in run same")


def test_a_run_of_adapters_tells_of_one_with_as_many_of_them_and_not_of_full_training(tmp_path):
    a_run(tmp_path, "adapters", parameters=1005, speed=700.0)
    assert expected_speed(tmp_path, 124_000_000, on_gpu=False, trainable=1000).basis == "as in run adapters"
    assert "rough guess" in expected_speed(tmp_path, 124_000_000, on_gpu=False, trainable=2000).basis
    assert "rough guess" in expected_speed(tmp_path, 124_000_000, on_gpu=False).basis


def test_without_such_a_run_a_processor_is_guessed_and_a_gpu_is_not(tmp_path):
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    speed = expected_speed(tmp_path, 124_000_000, on_gpu=False)
    assert "rough guess" in speed.basis
    assert 10 < speed.tokens_per_second < 100_000
    assert expected_speed(tmp_path, 100, on_gpu=True) is None
