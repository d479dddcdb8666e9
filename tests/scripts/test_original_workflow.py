"""The two scripts of the original workflow, run as people run them: train on files, then write a recipe."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from recipe_tui.core.paths import SAMPLE_MODEL, SAMPLE_RECIPES

SCRIPTS = Path(__file__).parents[2] / "scripts"
TINY = [
    "model.initialize=random",
    "model.n_layer=1",
    "model.n_embd=16",
    "model.n_head=2",
    "data.block_size=64",
    "training.max_steps=2",
    "training.sample_every=0",
]


IN_ONE_PROCESS = """
import json, runpy, sys
for script, *arguments in json.loads(sys.argv[1]):
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
    print("--")
    print("--", file=sys.stderr)
"""
"""Runs one script after the other as programs, in one process, because most of the time is spent in importing."""


@dataclass(frozen=True)
class Done:
    """What the scripts said on stdout and stderr, one after the other, and the code that the last one ended with."""

    out: list[str]
    err: list[str]
    code: int


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Train, write a recipe with the model, and train on a file that does not exist, which ends the process."""
    folder = tmp_path_factory.mktemp("workflow")
    output = str(folder / "output")
    settings = ["--data", str(SAMPLE_RECIPES), "--model", str(SAMPLE_MODEL), "--output", output, "--set", *TINY]
    controls = ["generation.max_new_tokens=5", "generation.seed=1"]
    prompt = ["--title", "Leek Soup", "--ingredients", "2 leeks", "salt"]
    programs = [
        [str(SCRIPTS / "Train_Recipes.py"), *settings],
        [str(SCRIPTS / "Generate_Recipes.py"), "--output", output, *prompt, "--set", *controls],
        [str(SCRIPTS / "Train_Recipes.py"), "--data", str(folder / "nowhere.jsonl")],
    ]
    command = [sys.executable, "-c", IN_ONE_PROCESS, json.dumps(programs)]
    process = subprocess.run(command, capture_output=True, text=True)
    return Done(process.stdout.split("--\n"), process.stderr.split("--\n"), process.returncode)


def test_training_says_the_loss_and_where_the_model_is_and_writing_takes_that_model(done: Done) -> None:
    assert len(done.out) == 3, done.err
    said, written, _ = done.out

    assert "validation loss" in said
    model = Path(said.rstrip().splitlines()[-1].removeprefix("The model is in "))
    assert (model / "model.safetensors").is_file()
    assert written.split("\n")[1:5] == ["Leek Soup", "", "- 2 leeks", "- salt"]


def test_an_error_is_one_line(done: Done) -> None:
    assert done.code == 1
    assert done.err[-1].startswith("error: ")
    assert len(done.err[-1].splitlines()) == 1
