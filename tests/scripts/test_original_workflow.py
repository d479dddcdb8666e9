"""The two scripts of the original workflow, run as people run them: train on files, then write a recipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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


BOTH = """
import json, runpy, sys
for script, *arguments in json.loads(sys.argv[1]):
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
    print("--")
"""
"""Runs one script after the other as programs, in one process, because most of the time is spent in importing."""


def test_training_says_the_loss_and_where_the_model_is_and_writing_takes_that_model(tmp_path: Path) -> None:
    output = str(tmp_path / "output")
    settings = ["--data", str(SAMPLE_RECIPES), "--model", str(SAMPLE_MODEL), "--output", output, "--set", *TINY]
    controls = ["generation.max_new_tokens=5", "generation.seed=1"]
    prompt = ["--title", "Leek Soup", "--ingredients", "2 leeks", "salt"]
    programs = [
        [str(SCRIPTS / "Train_Recipes.py"), *settings],
        [str(SCRIPTS / "Generate_Recipes.py"), "--output", output, *prompt, "--set", *controls],
    ]
    done = subprocess.run([sys.executable, "-c", BOTH, json.dumps(programs)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, written, _ = done.stdout.split("--\n")

    assert "validation loss" in said
    model = Path(said.rstrip().splitlines()[-1].removeprefix("The model is in "))
    assert (model / "model.safetensors").is_file()
    assert written.split("\n")[1:5] == ["Leek Soup", "", "- 2 leeks", "- salt"]


def test_an_error_is_one_line(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.jsonl")
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "Train_Recipes.py"), "--data", missing], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
