"""The process that draws never imports what computes: proved on the running workbench, not on its sources."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.config import DataConfig
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Started, Step, Validation
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.text.tokenizer import load_tokenizer

HEAVY = ("tensorflow", "keras", "jax", "transformers", "datasets", "torch")

OWN = ("recipe_tui.core.model", "recipe_tui.core.generation")

VISIT = """
import asyncio, sys
from pathlib import Path
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.error import ErrorDialog

async def visit():
    app = Workbench(Path(sys.argv[1]))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.watch_run("0412")
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        await pilot.press("escape", "f3")
        await pilot.pause()
        app.write_with(str(Path(sys.argv[1]) / "0412"))
        await pilot.pause()
        await pilot.press("f4")
        await pilot.pause()
        app.look_at(Path(sys.argv[2]), 0)
        for _ in range(20):
            await pilot.pause()
        for key in ("question_mark", "f9", "ctrl+p"):
            await pilot.press(key)
            await pilot.pause()
            await pilot.press("escape")
        for dialog in (
            ErrorDialog("message", "hint", "traceback"), ConfirmDialog("sure?"), AskDialog("what?"),
            ChooseDialog("which?", [Choice("this", 1)]),
        ):
            app.push_screen(dialog)
            await pilot.pause()
            await pilot.press("escape")
        await pilot.pause()

asyncio.run(visit())
print("\\n".join(sorted(sys.modules)))
"""


def test_the_workbench_imports_nothing_that_computes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=128, validation_fraction=0.02)
    build_store(config, store, load_tokenizer(paths.SAMPLE_MODEL, "sections"))
    _make_run(tmp_path / "output" / "0412", store)
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(tmp_path / "output"), str(store)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    modules = done.stdout.split()
    assert "recipe_tui.tui.dataset.screen" in modules, "the screens were not visited"
    heavy = [name for name in modules if name.split(".")[0] in HEAVY or name.startswith(OWN)]
    assert heavy == []


def _make_run(run: Path, store: Path) -> None:
    (run / paths.CHECKPOINTS).mkdir(parents=True)
    now = time.time()
    RunManifest(
        name=run.name,
        created=now,
        model=str(paths.SAMPLE_MODEL),
        store=str(store),
        data="d",
        tokenizer="t",
        config="c",
        code="o",
    ).write(run)
    (run / paths.RUN_CONFIG).write_text("[training]\nepochs = 1\n", encoding="utf-8")
    log = EventLog(run / paths.EVENTS)
    log.append(Started(now, step=0, total_steps=20, steps_per_epoch=10, parameters=1, blocks=10, tokens_per_step=512))
    for step in range(1, 21):
        log.append(Step(now + step, step, step / 10, 9.0 / step, 1e-3, 1.0, 500, 1000.0, 10**9, None, None))
    log.append(Validation(now + 21, 20, 2.0, 7.4, True))
    log.append(Ended(now + 22, 20, "finished", "all steps done"))
    log.close()
