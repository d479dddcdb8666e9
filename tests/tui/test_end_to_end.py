"""The workbench as a person meets it: a process in a terminal, and keys."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.tui.terminal import Terminal

RECIPE_TUI = [sys.executable, "-m", "recipe_tui"]


@pytest.fixture
def no_survivors(tmp_path: Path) -> Iterator[None]:
    """End the trainings that a failed test leaves: they outlive their workbench."""
    yield
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(tmp_path):
                process.kill()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_the_workbench_opens_shows_its_screens_and_help_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with Terminal(RECIPE_TUI, tmp_path, size) as terminal:
        terminal.wait_for("[1 Train]")
        terminal.press("f9")
        terminal.wait_for("Updates a second")
        terminal.press("escape")
        terminal.wait_for(lambda text: "Updates a second" not in text)
        terminal.press("2")
        terminal.wait_for("[F3 Generate]")
        terminal.press("f4")  # the digits belong to a field that is written in
        terminal.wait_for("[3 Dataset]")
        terminal.press("f2")
        terminal.wait_for("[1 Train]")
        terminal.press("?")
        terminal.wait_for("Help: keys of this screen")
        terminal.press("escape")
        terminal.wait_for(lambda text: "Help: keys" not in text)
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert terminal.restored


def test_a_terminal_that_becomes_too_small_says_so_and_one_that_grows_shows_the_screen_again(tmp_path: Path) -> None:
    with Terminal(RECIPE_TUI, tmp_path) as terminal:
        terminal.wait_for("[1 Train]")
        terminal.resize(50, 12)
        terminal.wait_for("Terminal too small: 50x12")
        terminal.resize(80, 24)
        terminal.wait_for("[1 Train]")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0


def test_in_ascii_and_without_colour_no_drawing_character_and_no_colour_is_sent(tmp_path: Path) -> None:
    with Terminal([*RECIPE_TUI, "--ascii", "--no-mouse"], tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("[1 Train]")
        terminal.press("ctrl+p")
        terminal.wait_for("Fill in the form")
        terminal.press("escape")
        terminal.wait_for(lambda text: "Fill in the form" not in text)
        terminal.press("?")
        terminal.wait_for("Help: keys of this screen")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert terminal.received.decode().isascii()
        colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.received)
        assert all(red == green == blue for red, green, blue in colours)
        assert b"\x1b[?1000h" not in terminal.received  # no mouse either


def test_a_settings_file_that_is_not_understood_is_said_and_survived(tmp_path: Path) -> None:
    settings = tmp_path / "config" / "recipe-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('theme = "[red]no such"\nascii = "perhaps"\n[keys]\n"train.fly" = "q"\n', encoding="utf-8")
    with Terminal(RECIPE_TUI, tmp_path, environment={"XDG_CONFIG_HOME": str(tmp_path / "config")}) as terminal:
        terminal.wait_for("train.fly: no such action")
        # Where the line breaks depends on the length of the path before it.
        terminal.wait_for(lambda text: "understooddefaults" in re.sub(r"\W", "", text))
        terminal.press("ctrl+q")
        assert terminal.wait() == 0


@pytest.mark.usefixtures("no_survivors")
def test_from_nothing_to_a_trained_sample_model_and_a_written_recipe_by_keys_alone(tmp_path: Path) -> None:
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    with Terminal(RECIPE_TUI, tmp_path, (120, 40), folders) as terminal:
        terminal.wait_for("[1 Train]")
        terminal.press("n")
        terminal.wait_for("Bundled sample")
        terminal.press("up", "up", "64")  # shorter blocks: the steps of the sample's own take seconds
        terminal.wait_for(lambda text: re.search(r"block size\s+64", text) is not None)
        terminal.press("f5")
        terminal.wait_for("RUNNING", 240)
        terminal.wait_for(lambda text: re.search(r"step\s+[1-9]", text) is not None, 240)
        terminal.press("x")
        terminal.wait_for("STOPPED", 240)
        terminal.press("g")
        terminal.wait_for("[F3 Generate]")
        terminal.wait_for("Ingredients")
        terminal.press("Tomato Soup")
        terminal.wait_for("Tomato Soup")
        terminal.press("f5")
        terminal.wait_for(lambda text: re.search(r"\d tok", text) is not None, 240)
        terminal.press("escape")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert terminal.restored
