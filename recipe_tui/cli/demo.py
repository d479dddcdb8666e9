"""``recipe-tui demo``: the whole chain on the bundled sample."""

from __future__ import annotations

import time
from typing import Any

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.data import build_blocks, describe_store, show_ledger
from recipe_tui.cli.generate import describe_recipe, write_recipes
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal
from recipe_tui.cli.train import STOPPED, run_training, show_result
from recipe_tui.core.config import Config
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE, sample_config


@command("top", load=sample_config)
def demo(terminal: Terminal, config: Config) -> Outcome:
    """Train a small GPT-2 on the bundled recipes, and let it write one. Needs no hub and asks nothing."""
    started = time.perf_counter()
    terminal.say("1 of 3: recipes into blocks")
    with ProgressView(terminal) as progress:
        store = build_blocks(config, progress)
    value: dict[str, Any] = {"data": describe_store(store, time.perf_counter() - started)}
    if not terminal.as_json:
        show_ledger(terminal, store)
    terminal.say("2 of 3: training")
    config = config.model_copy(update={"data": config.data.model_copy(update={"store": store.path})})
    result = run_training(terminal, config)
    show_result(terminal, result)
    value["train"] = result
    if result.state == "stopped":
        return Outcome(value | {"generate": []}, STOPPED)
    terminal.say("3 of 3: a new recipe; the model is given the title and the ingredients")
    from recipe_tui.core.generation.generator import Prompt

    written = write_recipes(terminal, result.run, Prompt(SAMPLE_TITLE, SAMPLE_INGREDIENTS), config.generation)
    terminal.say(f"another one: recipe-tui generate --model {result.run} --title TITLE --ingredient LINE ...")
    return Outcome(value | {"generate": [describe_recipe(one) for one in written]})
