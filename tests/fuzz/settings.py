"""What the workbench keeps in the user's XDG folders, and what comes to it and to the command line as text."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from recipe_tui.core.config import GenerationConfig, load_config, problems
from recipe_tui.core.generation.prompt_batch import BatchFile
from recipe_tui.core.queue.add import config_of, entries_of
from recipe_tui.core.queue.file import QueueFile
from recipe_tui.core.queue.grid import grid
from recipe_tui.core.runs.workspaces import known_workspaces
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.prompt_file import read_prompts
from recipe_tui.tui.generate.generation_session import Draft, GenerationRequest, GenerationSession, Token
from recipe_tui.tui.generate.history import append, entry_of, read_history
from recipe_tui.tui.keymap import check_keys
from recipe_tui.tui.settings import Settings, load_settings, save_settings
from recipe_tui.tui.train.fields import values_of
from recipe_tui.tui.train.form_presets import load_draft, save_draft
from recipe_tui.tui.train.queue_dialog import entry_line
from recipe_tui.workers.protocol import Text
from tests.fuzz.harness import Reader, file_reader

PROMPTS = (
    ("prompts.csv", b'title,ingredients,tags,servings\n"Leek\nSoup","2 leeks; salt","hot, soup",4\n'),
    ("prompts.jsonl", b'{"title": "Tea", "ingredients": ["mint"], "time": "5 min"}\n{"prompt": "Once"}\n'),
    ("prompts.txt", b"Tea\nToast\n"),
)
"""Files of prompts."""


def settings_readers(folder: Path) -> list[Reader]:
    """Return the readers of settings, history, the form's draft, and settings of the command line."""
    folder.mkdir()
    kept = Settings(theme="nord", smoothing=0.5, keys={"train.pause": "w"}, weights="int8", last_model="gpt2")
    (folder / "history").mkdir()
    history = folder / "history" / "history.jsonl"
    text = Text("Tea\nmint\nBoil.", "Tea", ("mint",), ("Boil.",), "stop", 3, 20.0, 5)
    for prompt in (Prompt("Tea", ("mint",), tags=("hot",)), Prompt(text="Tea")):
        request = GenerationRequest("gpt2", prompt, GenerationConfig(seed=5), (Token("a", 4, 0.5),))
        append(history, entry_of(GenerationSession(request, [Draft([Token("Tea", 1, 0.5)], None, text)]), 1.7e9))
    save_draft({"training.epochs": "3", "model.name": "gpt2", "data.source": "a.jsonl"}, folder / "new-run.json")

    queue = QueueFile(folder / "queue.json")
    with queue.changing() as change:
        for entry in entries_of(None, ["data.source=a.jsonl"], ["lr=1e-4,3e-4"], now=1.7e9):
            change.queue = change.queue.add(entry)

    def settings(where: Path) -> None:
        found, problem = load_settings(where / "settings.toml")
        assert problem is None or "\n" not in problem
        check_keys(found.keys)
        save_settings(found, where / "again.toml")
        assert load_settings(where / "again.toml")[0] == found

    def entries(where: Path) -> None:
        for entry in read_history(where / "history.jsonl"):
            entry.label, entry.note  # noqa: B018
            entry.reopened()

    def draft(where: Path) -> None:
        if (texts := load_draft(where / "new-run.json")) is not None:
            problems(values_of(texts))

    def single_settings(_: str, data: bytes) -> None:
        load_config(None, data.decode("utf-8", "surrogateescape").split("\n"))

    def waiting(where: Path) -> None:
        for entry in QueueFile(where / "queue.json").read().entries:
            entry_line(entry)
            config_of(entry)

    def prompts(path: Path, data: bytes) -> None:
        path.write_bytes(data)
        for found in read_prompts(path):
            assert found.line > 0

    def grids(_: str, data: bytes) -> None:
        grid(data.decode("utf-8", "surrogateescape").split("\n"))

    lines = b'training.epochs=3\ndata.layout=plain\nmodel.name="gpt2"\ntraining.sample_ingredients=["a", "b"]'
    return [
        file_reader("settings", folder / "settings.toml", tomli_w.dumps(kept.model_dump(exclude_none=True)).encode(),
                    settings),
        file_reader("history", history, history.read_bytes(), entries),
        file_reader("draft of the form", folder / "new-run.json", (folder / "new-run.json").read_bytes(), draft),
        Reader("--set", (("", lines),), single_settings),
        Reader("--grid", (("", b"learning_rate=1e-4,3e-4 x rank=8,16\ntarget_modules=[\"a\"],[\"b\"]"),), grids),
        file_reader("queue", queue.path, queue.path.read_bytes(), waiting),
        file_reader("workspaces", folder / "workspaces.json", b'[{"path": "/runs", "used": 1.7e9}]',
                    lambda where: known_workspaces(where / "workspaces.json") and None),
        Reader("prompts", PROMPTS, lambda name, data: prompts(folder / name, data)),
        file_reader("texts of prompts", folder / "texts.jsonl", b'{"key": "a"}\n{"key": "b"}\n',
                    lambda where: BatchFile(where / "texts.jsonl") and None),
    ]  # fmt: skip
