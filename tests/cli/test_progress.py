"""Progress on a terminal: a bar for each stage, and nothing from the outside that acts on the screen."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.runs.events import Ended, MemoryProbed, Merged, NotMerged, Quantized, Started, Step


@pytest.fixture
def terminal() -> Terminal:
    terminal = Terminal()
    terminal.messages = Console(file=io.StringIO(), force_terminal=True, width=120, markup=False, highlight=False)
    return terminal


def shown(terminal: Terminal) -> str:
    stream = terminal.messages.file
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_a_stage_that_never_told_its_end_is_done_when_the_next_begins(terminal: Terminal) -> None:
    with ProgressView(terminal) as view:
        view.build(BuildProgress("read", 50))
        view.build(BuildProgress("find duplicates", 0, 100))
        view.build(BuildProgress("write", 7, 7))
    last = shown(terminal).rpartition("reading recipes")[2]
    assert "50/50" in last
    assert "100/100" in last
    assert "7/7" in last


def test_where_no_bar_can_be_drawn_it_is_said_once_that_a_build_is_resumed() -> None:
    terminal = Terminal()
    terminal.messages = Console(file=io.StringIO(), width=120, markup=False, highlight=False)
    note = "resuming after 1,200,000 recipes"
    with ProgressView(terminal) as view:
        view.build(BuildProgress("resume", 1024, 1_200_000, note))
        view.build(BuildProgress("read", 1_201_024, note=note))
        view.build(BuildProgress("find duplicates"))
    assert shown(terminal).splitlines() == [
        note,
        "skipping recipes that are prepared",
        "reading recipes",
        "finding duplicates",
    ]


def test_a_training_that_stops_early_stays_where_it_stopped(terminal: Terminal) -> None:
    with ProgressView(terminal) as view:
        view.training(Started(0.0, 0, 40, 10.0, 1000, 20, 64))
        view.training(MemoryProbed(0.5, 0, 1, 1, 10**9, 2 * 10**9))
        view.training(Step(1.0, 4, 0.1, 2.5, 1e-3, 1.0, 60, 1234.0, 10**9, None, 3725.0))
        view.training(Ended(2.0, 4, "stopped", "asked [bold]to\x1b[2J stop"))
    text = shown(terminal)
    assert "4/40" in text.rpartition("training")[2]
    assert "loss 2.5000" in text
    assert "memory: 1.00 GB at the peak of a probe, 2.00 were planned (1 block at once)" in text
    assert "1h 02m left" in text
    assert "asked [bold]to\\x1b[2J stop" in text


def test_what_integers_and_merging_cost_is_said(terminal: Terminal) -> None:
    with ProgressView(terminal) as view:
        view.training(Quantized(0.0, 0, "int4", 538_000_000, 175_000_000, 10.0, 12.5, 900.0, 600.0))
        view.training(Merged(0.0, 9, 7.25, 7.5))
        view.training(NotMerged(0.0, 9, 32_000_000_000, 8_000_000_000))
    text = " ".join(shown(terminal).split())
    assert "int4: weights 175 MB in the place of 538; held-out perplexity 12.50, with floats 10.00" in text
    assert "600 tokens/s, with floats 900. Warning: that is a large loss in quality; int8 or floats would" in text
    assert "adapter merged: held-out perplexity 7.50, before that 7.25" in text
    assert "float weights take 32.0 GB, and 8.0 GB are free" in text


def test_a_training_that_ends_by_time_shows_how_much_of_it_is_over(terminal: Terminal) -> None:
    with ProgressView(terminal) as view:
        view.training(Started(0.0, 0, 0, 10.0, 1000, 20, 64, max_minutes=10.0, kernels="oneDNN on"))
        view.training(Step(1.0, 4, 0.1, 2.5, 1e-3, 1.0, 60, 1234.0, 10**9, None, 300.0, 0.5))
    text = shown(terminal)
    assert "started: 10 minutes in all, 20 blocks, 1,000 parameters; oneDNN on" in text
    assert "50/100" in text
    assert "5m 00s left" in text
