"""The form of a new run: what it is filled in with, what it says is wrong, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.core.config import Config, load_config
from recipe_tui.core.config.presets import PRESETS
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.launch import Launched
from recipe_tui.core.runs.process import Process
from recipe_tui.sample import sample_config
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.train.field_row import ChoiceLine, completed_path
from recipe_tui.tui.train.fields import form_fields, texts_of, values_of
from recipe_tui.tui.train.form_presets import draft_path, load_draft
from recipe_tui.tui.train.new_run import NewRunScreen
from recipe_tui.tui.train.preflight_dialog import PreflightDialog, time_text
from recipe_tui.workers.reports import Building, Built, Estimated, Failed, Found, Report
from tests.tui.conftest import SIZES, normalised
from tests.tui.pilot import PlainWorkbench, notices

BUILT = Built("output/blocks/1234", False, (("recipes read", 180), ("training blocks", 75)), 75, 5, 1503)
ESTIMATED = Estimated(3_674_624, 10**9, "main memory", 2 * 10**10, 2000.0, "as in run 0412")


class FakeLaunch:
    """Starts nothing, and remembers what it was to start."""

    def __init__(self, error: RunError | None = None) -> None:
        self.configs: list[Config] = []
        self.error = error

    def __call__(self, config: Config) -> Launched:
        self.configs.append(config)
        if self.error is not None:
            raise self.error
        return Launched("0412", config.output / "0412", Process("here", 1, 1.0))


class FakeLook:
    """Reports what it is given, and remembers which workers were asked about what."""

    def __init__(self, *reports: Report, endless: bool = False) -> None:
        self.reports, self.endless = reports, endless
        self.asked: list[tuple[str, Config]] = []
        self.given_up = False

    async def __call__(self, worker: str, config: Config) -> AsyncIterator[Report]:
        self.asked.append((worker, config))
        try:
            for report in self.reports:
                yield report
            if self.endless:
                await asyncio.Event().wait()
        finally:
            self.given_up = True


class World:
    """The form in the workbench, its fakes, and what it answered."""

    def __init__(self, tmp_path: Path, config: Config | None = None, **fakes: Any) -> None:
        self.launch = fakes.pop("launch", FakeLaunch())
        self.look = fakes.pop("look", FakeLook())
        self.output = tmp_path / "output"
        self.app = PlainWorkbench()
        self.form = NewRunScreen(self.output, config, launch=self.launch, stream=self.look)
        self.answers: list[str | None] = []
        self.problems: dict[str, str] = {}

    def run(self, what: Callable[[Pilot[None]], Coroutine[Any, Any, None]], size: tuple[int, int] = (80, 24)) -> World:
        async def runs() -> None:
            async with self.app.run_test(size=size) as pilot:
                await pilot.pause()
                self.app.push_screen(self.form, self.answers.append)
                await settle(pilot)
                await what(pilot)
                self.problems = {name: row.problem for name, row in self.form.rows.items()}

        asyncio.run(runs())
        return self

    def text(self, selector: str) -> str:
        return str(self.form.query_one(selector, Static).visual)


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


def nothing(pilot: Pilot[None]) -> Coroutine[Any, Any, None]:
    return pilot.pause()


def test_every_setting_has_a_field_with_its_meaning_and_its_default() -> None:
    fields = {field.name: field for field in form_fields()}
    assert len(fields) > 50
    assert all(field.help for field in fields.values())
    assert fields["training.jit_compile"].choices == ("true", "false", "auto")
    assert fields["training.schedule"].choices == ("cosine", "linear", "constant", "trapezoidal")
    assert fields["training.epochs"].default == "3"
    assert fields["data.source"].is_list
    assert fields["training.clip_norm"].can_be_unset


@pytest.mark.parametrize("config", [Config(), sample_config(), *(preset.config(Path("out")) for preset in PRESETS)])
def test_what_stands_in_the_form_is_the_configuration_again(config: Config) -> None:
    assert Config.model_validate(values_of(texts_of(config))) == config


def test_a_list_is_separated_by_semicolons_and_an_empty_field_is_unset() -> None:
    values = values_of({"data.source": "a.jsonl; b, c.txt ;", "training.clip_norm": "", "training.epochs": ""})
    config = Config.model_validate(values)
    assert config.data.source == ("a.jsonl", "b, c.txt")
    assert config.training.clip_norm is None
    assert config.training.epochs == 3.0


def test_on_a_fresh_machine_one_key_starts_the_bundled_sample(tmp_path: Path) -> None:
    async def start(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await settle(pilot)

    world = World(tmp_path).run(start)
    assert world.launch.configs == [sample_config(top={"output": str(tmp_path / "output")})]
    assert world.answers == ["0412"]


def test_the_first_form_offers_smollm2_where_it_needs_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipe_tui.core.registry.cache.is_available", lambda name: name == "smollm2-135m")
    world = World(tmp_path).run(nothing)
    assert world.form.preset == "Bundled sample, SmolLM2"
    assert world.form.texts["model.name"] == "smollm2-135m"
    assert world.form.texts["adapter.method"] == "lora"


def test_where_runs_are_the_form_begins_with_gpt2(tmp_path: Path) -> None:
    (tmp_path / "output" / "one").mkdir(parents=True)
    (tmp_path / "output" / "one" / "run.json").write_text("{}")
    world = World(tmp_path).run(nothing)
    assert world.form.texts["model.name"] == "gpt2"


def test_a_configuration_that_is_given_fills_the_form_in(tmp_path: Path) -> None:
    config = load_config(data={"source": ["mine.jsonl"]}, training={"epochs": 7})
    world = World(tmp_path, config).run(nothing)
    assert (world.form.texts["data.source"], world.form.texts["training.epochs"]) == ("mine.jsonl", "7")


def test_a_wrong_value_is_said_at_its_field_while_it_is_written(tmp_path: Path) -> None:
    async def write(pilot: Pilot[None]) -> None:
        world.form.rows["training.batch_size"].editor.focus()
        await pilot.press("end", "x")
        await settle(pilot)
        assert world.form.rows["training.batch_size"].problem == "not a whole number"
        await pilot.press("f5")
        await settle(pilot)
        assert world.launch.configs == []
        await pilot.press("backspace")
        await settle(pilot)
        assert world.form.rows["training.batch_size"].problem == ""

    world = World(tmp_path)
    world.run(write)


def test_values_that_contradict_each_other_are_said_beside_the_form(tmp_path: Path) -> None:
    async def contradict(pilot: Pilot[None]) -> None:
        world.form.texts |= {"data.validation_fraction": "0.6", "data.test_fraction": "0.6"}
        await pilot.press("f5")
        await settle(pilot)

    world = World(tmp_path)
    world.run(contradict)
    assert world.launch.configs == []


def test_without_recipes_the_form_asks_for_them(tmp_path: Path) -> None:
    async def start(pilot: Pilot[None]) -> None:
        line = world.form.query_one("#presets", ChoiceLine)
        while line.value != "A model of your own":
            await pilot.press("right")
        await pilot.press("f5")
        await settle(pilot)
        assert world.form.focused is world.form.rows["data.source"].editor

    world = World(tmp_path)
    world.run(start)
    assert world.problems["data.source"] == "name the recipes to learn from"


def test_a_preset_fills_the_form_in_and_leaves_recipes_that_were_named(tmp_path: Path) -> None:
    async def choose(pilot: Pilot[None]) -> None:
        line = world.form.query_one("#presets", ChoiceLine)
        line.focus()
        while line.value != "GPT-2, original workflow":
            await pilot.press("right")
        await settle(pilot)
        assert world.form.rows["data.layout"].editor.value == "plain"

    world = World(tmp_path, load_config(data={"source": ["mine.jsonl"]}, top={"run": "own"}))
    world.run(choose)
    assert world.form.texts["data.packing"] == "concatenate"
    assert (world.form.texts["data.source"], world.form.texts["run"]) == ("mine.jsonl", "own")


def test_all_settings_are_shown_when_they_are_asked_for(tmp_path: Path) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        world.form.query_one("#more").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert set(world.form.rows) == {field.name for field in form_fields()} - {"output"}
        assert world.form.focused is world.form.rows["data.format"].editor

    world = World(tmp_path)
    world.run(ask, size=(120, 40))


def test_the_arrows_go_from_field_to_field_and_the_help_goes_with_them(tmp_path: Path) -> None:
    async def go(pilot: Pilot[None]) -> None:
        for _ in range(5):
            await pilot.press("down")
        await settle(pilot)
        assert world.form.focused is world.form.rows["training.epochs"].editor
        assert "Passes over the training blocks. Default: 3." in world.text("#help")
        await pilot.press("up", "up", "left")
        await settle(pilot)
        assert world.form.texts["model.initialize"] == "pretrained"

    world = World(tmp_path)
    world.run(go)


def test_what_was_filled_in_is_there_again(tmp_path: Path) -> None:
    async def write(pilot: Pilot[None]) -> None:
        world.form.rows["run"].editor.focus()
        await pilot.press("m", "e", "escape")
        await settle(pilot)

    world = World(tmp_path)
    world.run(write)
    assert world.answers == [None]
    assert World(tmp_path).run(nothing).form.texts["run"] == "me"


@pytest.mark.parametrize("kept", ["{", "[]", '{"run": 1}'])
def test_a_damaged_draft_is_as_none(tmp_path: Path, kept: str) -> None:
    (tmp_path / "draft.json").write_text(kept)
    assert load_draft(tmp_path / "draft.json") is None
    assert draft_path().name == "new-run.json"


def test_a_run_that_cannot_be_started_says_why_and_the_form_stays(tmp_path: Path) -> None:
    async def start(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await settle(pilot)
        assert isinstance(world.app.screen, ErrorDialog)
        await pilot.press("escape", "f5")
        await settle(pilot)

    world = World(tmp_path, launch=FakeLaunch(RunError("output/mine: exists already", "choose another name")))
    world.run(start)
    assert len(world.launch.configs) == 2
    assert world.answers == []


def test_the_check_shows_its_findings_and_puts_errors_at_their_fields(tmp_path: Path) -> None:
    async def check(pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        await settle(pilot)
        assert isinstance(world.app.screen, PreflightDialog)
        shown = str(world.app.screen.query_one("#lines", Static).visual)
        assert "no such file" in shown
        assert "unknown until the recipes are read" in shown
        assert "This would fail: 1 thing to mend." in str(world.app.screen.query_one("#doing", Static).visual)
        await pilot.press("escape")
        await settle(pilot)

    found = Found("error", "x.jsonl: no such file", "check the path", "data.source")
    world = World(tmp_path, look=FakeLook(Found("ok", "the name is free"), found, ESTIMATED))
    world.run(check)
    assert [worker for worker, _ in world.look.asked] == ["preflight"]
    assert world.problems["data.source"] == "x.jsonl: no such file; check the path"


def test_an_error_of_a_setting_out_of_view_brings_it_into_view(tmp_path: Path) -> None:
    async def check(pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)

    world = World(tmp_path, look=FakeLook(Found("error", "no tokenizer", "", "data.tokenizer")))
    world.run(check)
    assert world.problems["data.tokenizer"] == "no tokenizer"


def test_the_preview_shows_the_ledger_and_the_next_check_knows_the_time(tmp_path: Path) -> None:
    async def preview(pilot: Pilot[None]) -> None:
        await pilot.press("f7")
        await settle(pilot)
        assert "recipes read" in str(world.app.screen.query_one("#lines", Static).visual)
        await pilot.press("escape")
        await settle(pilot)
        world.look.reports = (ESTIMATED,)
        await pilot.press("f6")
        await settle(pilot)
        assert "225 steps" in str(world.app.screen.query_one("#lines", Static).visual)

    world = World(tmp_path, look=FakeLook(Building("read", 100, None), Building("write", 3, 85), BUILT))
    world.run(preview)


def test_closing_the_preview_gives_its_worker_up(tmp_path: Path) -> None:
    async def preview(pilot: Pilot[None]) -> None:
        await pilot.press("f7")
        await settle(pilot)
        doing = str(world.app.screen.query_one("#doing", Static).visual)
        assert "reading recipes: 100 (resuming after 64 recipes)" in doing
        await pilot.press("escape")
        await settle(pilot)
        assert world.look.given_up

    world = World(tmp_path, look=FakeLook(Building("read", 100, None, "resuming after 64 recipes"), endless=True))
    world.run(preview)


def test_a_worker_that_fails_says_so(tmp_path: Path) -> None:
    async def preview(pilot: Pilot[None]) -> None:
        await pilot.press("f7")
        await settle(pilot)
        assert "x.jsonl: empty \ufffd" in str(world.app.screen.query_one("#lines", Static).visual)
        assert "This would fail." in str(world.app.screen.query_one("#doing", Static).visual)

    world = World(tmp_path, look=FakeLook(Failed("x.jsonl: empty \x1b", "give another")))
    world.run(preview)


def save_as(world: World, name: str, *keys: str) -> Callable[[Pilot[None]], Coroutine[Any, Any, None]]:
    async def save(pilot: Pilot[None]) -> None:
        await pilot.press("f8")
        await settle(pilot)
        world.app.screen.query_one("#line", Input).value = name
        await pilot.press("enter")
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    return save


def test_the_saved_configuration_is_what_stands_in_the_form(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run(save_as(world, str(tmp_path / "mine.toml")))
    assert load_config(tmp_path / "mine.toml") == sample_config(top={"output": str(tmp_path / "output")})
    (notification,) = notices(world.app)
    assert f"recipe-tui train {tmp_path / 'mine.toml'}" in notification


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("# precious")
    world = World(tmp_path)
    world.run(save_as(world, str(tmp_path / "mine.toml"), "escape"))
    assert (tmp_path / "mine.toml").read_text() == "# precious"


@pytest.mark.parametrize("name", ["mine.txt", "no/where/mine.toml"])
def test_a_place_that_cannot_be_saved_to_is_asked_for_again(tmp_path: Path, name: str) -> None:
    world = World(tmp_path)
    world.run(save_as(world, str(tmp_path / name)))
    assert not (tmp_path / name).exists()


def test_paths_are_completed_by_what_is_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "soups.jsonl").touch()
    (tmp_path / "recipes" / ".hidden").touch()
    assert completed_path(f"{tmp_path}/rec") == f"{tmp_path}/recipes/"
    assert completed_path(f"{tmp_path}/recipes/") == f"{tmp_path}/recipes/soups.jsonl"
    assert completed_path(f"{tmp_path}/nowhere/x") is None
    assert completed_path("\0") is None


def test_time_is_said_as_far_as_it_is_known() -> None:
    config = sample_config()
    unknown = Estimated(1, 1, "GPU", 1, None, "")
    assert time_text(unknown, config, BUILT) == "unknown: no run of this size was here before"
    assert time_text(ESTIMATED, config, None).startswith("unknown until the recipes are read")
    assert time_text(ESTIMATED, config, BUILT) == "about 3m 50s for 225 steps (2,000 tokens/s, as in run 0412)"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_form_looks_like_this(tmp_path: Path, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async def look(pilot: Pilot[None]) -> None:
        world.form.rows["training.epochs"].editor.focus()
        await pilot.press("end", "x")
        await settle(pilot)
        assert normalised(world.app.export_screenshot()) == picture(name=f"new-run-{size[0]}x{size[1]}")

    world = World(tmp_path, load_config(data={"source": ["recipes.jsonl"]}, training={"epochs": 2}))
    world.run(look, size=size)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_check_looks_like_this(tmp_path: Path, picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    async def look(pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        await settle(pilot)
        assert normalised(world.app.export_screenshot()) == picture(name=f"check-{size[0]}x{size[1]}")

    found = Found("error", "block_size 4096 is above the model's context of 512", "set it to 512", "data.block_size")
    slow = Found("warning", "float16 is slow on a processor", "use float32", "training.precision")
    fakes = FakeLook(Found("ok", "the run gets a name of its own"), slow, found, ESTIMATED)
    world = World(tmp_path, load_config(data={"source": ["recipes.jsonl"]}), look=fakes)
    world.run(look, size=size)


def test_the_form_needs_nothing_of_the_workbench(tmp_path: Path) -> None:
    class Bare(App[None]):
        pass

    async def runs() -> None:
        app = Bare()
        async with app.run_test() as pilot:
            app.push_screen(NewRunScreen(tmp_path))
            await settle(pilot)
            assert isinstance(app.screen, NewRunScreen)

    asyncio.run(runs())
