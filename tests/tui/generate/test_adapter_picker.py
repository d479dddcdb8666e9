"""Adapters in the generation screen: chosen, switched to, remembered; and loading that is stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.dialogs.choose import ChooseDialog
from recipe_tui.tui.generate.history import read_history
from tests.tui.conftest import SIZES, normalised
from tests.tui.generate.conftest import ADAPTERS, BASE, Bench, FakeClient
from tests.tui.generate.test_screen import SOUP, settled, show, status, until, write
from tests.tui.pilot import notices

SOUPS, CAKES, _ = (one.name for one in ADAPTERS)


def bench(output: Path, client: FakeClient | None = None, model: str = SOUPS) -> Bench:
    client = client or FakeClient()
    client.adapters = ADAPTERS
    return Bench(output, client, last_model=model)


@pytest.fixture
def app(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def choose(pilot: Pilot[None], app: Bench, words: str) -> None:
    """Choose an adapter by a part of its name, and wait until it writes."""
    await pilot.press("ctrl+g")
    await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
    before = len(app.client.switches)
    await pilot.press(*words, "enter")
    await until(pilot, lambda: len(app.client.switches) > before)
    await settled(pilot)


def panel(app: Bench) -> str:
    return str(app.generate.query_one("#model").render())


def test_an_adapter_is_chosen_and_switched_to_without_loading_again(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await choose(pilot, app, "cakes")
        assert app.client.loads == [SOUPS]
        assert app.client.switches == [CAKES]
        assert app.generate.settings.model == CAKES
        assert panel(app) == "cakes adapter over base"
        assert status(app).startswith("cakes adapter over base writes now · rank 16 on c_attn, c_fc, c_proj")
        await write(pilot, app, "f5")
        assert app.client.loads == [SOUPS]
        assert app.generate.view.session is not None
        assert app.generate.view.session.request.model == CAKES

    show(app, body)


def test_the_base_writes_without_an_adapter(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await choose(pilot, app, "none")
        assert app.client.switches == [BASE]
        assert panel(app) == "base"
        assert status(app).startswith("base writes now · float32 weights")

    show(app, body)


def test_the_one_that_writes_is_marked_and_choosing_it_changes_nothing(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(CAKES)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        options = app.screen.query_one(OptionList)
        lines = [str(options.get_option_at_index(place).prompt) for place in range(options.option_count)]
        assert lines == [
            "none  base itself",
            "soups adapter  rank 8 on c_attn",
            "cakes adapter  rank 16 on c_attn, c_fc, c_proj · writes now",
            "cakes@200  rank 16 on c_attn, c_fc, c_proj",
        ]
        assert options.highlighted == 2
        await pilot.press("enter")
        await settled(pilot)
        assert app.client.switches == []

    show(app, body)


def test_a_text_of_the_history_is_written_again_by_its_adapter(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await write(pilot, app, "f5")
        await choose(pilot, app, "cakes adapter")
        app.generate.editor.prompt = Prompt("Plum Cake")
        await write(pilot, app, "f5")
        cake, soup = read_history(app.generate.history)
        assert (cake.asked.model, soup.asked.model) == (CAKES, SOUPS)
        assert "soups adapter" in soup.note
        app.generate.reopen(soup.reopened())
        await write(pilot, app, "ctrl+r")
        assert app.client.switches == [CAKES, SOUPS]
        assert app.client.asked[-1][0] == SOUP

    show(app, body)


def test_without_adapters_it_says_so(tmp_path: Path) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+g")
        await until(pilot, lambda: bool(notices(app)))
        assert "There are no adapters over 0412" in notices(app)[0]

    show(app, body)


def test_while_a_text_is_written_no_adapter_is_chosen(tmp_path: Path) -> None:
    app = bench(tmp_path, FakeClient(held=2))

    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await pilot.press("f5")
        await until(pilot, lambda: len(app.generate.view.output.tokens) == 2)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: any("It is writing" in one for one in notices(app)))
        assert not isinstance(app.screen, ChooseDialog)
        await write(pilot, app, "escape")

    show(app, body)


@pytest.mark.parametrize("key", ["f5", "ctrl+g"])
def test_escape_stops_loading_and_the_next_text_loads_again(app: Bench, key: str) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        app.client.loading = asyncio.Event()
        await pilot.press(key)
        await until(pilot, lambda: status(app) == "Loading soups… Esc stops it.")
        await pilot.press("escape")
        await until(pilot, lambda: status(app).startswith("Loading was stopped, and nothing is loaded"))
        assert app.client.abandoned
        assert not app.generate.controller.is_busy
        assert app.client.asked == []
        app.client.loading = None
        await write(pilot, app, "f5")
        assert app.client.loads == [SOUPS, SOUPS]
        assert len(app.client.asked) == 1

    show(app, body)


def test_other_weights_are_chosen_remembered_and_loaded(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await write(pilot, app, "f5")
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await pilot.press(*"int8", "enter")
        await settled(pilot)
        assert app.generate.query_one("#model").border_title == "Model, int8 weights"
        assert app.settings.weights == "int8"
        await write(pilot, app, "f5")
        assert app.client.loads == [SOUPS, SOUPS]
        asked = read_history(app.generate.history)[0].asked
        assert (asked.precision, asked.quantization) == ("float32", "int8")
        app.generate.reopen(read_history(app.generate.history)[1].reopened())
        assert app.generate.query_one("#model").border_title == "Model"

    show(app, body)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_choice_of_an_adapter(app: Bench, size: tuple[int, int], picture) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.choose_model(SOUPS)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"adapters-{size[0]}x{size[1]}")

    show(app, body, size=size)
