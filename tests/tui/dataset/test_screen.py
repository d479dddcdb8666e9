from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from recipe_tui.core.recipes.recipe import Recipe, Split
from recipe_tui.tui.actions import Tab
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.dataset import row_reader, screen
from recipe_tui.tui.dataset.block_list import BlockList
from recipe_tui.tui.dataset.block_view import BlockView
from recipe_tui.tui.dataset.clusters_page import ClustersPage
from recipe_tui.tui.dataset.opened import BlockPicture, OpenedStore, RowPicture
from recipe_tui.tui.dataset.page import Page
from recipe_tui.tui.dataset.screen import DatasetScreen
from recipe_tui.tui.settings import Settings, load_settings, settings_path
from tests.core.browsing.stores import RECIPES, make_store
from tests.tui.conftest import SIZES, normalised
from tests.tui.pilot import PlainScreen, notices, strips, until


class DatasetWorkbench(Workbench):
    """The workbench with plain screens beside that of the data."""

    def new_screen(self, tab: Tab) -> Screen[None]:
        return super().new_screen(tab) if tab == "dataset" else PlainScreen(tab)


class Session:
    """The workbench with the dataset screen in front, driven by keys."""

    def __init__(self, app: Workbench, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> DatasetScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, DatasetScreen))

    @property
    def blocks(self) -> BlockList:
        return self.screen.query_one(BlockList)

    @property
    def view(self) -> BlockView:
        return self.screen.query_one(BlockView)

    @property
    def status(self) -> str:
        return str(self.screen.query_one("#status", Static).content)

    @property
    def page(self) -> str:
        assert isinstance(self.app.screen, Page)
        return self.app.screen.content.plain

    def lines(self) -> str:
        """What is on the screen."""
        return "\n".join("".join(segment.text for segment in strip) for strip in strips(self.app))

    def squeezed(self) -> str:
        """What is on the screen, without the frames and spaces that lines are broken at."""
        return "".join(character for character in self.lines() if character.isprintable() and character not in " │")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        names = {"#": "number_sign", " ": "space", "<": "less_than_sign", "|": "vertical_line", "/": "slash"}
        await self.press(*(names.get(character, character) for character in text))

    async def settle(self) -> None:
        """Wait for threads and for what they tell. Workers that wait for a dialog are left alone."""
        for _ in range(3):
            await self.pilot.pause()
            waiting = [
                worker
                for worker in self.app.workers
                if worker._thread_worker and isinstance(worker.node, (DatasetScreen, Page, ClustersPage))
            ]
            if waiting:  # no worker would mean all of them
                await self.app.workers.wait_for_complete(waiting)
        await self.pilot.pause()


Check = Callable[[Session], Coroutine[Any, Any, None]]


def run(output: Path, check: Check, size: tuple[int, int] = (120, 40), settings: Settings | None = None) -> None:
    async def main() -> None:
        app = DatasetWorkbench(output, settings or Settings())
        async with app.run_test(size=size) as pilot:
            app.action_show_dataset()
            session = Session(app, pilot)
            await session.settle()
            await check(session)

    asyncio.run(main())


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, rows are waited for."""
    monkeypatch.setattr(row_reader, "TIMEOUT", 20)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder with the store made by hand."""
    make_store(tmp_path / "output" / "blocks" / "store")
    return tmp_path / "output"


def test_the_newest_store_is_shown_and_remembered(output: Path) -> None:
    async def check(session: Session) -> None:
        assert session.blocks.count == 4
        assert "Apple Pie" in session.lines()
        assert "Block 0: 8 tokens, 1 recipe" in session.lines()
        settings, problem = load_settings(settings_path())
        assert problem is None
        assert settings.last_store == str(output / "blocks" / "store")

    run(output, check)


def test_the_store_that_was_looked_at_last_comes_first(output: Path, tmp_path: Path) -> None:
    other = make_store(tmp_path / "other", (Recipe("Bean Stew", (), ()), *RECIPES[1:]))

    async def check(session: Session) -> None:
        assert session.screen.opened is not None
        assert session.screen.opened.store.path == other

    run(output, check, settings=Settings(last_store=str(other)))


def test_without_a_store_the_screen_says_what_to_do(tmp_path: Path) -> None:
    async def check(session: Session) -> None:
        assert "recipe-tui data build" in session.lines()
        for key in ("slash", "n", "g", "f", "s", "enter", "v", "r", "l", "t", "e", "d", "right_square_bracket"):
            await session.press(key)
            assert isinstance(session.app.screen, DatasetScreen), key

    run(tmp_path, check)


def test_rows_say_tokens_padding_other_recipes_and_what_goes_on_elsewhere(output: Path) -> None:
    async def check(session: Session) -> None:
        rows = [line.split("│")[1] for line in session.lines().splitlines() if "│" in line][:4]
        assert [row.split() for row in rows] == [
            ["0", "Apple", "Pie", "8", ">"],
            ["1", "Leek", "Soup", "8"],
            ["2", "Apple", "Pie", "+1", "8", "<>"],
            ["3", "Tea", "1+7", "<"],
        ]

    run(output, check)


def test_the_block_beside_the_list_follows_the_selection(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("j", "j")
        assert session.view.block is not None
        assert session.view.block.number == 2
        assert "continues from block 0" in session.lines()
        assert "continues in block 3" in session.lines()

    run(output, check)


def test_rows_on_a_slow_disk_hold_nothing_up_and_come_later(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, read = threading.Event(), OpenedStore.row

    def slow(store: OpenedStore, split: Split, number: int) -> RowPicture:
        disk.wait(20)
        return read(store, split, number)

    monkeypatch.setattr(OpenedStore, "row", slow)
    monkeypatch.setattr(row_reader, "TIMEOUT", 0)

    async def check(session: Session) -> None:
        assert "Leek Soup" not in session.lines()
        await session.press("down", "down")
        assert session.blocks.number == 2
        disk.set()
        await until(lambda: "Leek Soup" in session.lines())

    run(output, check, size=(80, 24))


def test_rows_that_cannot_be_read_say_so(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(store: OpenedStore, split: Split, number: int) -> RowPicture:
        raise ValueError("no row")

    monkeypatch.setattr(OpenedStore, "row", damaged)

    async def check(session: Session) -> None:
        assert session.lines().count("(cannot be read)") == 4

    run(output, check, size=(80, 24))


def test_a_held_key_goes_past_blocks_without_reading_them(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, read, numbers = threading.Event(), OpenedStore.picture, []

    def slow(store: OpenedStore, split: Split, number: int) -> BlockPicture:
        numbers.append(number)
        disk.wait(20)
        return read(store, split, number)

    monkeypatch.setattr(OpenedStore, "picture", slow)

    async def main() -> None:
        app = DatasetWorkbench(output, Settings())
        async with app.run_test(size=(120, 40)) as pilot:
            app.action_show_dataset()
            session = Session(app, pilot)
            await until(lambda: numbers == [0])
            await pilot.press("down", "down", "down")
            disk.set()
            await until(lambda: "Block 3" in session.lines())
            assert numbers == [0, 3]

    asyncio.run(main())


def test_moving_draws_the_frame_of_the_list_no_more(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(session: Session) -> None:
        pane = session.screen.query_one("#list_pane")
        drawn: list[object] = []
        monkeypatch.setattr(pane, "refresh", lambda *regions, **how: drawn.append(regions))
        await session.press("down")
        assert "Block 1" in session.lines()
        assert drawn == []

    run(output, check)


def test_on_a_small_terminal_enter_opens_the_block_and_escape_goes_back(output: Path) -> None:
    async def check(session: Session) -> None:
        assert "<|title|>" not in session.lines()
        await session.press("down", "enter")
        assert "<|title|>" in session.lines()
        assert "Apple Pie" not in session.lines()
        await session.press("escape")
        assert "Apple Pie" in session.lines()
        assert session.blocks.has_focus

    run(output, check, size=(80, 24))


def test_the_cursor_says_what_token_it_is_on(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("enter", "right")
        assert session.status == "token 1 of 8  id 5 Pie  title of recipe 1 Apple Pie"
        await session.press("down", "right")
        assert "id 7 flour  ingredients" in session.status
        await session.press("end")
        assert session.status.startswith("token 7 of 8  id 3 <|step|>  steps")
        await session.press("home", "left", "up")
        assert session.status.startswith("token 0 of 8")

    run(output, check)


def test_brackets_go_from_recipe_to_recipe(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("down", "down", "right_square_bracket")
        assert session.view.cursor == 4
        await session.press("right_square_bracket")
        assert session.view.cursor == 4
        await session.press("left_square_bracket")
        assert session.view.cursor == 0

    run(output, check)


def test_a_bracket_waits_for_the_block_that_is_still_being_read(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, read = threading.Event(), screen.read_block
    held.set()
    monkeypatch.setattr(screen, "read_block", lambda *arguments: held.wait(20) and read(*arguments))

    async def check(session: Session) -> None:
        held.clear()
        await session.pilot.press("down", "down", "right_square_bracket")
        held.set()
        await session.settle()
        assert session.view.block is not None
        assert (session.view.block.number, session.view.cursor) == (2, 4)

    run(output, check)


def test_v_goes_through_the_three_views(output: Path) -> None:
    async def check(session: Session) -> None:
        assert "[text]" in session.lines()
        await session.press("v")
        assert "[ids]" in session.lines()
        assert "Pie 5" in session.lines()
        await session.press("v")
        assert "[input→label]" in session.lines()
        assert "ignored: end of the block" in session.lines()
        await session.press("v")
        assert "[text]" in session.lines()

    run(output, check)


def test_r_shows_the_recipe_as_cleaned_with_repairs_and_fate(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("r")
        assert session.page.startswith("Apple Pie")
        assert "- flour" in session.page
        assert "1. Bake slowly." in session.page
        assert "kept, in train" in session.page
        assert "repaired: entities" in session.page
        await session.press("escape")
        assert isinstance(session.app.screen, DatasetScreen)

    run(output, check)


def test_l_shows_the_line_as_read_or_why_it_cannot(output: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def check(session: Session) -> None:
        await session.press("l")
        assert "recipes.jsonl" in session.page
        await session.press("escape")
        (tmp_path / "recipes.jsonl").write_text('{"title": "Leek"}\n{"title": "Apple \\u001b Pie"}\n')
        await session.press("l")
        assert session.page == 'line 2 of recipes.jsonl\n\n{"title": "Apple \\u001b Pie"}\n'

    run(output, check)


def test_t_counts_the_split(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("t")
        assert "train: 4 blocks, 25 tokens" in session.page
        assert "padding: 7 of 32 places (21.88%)" in session.page
        assert "vocabulary: 17 of 17 tokens are used, 0.0% never" in session.page
        assert "█" in session.page

    run(output, check)


def test_e_shows_the_ledger(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("e")
        rows = dict(line.rsplit(None, 1) for line in session.page.splitlines() if line and line[-1].isdigit())
        assert rows["records read"] == "4"
        assert rows["  near duplicate"] == "8"
        assert rows["padding"] == "7"
        assert rows["  entities"] == "1"

    run(output, check)


def test_d_shows_duplicates_side_by_side(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("d")
        assert isinstance(session.app.screen, ClustersPage)
        shown = session.lines()
        assert "1 clusters, 1 duplicates" in shown or "1 cluster" in shown
        assert "near duplicate 0.88" in shown
        [line] = [line for line in shown.splitlines() if "Boil." in line]
        assert "Boil!" in line
        assert "!" in line[line.index("Boil.") + 5 : line.index("Boil!")]

    run(output, check)


@pytest.mark.parametrize(
    ("where", "text", "hits"),
    [
        (0, "pie", [0, 2]),
        (0, "flour", []),
        (1, "flour", [0, 2]),
        (2, "Bake", [2]),
        (2, "#16", [2]),
        (2, "<|step|>", [0, 1, 2]),
    ],
)
def test_search_goes_to_the_hits(output: Path, where: int, text: str, hits: list[int]) -> None:
    async def check(session: Session) -> None:
        await session.press("slash")
        await session.type(text)
        await session.press(*["down"] * where, "enter")
        assert session.screen.blocks.hits is not None
        assert [number for number in range(4) if number in session.screen.blocks.hits] == hits
        for number in (*hits[1:], *hits[:1]):
            await session.press("n")
            assert session.blocks.number == number
        for number in reversed(hits):
            await session.press("N")
            assert session.blocks.number == number
        assert f"{len(hits)} blocks with" in session.status
        await session.press("escape")
        assert session.screen.blocks.hits is None

    run(output, check)


def test_a_token_that_no_token_says_is_told(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("slash")
        await session.type("xyz")
        await session.press("down", "down", "enter")
        assert any("no token says 'xyz'" in told for told in notices(session.app))

    run(output, check)


def test_f_shows_some_blocks_only(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("f")
        await session.type("several")
        await session.press("enter")
        assert (session.blocks.count, session.blocks.number) == (1, 2)
        assert session.view.block is not None
        assert session.view.block.number == 2
        assert "train: 1 blocks (several)" in session.lines()

    run(output, check)


def test_g_goes_to_a_block_and_refuses_what_is_none(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("g")
        await session.type("9")
        await session.press("enter")
        assert "There are 4 blocks" in session.lines()
        await session.press("backspace", "3", "enter")
        assert session.blocks.number == 3

    run(output, check)


def test_g_leaves_a_filter_that_hides_the_block(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("f")
        await session.type("several")
        await session.press("enter", "g", "1", "enter")
        assert (session.blocks.number, session.blocks.count) == (1, 4)

    run(output, check)


def test_s_goes_through_the_splits(output: Path) -> None:
    async def check(session: Session) -> None:
        await session.press("s")
        assert "The validation split has no blocks." in session.lines()
        assert session.view.block is None
        await session.press("t")
        assert "validation: 0 blocks, 0 tokens" in session.page
        await session.press("escape", "s", "s")
        assert session.blocks.count == 4

    run(output, check)


def test_o_opens_another_store(output: Path, tmp_path: Path) -> None:
    other = make_store(tmp_path / "other", (Recipe("Bean Stew", (), ()), *RECIPES[1:]))

    async def check(session: Session) -> None:
        await session.press("o")
        await session.type("another folder")
        await session.press("enter")
        await session.type(str(other))
        await session.press("enter")
        assert session.screen.opened is not None
        assert session.screen.opened.store.path == other
        assert "Bean Stew" in session.lines()

    run(output, check)


def test_other_screens_open_a_store_at_a_block(output: Path, tmp_path: Path) -> None:
    other = make_store(tmp_path / "other")

    async def check(session: Session) -> None:
        session.app.look_at(other, 2)
        await session.settle()
        assert session.blocks.number == 2

    run(output, check)


def test_a_store_that_changes_while_it_is_shown_is_told(output: Path) -> None:
    async def check(session: Session) -> None:
        (output / "blocks" / "store" / "fates.npy").write_bytes(b"")
        await session.press("down")
        assert "0bytesinsteadof" in session.squeezed()
        assert session.blocks.count == 0

    run(output, check, size=(80, 24))


def test_a_store_that_has_changed_is_not_opened_and_said_to_be(output: Path) -> None:
    (output / "blocks" / "store" / "recipes.arrow").unlink()

    async def check(session: Session) -> None:
        session.screen.open(output / "blocks" / "store")
        await session.settle()
        assert "recipes.arrow:missingfromtheblockstore" in session.squeezed()

    run(output, check, size=(80, 24))


def test_a_missing_tokenizer_leaves_ids_to_look_at(output: Path) -> None:
    (output / "blocks" / "store" / "tokenizer" / "tokenizer.json").unlink()

    async def check(session: Session) -> None:
        session.screen.open(output / "blocks" / "store")
        await session.settle()
        assert session.blocks.count == 4
        assert "#5" in session.lines()
        [notification] = notices(session.app)
        assert "tokenizer.json: no such file" in notification

    run(output, check)


def test_hostile_text_is_shown_harmlessly(tmp_path: Path) -> None:
    hostile = "\x1b[31m[bold red]x[/]\x07\u202eevil\u0000 🍲 " + "y" * 1_000_000
    recipes = tuple(Recipe(hostile, (hostile,), (hostile,), (hostile,)) for _ in range(4))
    make_store(tmp_path / "blocks" / "store", recipes)

    async def check(session: Session) -> None:
        for keys in (("down", "v"), ("v",), ("r",), ("escape", "d"), ("escape", "enter")):
            await session.press(*keys)
            shown = session.lines()
            assert not set(shown) & set("\x1b\x07\u202e\x00"), keys
            assert "[bold red]" in shown, keys

    run(tmp_path, check)


@pytest.mark.parametrize("size", [(60, 16), (20, 6)])
def test_a_tiny_terminal_breaks_nothing(output: Path, size: tuple[int, int]) -> None:
    async def check(session: Session) -> None:
        await session.press("down", "enter", "v", "v", "down", "r", "escape", "t", "escape", "d", "escape", "escape")
        assert session.screen.opened is not None

    run(output, check, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_looks_as_it_did(output: Path, size: str, picture: SnapshotAssertion) -> None:
    async def check(session: Session) -> None:
        await session.press("down", "down", *(["enter"] if size == "80x24" else []))
        assert normalised(session.app.export_screenshot()) == picture(name=size)

    run(output, check, size=SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_the_list_and_statistics_look_as_they_did(output: Path, size: str, picture: SnapshotAssertion) -> None:
    async def check(session: Session) -> None:
        assert normalised(session.app.export_screenshot()) == picture(name=f"list-{size}")
        await session.press("t")
        assert normalised(session.app.export_screenshot()) == picture(name=f"statistics-{size}")
        await session.press("escape", "d")
        assert normalised(session.app.export_screenshot()) == picture(name=f"duplicates-{size}")

    run(output, check, size=SIZES[size])
