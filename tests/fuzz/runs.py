"""The files of a run: manifest, launch, events, control, configuration, checkpoints, output of the worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from recipe_tui.core import paths
from recipe_tui.core.browsing.stores import list_stores
from recipe_tui.core.config import load_config
from recipe_tui.core.runs import events
from recipe_tui.core.runs.checkpoints import best_step, complete_checkpoints, damaged_file, write_hashes
from recipe_tui.core.runs.control import Control
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Launch, Process, last_words
from recipe_tui.core.runs.status import active_run, list_runs
from recipe_tui.core.runs.tail import LogTail
from recipe_tui.tui.train.formatting import difference_text
from tests.fuzz.harness import Reader, file_reader

CONFIG = """output = "runs"
[data]
source = ["a.jsonl", "b"]
format = "json-ld"
layout = "sections"
block_size = 64
near_duplicate_threshold = 0.9
[model]
name = "gpt2"
dropout = 0.1
[adapter]
method = "lora"
alpha = 8.0
target_modules = ["c_attn"]
[training]
epochs = 2.5
batch_tokens = "auto"
clip_norm = "none"
sample_ingredients = ["1 leek"]
[generation]
seed = 3
"""


def make_run(output: Path) -> Path:
    """Write a run with all kinds of events and a checkpoint."""
    run = output / "run"
    checkpoint = run / paths.CHECKPOINTS / "step-00000004"
    checkpoint.mkdir(parents=True)
    process = Process("elsewhere", 12, 1.0)
    RunManifest("run", 1.0, "gpt2", "store", "d", "t", "c", "k", {"keras": "3"}, process).write(run)
    Launch(1.0, "gpt2", process).write(run)
    log = EventLog(run / paths.EVENTS)
    for event in (
        events.Started(2.0, 0, 10, 5.0, 100, 20, 64),
        events.MemoryPlanned(2.0, 0, 9, 1, 2, 3, 4, 5, "main memory", 6),
        events.Quantized(2.0, 0, "int8", 9, 8, 7.0, 7.5, 2.0, 3.0),
        events.Step(3.0, 1, 0.1, 4.5, 1e-4, 1.0, 64, 100.0, 5, None, 60.0),
        events.Step(4.0, 2, 0.2, float("nan"), 1e-4, 1.0, 64, None, 5, 6, None),
        events.Validation(5.0, 2, 4.4, 81.0, True),
        events.Scored(4.5, 2, 1.25, 0.75, 0.25, 0.0, 0.0, 0.0, 0.75, best=True),
        events.Sample(5.0, 2, "Tea", "Tea\nmint\nBoil."),
        events.CheckpointSaved(6.0, 4, "checkpoints/step-00000004"),
        events.Paused(6.5, 4),
        events.Continued(6.7, 4),
        events.ScheduleChanged(6.8, 4, 10, 20, "cosine"),
        events.TrackerFailed(6.9, 4, "csv", "disk full"),
        events.Ended(7.0, 4, "stopped", "asked to stop"),
        events.Notified(7.1, 4, "webhook", "no route"),
    ):
        log.append(event)
    log.close()
    (run / paths.RUN_CONFIG).write_text(CONFIG)
    (checkpoint / paths.TRAINING_PROGRESS).write_text(json.dumps({"step": 4, "tokens": 256, "best_step": 2}))
    (checkpoint / "model.safetensors").write_bytes(b"weights")
    write_hashes(checkpoint)
    return run


def run_readers(folder: Path) -> list[Reader]:
    """Return the readers of a run's files."""

    def reader(name: str, read: Callable[[Path], object], tested: int = 300, inside: str = "") -> Reader:
        run = make_run(folder / name.replace("/", " "))
        path = run / inside / name
        if not path.exists():
            path.write_text(json.dumps({"request": "pause"}))
        return file_reader(name, path, path.read_bytes(), lambda _: read(run), tested)

    def listed(run: Path) -> None:
        for found in list_runs(run.parent):
            str(found)
        active_run(run.parent)
        list_stores(run.parent)
        RunManifest.read(run)

    def launched(run: Path) -> None:
        (run / paths.RUN_MANIFEST).unlink(missing_ok=True)
        listed_only = list_runs(run.parent)
        assert len(listed_only) == 1
        active_run(run.parent)
        Launch.load(run)

    def logged(run: Path) -> None:
        list_runs(run.parent)
        active_run(run.parent)
        for bulk in (0, 2**30):
            tail = LogTail(run / paths.EVENTS, bulk=bulk)
            for event in tail.poll():
                summary(event).encode("utf-8", "surrogatepass")
            tail.draw()
            assert tail.log.curves is not None

    def controlled(run: Path) -> None:
        assert Control(run).requested in ("continue", "pause", "stop", "stop_now")

    def configured(run: Path) -> None:
        text = (run / paths.RUN_CONFIG).read_text("utf-8", "replace")
        difference_text([SimpleNamespace(name=name, config=one) for name, one in (("a", text), ("b", CONFIG))])
        again = run / "again.toml"
        config = load_config(run / paths.RUN_CONFIG)
        again.write_text(config.to_toml(), encoding="utf-8")
        assert load_config(again) == config

    def checkpoint(run: Path) -> None:
        for found in complete_checkpoints(run):
            damaged_file(found)
            best_step(found)

    checkpoints = f"{paths.CHECKPOINTS}/step-00000004"
    return [
        reader(paths.RUN_MANIFEST, listed),
        reader(paths.LAUNCH, launched),
        reader(paths.EVENTS, logged, tested=100),
        reader(paths.CONTROL, controlled),
        reader(paths.RUN_CONFIG, configured),
        reader(paths.COMPLETE, checkpoint, inside=checkpoints),
        reader(paths.TRAINING_PROGRESS, checkpoint, inside=checkpoints),
        reader(paths.WORKER_LOG, last_words),
    ]
