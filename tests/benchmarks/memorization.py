"""What each means against memorization does: one small model, trained alike on the same recipes, one setting changed.

``python -m tests.benchmarks.memorization --source epicurious.jsonl --minutes 10`` trains the model from random weights
once for each of `SETTINGS` with the same number of steps, evaluates it, and prints a table and the command of each row:
the loss on training recipes and on held-out ones (whole recipes, no dropout, nats per token), the gap between them, and
overlap, longest copied span, extraction and coverage as ``recipe-tui evaluate`` measures them.

It runs ``recipe-tui`` as a user does. What is done is kept below ``--output``, with the table as ``memorization.json``;
the same command continues where it was stopped. It measures an inner part besides, the likelihood of training recipes.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core import Recipe, paths, read_recipes

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "dropout 0.1": ("model.dropout=0.1",),
    "weight decay 0.1": ("training.weight_decay=0.1",),
    "goldfish loss, k = 4": ("training.goldfish_k=4",),
    "early stopping": ("training.early_stopping_patience=3", "training.final_weights=best"),
    "near duplicates kept": ("data.near_duplicates=keep",),
}
"""What is set besides `COMMON`, by the name of the row; near duplicates are dropped in all rows but the last."""

COMMON = (
    *("model.initialize=random", "model.n_layer=4", "model.n_embd=256", "model.n_head=4", "model.dropout=0"),
    *("data.block_size=256", "data.validation_fraction=0.1", "data.test_fraction=0.1"),
    *("training.learning_rate=1e-3", "training.weight_decay=0", "training.batch_size=8", "training.sample_every=0"),
    *("training.final_weights=last", "training.keep_checkpoints=1", "training.epochs=1000"),
)

CALIBRATION_STEPS = 20
VALIDATIONS = 20
TRAINING_RECIPES = 200
"""Training recipes whose loss is computed."""

MEASURES = ("overlap_13", "overlap_20", "longest_span", "extraction", "coverage")


def command(arguments: argparse.Namespace, name: str, steps: int, settings: tuple[str, ...]) -> list[str]:
    """Return the command that trains a row of the table."""
    schedule = (f"training.max_steps={steps}", f"training.evaluate_every={max(steps // VALIDATIONS, 1)}")
    words = ["train", "--source", str(recipes_of(arguments)), "--output", str(arguments.output), "--run", name]
    words += ["--model", str(arguments.model)]
    for setting in {one.partition("=")[0]: one for one in (*COMMON, *schedule, *settings)}.values():
        words += ["--set", setting]
    return words


def recipe_tui(*words: str) -> Any:
    """Run a command, and return what it prints as JSON; its progress is shown."""
    line = [sys.executable, "-m", "recipe_tui", *words, "--json"]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"failed: recipe-tui {' '.join(words)}")
    return json.loads(done.stdout)


def recipes_of(arguments: argparse.Namespace) -> Path:
    """Return the file with the first recipes of the source, which is written once; the source itself for all."""
    if not arguments.recipes:
        return Path(arguments.source)
    path: Path = arguments.output / f"first-{arguments.recipes}.jsonl"
    if not path.is_file():
        arguments.output.mkdir(parents=True, exist_ok=True)
        recipes = islice(
            (one for one in read_recipes([arguments.source]) if isinstance(one, Recipe)), arguments.recipes
        )
        rows = ({"title": one.title, "ingredients": one.ingredients, "directions": one.steps} for one in recipes)
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def losses(run: Path) -> tuple[float, float]:
    """Return the mean loss per token over training recipes, and over held-out recipes, whole and without dropout."""
    from recipe_tui.core import BlockStore, Generator
    from recipe_tui.core.evaluation.likelihood import recipe_likelihoods
    from recipe_tui.core.evaluation.prompts import rows_of
    from recipe_tui.core.runs.folder import RunManifest

    store, generator = BlockStore.open(Path(RunManifest.read(run).store)), Generator.load(run)

    def mean(split: Any) -> float:
        rows = np.random.default_rng(0).permutation(rows_of(store, split))[:TRAINING_RECIPES].tolist()
        recipes = [store.recipe(row) for row in rows]
        found = [one for _, one in recipe_likelihoods(generator.decoder.model, generator.tokenizer, recipes)]
        return sum(one.nats for one in found) / sum(one.tokens for one in found)

    return mean("train"), mean("test")


def row_of(arguments: argparse.Namespace, setting: str, steps: int) -> dict[str, Any]:
    """Train a row of the table unless it is trained, and measure it."""
    name = "".join(letter if letter.isalnum() else "-" for letter in setting)
    words, run = command(arguments, name, steps, SETTINGS[setting]), arguments.output / name
    if not (run / paths.FINISHED_MODEL / paths.MODEL_CONFIG).is_file():
        started = (run / paths.RUN_MANIFEST).is_file()
        place = ["--output", str(arguments.output), "--run", name]
        recipe_tui(*(["train", "--resume", *place] if started else words))
    events = [json.loads(line) for line in (run / paths.EVENTS).read_text().splitlines()]
    evaluated = recipe_tui("evaluate", str(run), "--prompts", str(arguments.prompts), "--output", str(arguments.output))
    train_loss, held_out_loss = losses(run)
    model = evaluated["systems"]["model"]
    return {
        "setting": setting,
        "steps": max(one["step"] for one in events),
        "epochs": max(one["epoch"] for one in events if one["kind"] == "step"),
        "train_loss": train_loss,
        "held_out_loss": held_out_loss,
        "gap": held_out_loss - train_loss,
        **{measure: model[measure] for measure in MEASURES},
        "human_overlap_13": evaluated["systems"]["human"]["overlap_13"]["value"],
        "verdict": evaluated["verdict"],
        "command": f"recipe-tui {' '.join(words)}",
    }


def steps_of(arguments: argparse.Namespace) -> int:
    """Return the steps of each training, by a short one: as many as fit the minutes."""
    if arguments.steps:
        return int(arguments.steps)
    path: Path = arguments.output / "steps.json"
    if not path.is_file():
        name = "calibration"
        done = recipe_tui(*command(arguments, name, CALIBRATION_STEPS, ()))
        sizes = dict(setting.split("=") for setting in COMMON)
        per_step = int(sizes["training.batch_size"]) * int(sizes["data.block_size"])
        steps = max(math.floor(arguments.minutes * 60 * done["tokens_per_second"] / per_step), VALIDATIONS)
        path.write_text(json.dumps(steps))
    return int(json.loads(path.read_text()))


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table."""
    heads = ("setting", "epochs", "train loss", "held-out loss", "gap", "13-grams", "20-grams", "longest span")
    heads += ("extracted", "coverage")
    lines = [_line(heads), f"|{' --- |' * len(heads)}"]
    for row in rows:
        losses = (f"{row[key]:.2f}" for key in ("train_loss", "held_out_loss", "gap"))
        overlap_13, overlap_20, longest, extracted, coverage = (row[measure]["value"] or 0.0 for measure in MEASURES)
        shares = (f"{overlap_13:.1%}", f"{overlap_20:.1%}", f"{longest:.1f}", f"{extracted:.0%}", f"{coverage:.2f}")
        lines.append(_line((row["setting"], f"{row['epochs']:.1f}", *losses, *shares)))
    if rows:
        lines.append(f"\n13-grams of held-out human directions: {rows[0]['human_overlap_13'] or 0:.2%}")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Train and measure each row that is not kept, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, help="recipes, as for recipe-tui train")
    parser.add_argument("--recipes", type=int, default=0, help="only the first so many; 0: all")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each training, by the speed of a short one")
    parser.add_argument("--steps", type=int, help="of each training, in the place of --minutes")
    parser.add_argument("--prompts", type=int, default=100, help="held-out prompts")
    parser.add_argument("--model", type=Path, default=paths.SAMPLE_MODEL, help="tokenizer and settings of the model")
    parser.add_argument("--output", type=Path, default=Path("output/memorization"), help="folder of runs and table")
    parser.add_argument("--only", nargs="*", choices=tuple(SETTINGS), help="rows of the table")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    kept = arguments.output / "memorization.json"
    rows = json.loads(kept.read_text()) if kept.is_file() else []
    steps = steps_of(arguments)
    for setting in arguments.only or SETTINGS:
        if setting not in [row["setting"] for row in rows]:
            rows.append(row_of(arguments, setting, steps))
            kept.write_text(json.dumps(rows, indent=1) + "\n")
        print(table(rows), flush=True)
    for row in rows:
        print(f"{row['setting']}: {row['command']}")


if __name__ == "__main__":
    main()
