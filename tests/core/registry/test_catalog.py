from __future__ import annotations

import json
import os
from pathlib import Path

from recipe_tui.core.registry.catalog import (
    default_model,
    list_models,
    newest_checkpoint,
    run_of,
    short_name,
    store_of,
)
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process


def make_run(
    output: Path, name: str, store: Path, steps: tuple[int, ...] = (), best: int | None = None, done: bool = False
) -> Path:
    run = output / name
    (run / "checkpoints").mkdir(parents=True)
    values = {
        "name": name,
        "created": 1.0,
        "model": "gpt2",
        "store": str(store),
        "data": "",
        "tokenizer": "",
        "config": "",
    }
    (run / "run.json").write_text(json.dumps({**values, "code": "", "libraries": {}, "process": None, "version": 1}))
    for step in steps:
        folder = run / "checkpoints" / f"step-{step:08}"
        folder.mkdir()
        (folder / "COMPLETE").touch()
        (folder / "training_state.json").write_text(json.dumps({"best_step": best}))
    if done:
        (run / "model").mkdir()
        (run / "model" / "config.json").touch()
    return run


def test_finished_models_come_before_checkpoints_and_best_and_last_are_marked(tmp_path: Path) -> None:
    old = make_run(tmp_path, "0411", tmp_path, (200, 400), best=200, done=True)
    os.utime(old, (1, 1))
    make_run(tmp_path, "0412", tmp_path, (10,), best=10)
    (tmp_path / "0412" / "checkpoints" / "step-00000020").mkdir()  # not complete
    found = [(model.label, model.note) for model in list_models(tmp_path)]
    assert found == [
        ("0412@10", "checkpoint, best, last"),
        ("0411", "finished model"),
        ("0411@400", "checkpoint, last"),
        ("0411@200", "checkpoint, best"),
    ]


def adapter_in(folder: Path, base: str = "/models/gpt2", rank: object = 8) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": rank, "base_model_name_or_path": base}))


def test_what_a_run_learned_by_an_adapter_is_a_merged_model_and_an_adapter(tmp_path: Path) -> None:
    run = make_run(tmp_path, "0412", tmp_path, (10,), best=10, done=True)
    adapter_in(run / "adapter")
    adapter_in(run / "checkpoints" / "step-00000010")
    assert [(model.name, model.label, model.note) for model in list_models(tmp_path)] == [
        (str(run / "model"), "0412", "finished model, adapter merged"),
        (str(run / "adapter"), "0412 adapter", "adapter over gpt2, rank 8"),
        (str(run / "checkpoints" / "step-00000010"), "0412@10", "adapter checkpoint, best, last"),
    ]
    assert default_model(tmp_path, str(run / "adapter")) == str(run / "adapter")
    (run / "adapter" / "adapter_config.json").write_text("[]")
    assert [model.label for model in list_models(tmp_path)] == ["0412", "0412@10"]


def test_foreign_folders_and_damaged_states_do_no_harm(tmp_path: Path) -> None:
    run = make_run(tmp_path, "0412", tmp_path, (10,))
    (run / "checkpoints" / "step-00000010" / "training_state.json").write_text("{")
    (tmp_path / "holiday pictures").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("nonsense")
    assert [model.note for model in list_models(tmp_path)] == ["checkpoint, last"]
    assert list_models(tmp_path / "none") == []


def test_the_model_that_wrote_last_is_the_default_while_it_is_there(tmp_path: Path) -> None:
    first = make_run(tmp_path, "0411", tmp_path, done=True)
    second = make_run(tmp_path, "0412", tmp_path, done=True)
    os.utime(first / "model", (1, 1))
    assert default_model(tmp_path, None) == str(second / "model")
    assert default_model(tmp_path, str(first / "model")) == str(first / "model")
    assert default_model(tmp_path, str(tmp_path / "gone")) == str(second / "model")
    assert default_model(tmp_path, "gpt2") == "gpt2"
    assert default_model(tmp_path / "none", None) is None


def test_short_names() -> None:
    assert short_name("/runs/0412/model") == "0412"
    assert short_name("/runs/0412/checkpoints/step-00000200") == "0412@200"
    assert short_name("/runs/0412/adapter") == "0412 adapter"
    assert short_name("openai-community/gpt2") == "gpt2"


def test_a_runs_model_knows_its_store(tmp_path: Path) -> None:
    store = tmp_path / "blocks"
    store.mkdir()
    run = make_run(tmp_path / "output", "0412", store, (10,), done=True)
    assert store_of(str(run / "model")) is None
    (store / "recipes.arrow").touch()
    for model in (run, run / "model", run / "checkpoints" / "step-00000010"):
        assert store_of(str(model)) == store
    assert store_of("gpt2") is None


def test_a_run_that_still_trains_is_offered_by_its_newest_checkpoint(tmp_path: Path) -> None:
    run = make_run(tmp_path, "0412", tmp_path, (10, 20), best=10)
    RunManifest("0412", 1.0, "gpt2", "s", "d", "t", "c", "c", process=Process.current()).write(run)
    first = list_models(tmp_path)[0]
    assert (first.name, first.label) == (str(run), "0412")
    assert first.note == "running: its newest checkpoint, now step 20"
    assert newest_checkpoint(str(run)) == str(run / "checkpoints" / "step-00000020")


def test_a_finished_run_and_other_models_stay_what_they_are(tmp_path: Path) -> None:
    done = make_run(tmp_path, "0411", tmp_path, (10,), done=True)
    empty = make_run(tmp_path, "0413", tmp_path)
    for model in (str(done), str(empty), "gpt2", str(done / "checkpoints" / "step-00000010")):
        assert newest_checkpoint(model) == model


def test_a_checkpoint_and_a_finished_model_belong_to_their_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, "0411", tmp_path, (10,), done=True)
    assert run_of(str(run)) == run_of(str(run / "model")) == run_of(str(run / "checkpoints" / "step-00000010")) == run
    assert run_of("gpt2") is None
