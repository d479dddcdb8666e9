"""Makes the pictures of the README from real runs on the bundled sample: ``python -m tests.pictures [FOLDER]``.

It trains twice, unless the runs are in FOLDER already: a small GPT-2 from random weights, whose curves are shown, and
an adapter on SmolLM2, which writes. Then it uses the workbench by its keys. Ten minutes on two idle cores are plenty.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.paths import SAMPLE_RECIPES
from recipe_tui.sample import ADAPTER_SETTINGS, SAMPLE_INGREDIENTS, SAMPLE_SETTINGS, SAMPLE_TITLE
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.app_messages import ModelChosen
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.tui.train.screen import TrainScreen
from tests.tui.conftest import normalised
from tests.tui.pilot import shown

PICTURES = Path(__file__).parent
OUTPUT = Path("output")
SIZE = (120, 40)
CURVES, WRITER = "sample-small", "sample-smollm2"
SMALL = ("--model", "gpt2-2x64", "--tokenizer", "new:1024", "--epochs", "6", "--set", "training.evaluate_every=20")
TRAININGS = {CURVES: (SAMPLE_SETTINGS, *SMALL), WRITER: (ADAPTER_SETTINGS,)}
TIMEOUT = 900.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the runs are kept; a temporary folder unless given")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (parser.parse_args().folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE")}
        os.environ["PYTHONPATH"] = str(PICTURES.parent.parent)
        os.chdir(folder)
        for run, arguments in TRAININGS.items():
            if not (OUTPUT / run / paths.FINISHED_MODEL).is_dir():
                command = [sys.executable, "-m", "recipe_tui", "train", *map(str, arguments)]
                subprocess.run([*command, "--source", SAMPLE_RECIPES, "--output", OUTPUT, "--run", run], check=True)
        asyncio.run(draw())


async def draw() -> None:
    """Draw the training screen, the generation screen and the dataset screen."""
    app = Workbench(OUTPUT)
    async with app.run_test(size=SIZE) as pilot:
        train = app.screen
        assert isinstance(train, TrainScreen)
        train.choose_run(CURVES)
        await until(lambda: train.view is not None and "FINISHED" in shown(app).upper())
        await pilot.press("t")  # the log, which says more than the samples of so small a model
        await keep(pilot, "train")
        app.post_message(ModelChosen(str(OUTPUT / WRITER)))
        await until(lambda: isinstance(app.screen, GenerateScreen) and WRITER in shown(app))
        generate = app.screen
        assert isinstance(generate, GenerateScreen)
        generate.settings.set_config(load_config(OUTPUT / WRITER / paths.RUN_CONFIG).generation)
        await pilot.press(*SAMPLE_TITLE, "tab")
        for line in SAMPLE_INGREDIENTS:
            await pilot.press(*line, "enter")
        await pilot.press("ctrl+t", "f5")
        await until(lambda: "tokens/s · " in shown(app) and not generate.controller.is_busy)
        await keep(pilot, "generate")
        await pilot.press("f4")
        await until(lambda: "Block 0:" in shown(app))
        await keep(pilot, "dataset")


async def keep(pilot: Pilot[None], name: str) -> None:
    """Write the picture of the screen once it is drawn."""
    for _ in range(5):
        await pilot.pause()
    picture = PICTURES / f"{name}.svg"
    picture.write_text(normalised(pilot.app.export_screenshot(title="recipe-tui")), encoding="utf-8")
    print(picture)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    main()
