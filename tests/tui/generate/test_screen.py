from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.layout import SECTIONS
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import ChooseDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate import alternatives
from recipe_tui.tui.generate.alternatives import AlternativesPanel
from recipe_tui.tui.generate.client import WriterDiedError, WriterError
from recipe_tui.tui.generate.controls import Control, ControlsDialog
from recipe_tui.tui.generate.generation_session import Token
from recipe_tui.tui.generate.ingredient_completion import Vocabulary
from recipe_tui.tui.generate.ingredient_panel import IngredientPanel
from recipe_tui.tui.generate.prompt_editor import IngredientLines, Lines
from recipe_tui.tui.generate.prompt_fields import FieldInput, PromptFields, has_learned_fields
from tests.tui.conftest import SIZES, normalised
from tests.tui.generate.conftest import WORDS, Bench, FakeClient
from tests.tui.pilot import TIMEOUT, notices, strips

SOUP = Prompt("Pumpkin Soup", ("1 small pumpkin", "2 onions, chopped", "100 ml cream", "nutmeg"))
TEXT = "".join(WORDS)
KNOWN_VALUES = FieldValues()
KNOWN_VALUES.add(Recipe("Soup", ("leek",), ("Boil.",), ("Soup", "vegan"), servings="4 servings"))


def show(
    app: Bench, body: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (120, 40), prompt: Prompt = SOUP
) -> None:
    """Run the screen with a prompt filled in, and what a test does with it."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            app.generate.editor.prompt = prompt
            await body(pilot)

    asyncio.run(main())


async def settled(pilot: Pilot[None]) -> None:
    """Wait until every worker but the endless ones is done, and all is drawn."""
    app = pilot.app
    for _ in range(3):
        busy = [worker for worker in app.workers if worker.group != "status" and worker.is_running]
        waits = [
            worker for worker in busy if worker.group not in ("dialog", "adapter", "model", "writing", "alternatives")
        ]
        if waits:
            await app.workers.wait_for_complete(waits)
        await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait for something that timers bring about."""
    deadline = time.monotonic() + TIMEOUT
    await pilot.pause(0.005)
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("it never came about")
        await pilot.pause(0.005)


async def write(pilot: Pilot[None], app: Bench, *keys: str) -> None:
    """Press keys that have a text written, and wait until it is."""
    await pilot.press(*keys)
    await until(pilot, lambda: not app.generate.controller.is_busy)
    await settled(pilot)


def status(app: Bench) -> str:
    return str(app.generate.query_one("#status", Static).render())


def shown(app: Bench) -> str:
    flow = app.generate.view.output._token_layout
    return "\n".join(flow[number].text for number in range(len(flow)))


@pytest.fixture
def app(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("key", ["ctrl+j", "f5"])
def test_a_recipe_is_written_from_the_fields(app: Bench, key: str) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, key)
        assert app.client.loads == ["soups/0412"]
        assert app.client.asked[0][0] == SOUP
        assert shown(app) == TEXT
        assert status(app) == "15 tokens · 88 tokens/s · ended by itself · seed 7"
        assert "3.7M parameters" in str(app.generate.query_one("#model").border_subtitle)

    show(app, body)


def test_the_model_is_loaded_once_and_no_process_is_asked_before(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        assert app.client.loads == []
        await write(pilot, app, "f5")
        await write(pilot, app, "f5")
        assert app.client.loads == ["soups/0412"]
        app.generate.choose_model("gpt2")
        await write(pilot, app, "f5")
        assert app.client.loads == ["soups/0412", "gpt2"]

    show(app, body)


def test_the_process_leaves_with_the_workbench(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        assert not app.client.closed

    show(app, body)
    assert app.client.closed


def test_what_was_typed_is_the_prompt(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press(*"Soup", "tab", *"leek", "enter", *"salt", "tab", *"Boil", "f5")
        assert app.client.asked[0][0] == Prompt("Soup", ("leek", "salt"), "Boil")

    show(app, body, prompt=Prompt())


def test_an_empty_prompt_is_not_sent(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        assert app.client.asked == []
        assert "Give a title" in notices(app)[0]

    show(app, body, prompt=Prompt())


def test_escape_stops_writing_and_keeps_what_is_there(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(held=4))

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until(pilot, lambda: len(app.generate.view.output.tokens) == 4)
        await until(pilot, lambda: status(app).startswith("Writing · 4 tokens"))
        await pilot.press("f5")
        assert len(app.client.asked) == 1
        await write(pilot, app, "escape")
        assert shown(app) == "Halve the pumpkin"
        assert "stopped by you" in status(app)

    show(app, body)


def test_escape_leaves_the_fields_when_nothing_is_written(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        assert app.focused is app.generate.view.output

    show(app, body)


def test_the_same_seed_writes_again(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+r")
        assert app.client.asked == []
        await write(pilot, app, "f5")
        await write(pilot, app, "ctrl+r")
        assert [config.seed for _, config, _ in app.client.asked] == [None, 7]
        assert app.generate.settings.config.seed is None

    show(app, body)


def test_ingredients_are_ticked_as_the_directions_mention_them(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(held=5))

    async def body(pilot: Pilot[None]) -> None:
        panel = app.generate.query_one(".checks", IngredientPanel)
        await pilot.press("f5")
        await until(pilot, lambda: panel.border_title == "Ingredients 1/4")
        app.client.gate.set()
        await until(pilot, lambda: panel.border_title == "Ingredients 2/4")
        assert str(panel.render()).splitlines() == [
            "✓ 1 small pumpkin",
            "✓ 2 onions, chopped",
            "· 100 ml cream",
            "· nutmeg",
        ]

    show(app, body)


def test_another_token_is_taken_and_writing_goes_on_from_it(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        panel = app.generate.query_one(AlternativesPanel)
        await pilot.press("ctrl+n", "home", "right", "right")
        await until(pilot, lambda: bool(panel.alternatives))
        assert app.client.looked[-1] == (0, 1)
        assert panel.chosen is not None
        assert panel.chosen.label == " pump"
        await pilot.press("up", "down", "down")
        assert panel.chosen.label == "\n"
        await pilot.press("up")
        await write(pilot, app, "enter")
        prompt, _, begun = app.client.asked[-1]
        assert (prompt, begun) == (SOUP, (0, 1, 100))
        assert shown(app).startswith("Halve the creamkin.")
        await write(pilot, app, "ctrl+r")
        assert app.client.asked[-1][2] == begun

    show(app, body)


def test_in_place_of_the_end_another_token_can_stand(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(words=(*WORDS, "")))

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await pilot.press("ctrl+n", "end", "right")
        await until(pilot, lambda: bool(app.client.looked))
        assert app.client.looked == [tuple(range(15))]
        last = app.generate.view.output.render_line(2)
        assert any(segment.style and segment.style.reverse for segment in last)

    show(app, body)


def test_alternatives_are_looked_for_only_where_the_cursor_rests_and_kept(
    app: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        panel = app.generate.query_one(AlternativesPanel)
        monkeypatch.setattr(alternatives, "REST", 1_000.0)
        await pilot.press("ctrl+n", "home", *["right"] * 5)
        assert app.client.looked == []
        monkeypatch.setattr(alternatives, "REST", 0.01)
        await pilot.press("left")
        await until(pilot, lambda: bool(panel.alternatives))
        await pilot.press("right")
        await until(pilot, lambda: len(app.client.looked) == 2)
        await pilot.press("left")
        assert panel.alternatives
        assert app.client.looked == [tuple(range(4)), tuple(range(5))]

    show(app, body)


def test_the_panel_of_alternatives_comes_and_goes_on_a_narrow_screen(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        panel = app.generate.query_one(AlternativesPanel)
        assert not panel.display
        await pilot.press("ctrl+n")
        assert panel.display
        assert "Write a text first" in str(panel.render())
        await pilot.press("ctrl+n")
        assert not panel.display

    show(app, body, size=(80, 24))


def test_colours_mark_probability_also_without_colour(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        view = app.generate.view.output
        plain = [segment.style for segment in view.render_line(0)]
        assert not any(style and style.underline for style in plain)
        await pilot.press("ctrl+t")
        styles = {segment.text: segment.style for segment in view.render_line(0)}
        assert styles[" pump"].underline
        assert styles[" pump"].bold
        assert not styles[" the"].underline
        assert styles[" pump"].color != styles[" the"].color
        assert app.settings.colour_probabilities

    show(app, body)


def test_the_prompt_may_be_one_text(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f6", *"Two eggs")
        await write(pilot, app, "f5")
        assert app.client.asked[0][0] == Prompt(text="Two eggs")
        await pilot.press("f6")
        assert app.generate.editor.prompt == SOUP

    show(app, body)


EDITS = {
    "ctrl+a,x": "xpie",
    "ctrl+a,ctrl+e,x": "piex",
    "ctrl+a,ctrl+d": "ie",
    "ctrl+a,ctrl+k": "",
    "ctrl+u": "",
    "ctrl+w": "",
}


@pytest.mark.parametrize("field", ["title", "ingredients"])
def test_keys_that_edit_text_are_those_of_the_field_that_has_the_focus(app: Bench, field: str) -> None:
    async def body(pilot: Pilot[None]) -> None:
        widget = app.generate.query_one(f"#{field}")
        widget.focus()
        for keys, left in EDITS.items():
            app.generate.editor.prompt = Prompt("pie", ("pie",))
            await pilot.press("end", *keys.split(","))
            text = widget.value if isinstance(widget, Input) else widget.text  # type: ignore[attr-defined]
            assert (keys, text) == (keys, left)
            assert app.screen is app.generate

    show(app, body)


def test_the_prompt_is_edited_in_the_users_editor(app: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("escape", "ctrl+e")
        assert any("given to an editor" in one for one in notices(app))  # a test has no terminal to give
        assert app.generate.editor.prompt == SOUP

    show(app, body)


def test_a_model_is_chosen_from_the_runs_or_typed(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await pilot.press("enter")  # the only choice is to type one
        await until(pilot, lambda: isinstance(app.screen, AskDialog))
        await pilot.press(*"gpt2", "enter")
        await until(pilot, lambda: app.generate.settings.model == "gpt2")
        assert "gpt2 writes" in status(app)

    show(app, body)


def test_without_any_model_it_says_how_to_train_one(tmp_path: Path) -> None:
    app = Bench(tmp_path, last_model=None)

    async def body(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: status(app).startswith("No model yet"))
        assert "press F2 and N, then F5" in status(app)
        await pilot.press("f5")
        assert app.client.loads == []

    show(app, body)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_model_that_another_screen_chose_says_what_to_do_next(tmp_path: Path, size: tuple[int, int]) -> None:
    async def main() -> None:
        app = Bench(tmp_path)
        async with app.run_test(size=size) as pilot:
            app.write_with(str(tmp_path / "0413"))
            await settled(pilot)
            said = str(app.generate.query_one("#status", Static).content)
            assert said == "0413 writes: fill in the prompt and press Ctrl+J or F5."

    asyncio.run(main())


def test_text_that_streams_stays_in_sight_and_lays_nothing_else_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        view = app.generate.view.output
        view.extend([Token(f"line {number}\n", number) for number in range(60)])
        await settled(pilot)
        layouts: list[object] = []
        refresh = app.generate._refresh_layout
        monkeypatch.setattr(app.generate, "_refresh_layout", lambda *how: (layouts.append(how), refresh(*how)))
        for number in range(60, 70):
            view.extend([Token(f"line {number}\n", number)])
            await settled(pilot)
        assert view.scroll_offset.y == view.max_scroll_y == 71 - view.scrollable_content_region.height
        assert view.vertical_scrollbar.window_virtual_size == 71
        assert layouts == []

    show(app, body)


def test_controls_are_changed_in_the_panel(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f7")
        for _ in range(list(GenerationConfig.model_fields).index("temperature")):
            await pilot.press("tab")
        assert isinstance(app.focused, Control)
        assert app.focused.name == "temperature"
        await pilot.press("9", "9", "backspace", "backspace", *"1.5")
        assert app.generate.settings.config.temperature == 1.5
        await pilot.press("end", *"x")
        assert app.focused.has_class("-wrong")
        assert app.generate.settings.config.temperature == 1.5
        assert "must be" in str(app.generate.query_one("#meaning", Static).render())

    show(app, body)


def test_controls_are_a_dialog_on_a_narrow_screen(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, ControlsDialog))
        await pilot.press("backspace", *"77", "escape")
        assert app.generate.settings.config.max_new_tokens == 77
        assert "max 77" in str(app.generate.query_one("#brief", Static).render())

    show(app, body, size=(80, 24))


def test_a_preset_sets_the_controls(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f8", *"greedy", "enter")
        assert app.generate.settings.config.temperature == 0
        assert app.generate.query_one("#controls-box").border_title == ("Decoding, greedy")

    show(app, body)


def test_several_texts_are_looked_at_one_after_the_other(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.settings.set_config(app.generate.settings.config.model_copy(update={"num_return_sequences": 3}))
        await write(pilot, app, "f5")
        view = app.generate.view.output
        assert view.border_title == "Output 1/3"
        await pilot.press("ctrl+l")
        assert view.border_title == "Output 2/3"
        assert shown(app) == TEXT

    show(app, body)


def test_what_was_written_is_reopened_from_the_history(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        app.generate.editor.prompt = Prompt("Stew")
        await write(pilot, app, "f5")
        await pilot.press("escape", "ctrl+y")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await pilot.press(*"pumpkin", "enter")
        await until(pilot, lambda: app.generate.editor.prompt == SOUP)
        assert shown(app) == TEXT
        assert status(app).startswith("15 tokens")
        await write(pilot, app, "ctrl+r")
        assert app.client.asked[-1][1].seed == 7

    show(app, body)


def test_the_text_is_sent_to_the_terminals_clipboard(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+b")
        assert app.clipboard == ""
        await write(pilot, app, "f5")
        await pilot.press("ctrl+b")
        assert app.clipboard.startswith("Pumpkin Soup\n1 small pumpkin")
        assert any("Sent to the terminal's clipboard" in one for one in notices(app))

    show(app, body)


def test_the_text_is_saved_and_nothing_overwritten_unasked(
    app: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "pumpkin-soup.json"

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await pilot.press(*"json", "enter")
        await until(pilot, lambda: isinstance(app.screen, AskDialog))
        assert app.screen.query_one(Input).value == str(path)
        path.write_text("precious")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape")
        assert path.read_text() == "precious"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ChooseDialog))
        await pilot.press(*"json", "enter")
        await until(pilot, lambda: isinstance(app.screen, AskDialog))
        await pilot.press("enter")
        second = tmp_path / "pumpkin-soup-2.json"
        await until(pilot, second.exists)
        await until(pilot, lambda: str(second) in notices(app))
        assert json.loads(second.read_text())["generation"]["seed"] == 7

    show(app, body)


def test_what_the_process_cannot_do_is_a_dialog_with_its_hint(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(error=WriterError("the prompt is too long", "shorten it")))

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        assert isinstance(app.screen, ErrorDialog)
        assert (app.screen.message, app.screen.hint) == ("the prompt is too long", "shorten it")

    show(app, body)


def test_when_the_process_dies_its_last_words_are_shown_and_the_next_text_loads_again(tmp_path: Path) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        app.client.on_death(WriterDiedError("the writing process died", "write again", "Killed: out of memory"))
        await settled(pilot)
        assert isinstance(app.screen, ErrorDialog)
        assert app.screen.traceback == "Killed: out of memory"
        await pilot.press("escape")
        await write(pilot, app, "f5")
        assert app.client.loads == ["soups/0412", "soups/0412"]

    show(app, body)


def test_ingredients_are_completed_from_the_corpus(app: Bench) -> None:
    async def body(pilot: Pilot[None]) -> None:
        app.generate.query_one(IngredientLines).vocabulary = Vocabulary.of(["1 cup olive oil", "2 onions"])
        await pilot.press("tab", *"2 tbsp oli")
        field = app.generate.query_one(IngredientLines)
        assert field.suggestion == "ve oil"
        await pilot.press("tab")
        assert field.text == "2 tbsp olive oil"
        await pilot.press("enter", *"oni", "right", "tab")
        assert field.text == "2 tbsp olive oil\nonions"
        assert not field.has_focus

    show(app, body, prompt=Prompt())


class TestTagsServingsAndTimes:
    """The fields for them below title, ingredients and directions."""

    def test_what_was_typed_is_part_of_the_prompt(self, app: Bench) -> None:
        async def body(pilot: Pilot[None]) -> None:
            await pilot.press(*"Soup", "tab", "tab", "tab", *"soup, vegan,", "tab", *"4", "tab", *"30 minutes", "f5")
            asked = app.client.asked[0][0]
            assert asked == Prompt("Soup", tags=("soup", "vegan"), servings="4 servings", times=("total 30 min",))

        show(app, body, prompt=Prompt())

    def test_they_are_enough_to_begin_with_and_come_back_with_a_prompt(self, app: Bench) -> None:
        prompt = Prompt(tags=("soup", "vegan"), servings="12 muffins", times=("prep 5 min", "total 1 h"))

        async def body(pilot: Pilot[None]) -> None:
            await write(pilot, app, "f5")
            assert app.client.asked[0][0] == app.generate.editor.prompt == prompt

        show(app, body, prompt=prompt)

    def test_tab_completes_the_last_value_from_the_corpus_and_leaves_what_is_complete(self, app: Bench) -> None:
        async def body(pilot: Pilot[None]) -> None:
            app.generate.query_one(PromptFields).complete_from(KNOWN_VALUES)
            field = app.generate.query_one("#tags", FieldInput)
            field.focus()
            await pilot.press(*"so", "tab")
            assert field.value == "Soup"
            await pilot.press(*", so", "tab")
            assert field.value == "Soup, so"  # each once
            assert not field.has_focus
            field.focus()
            await pilot.press("end", "backspace", "backspace", *"veg", "tab")
            assert field.values == ("Soup", "vegan")
            await pilot.press("tab", *"4", "tab")
            assert app.generate.editor.prompt.servings == "4 servings"

        show(app, body, prompt=Prompt())

    def test_a_tag_that_the_corpus_does_not_have_is_said_and_written_with(self, app: Bench) -> None:
        async def body(pilot: Pilot[None]) -> None:
            app.generate.query_one(PromptFields).complete_from(KNOWN_VALUES)
            await write(pilot, app, "f5")
            assert any("'vegn' is not among the tags" in one and "vegan" in one for one in notices(app))
            assert app.client.asked[0][0].tags == ("vegn",)

        show(app, body, prompt=Prompt("Soup", tags=("vegn",)))

    def test_a_model_that_has_not_learned_them_says_so_and_gets_none(self, app: Bench) -> None:
        async def body(pilot: Pilot[None]) -> None:
            fields = app.generate.query_one(PromptFields)
            fields.show(learned=False)
            await pilot.pause()
            assert "has not learned tags" in app.generate.query_one("#tags", FieldInput).placeholder
            await pilot.press("tab", "tab", "tab")
            assert not isinstance(app.focused, FieldInput)
            assert app.generate.editor.prompt == Prompt("Soup")
            fields.show(learned=True)
            assert app.generate.editor.prompt == Prompt("Soup", tags=("vegan",))

        show(app, body, prompt=Prompt("Soup", tags=("vegan",)))

    def test_a_tokenizer_without_their_tokens_is_known_before_the_model_is_loaded(self, tmp_path: Path) -> None:
        model = tmp_path / "model"
        model.mkdir()
        (model / "config.json").write_text("{}")
        for tokens, learned in ((["<|title|>"], False), (SECTIONS.special_tokens, True)):
            added = [{"content": token} for token in tokens]
            (model / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))
            assert has_learned_fields(str(model)) is learned
        assert has_learned_fields("gpt2")  # not fetched yet: only loading can tell

    def test_a_loaded_model_shows_whether_it_has_learned_them(self, app: Bench) -> None:
        async def body(pilot: Pilot[None]) -> None:
            app.client.fields = False
            await write(pilot, app, "f5")
            assert app.generate.query_one(PromptFields).disabled

        show(app, body)


HOSTILE = (
    "\x1b[2J\x1b]52;c;",
    base64.b64encode(b"x").decode(),
    "\x07[bold red]a[/]",
    "\u202eshalot",
    " 🍞👩‍🍳",
    "\x00\r",
    "é" * 1_000_000,
)


def test_hostile_text_is_shown_harmlessly(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(words=HOSTILE))
    prompt = Prompt("[red]\x1b[31mSoup", ("\u202e[bold]", "🍞\x07"))

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await pilot.press("ctrl+t", "ctrl+n", "left")
        await pilot.pause()
        drawn = "".join(segment.text for strip in strips(app) for segment in strip)
        assert not set("\x1b\x07\x00\r\u202e") & set(drawn)
        assert "[bold red]a[/]" in drawn
        assert len(shown(app)) < 10_000

    show(app, body, prompt=prompt)


def test_a_paste_of_a_million_characters_is_cut(app: Bench) -> None:
    from textual import events

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        field = app.generate.query_one("#raw", Lines)
        field.post_message(events.Paste("x" * 1_000_000))
        await until(pilot, lambda: bool(field.text))
        assert len(field.text) == 20_000

    show(app, body)


def test_tokens_at_two_hundred_a_second_are_drawn_twenty_times_a_second(tmp_path: Path) -> None:
    app = Bench(tmp_path, FakeClient(words=("word ",) * 2_000))
    drawn = []

    async def body(pilot: Pilot[None]) -> None:
        view = app.generate.view.output
        extend = view.extend
        view.extend = lambda tokens: (drawn.append(len(tokens)), extend(tokens))  # type: ignore[method-assign]
        await write(pilot, app, "f5")
        assert len(view.tokens) == 2_000

    show(app, body)
    assert len(drawn) < 20


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_screen_with_a_text_written(tmp_path: Path, size: tuple[int, int], picture) -> None:
    app = Bench(tmp_path, colour_probabilities=True)

    async def body(pilot: Pilot[None]) -> None:
        await write(pilot, app, "f5")
        await pilot.press("ctrl+n", *["left"] * 6)
        await until(pilot, lambda: bool(app.generate.query_one(AlternativesPanel).alternatives))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"written-{size[0]}x{size[1]}")

    show(app, body, size=size)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_screen_at_first(tmp_path: Path, size: tuple[int, int], picture) -> None:
    app = Bench(tmp_path, last_model=None)

    async def body(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: status(app).startswith("No model yet"))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"empty-{size[0]}x{size[1]}")

    show(app, body, size=size, prompt=Prompt())


def test_the_controls_dialog(tmp_path: Path, picture) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("f7", "tab", "tab", "tab")
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name="controls-80x24")

    show(app, body, size=(80, 24))


@pytest.mark.parametrize("place", ["#title", "#ingredients", "#raw"])
def test_what_is_pasted_is_made_harmless(app: Bench, place: str) -> None:
    from textual import events

    async def body(pilot: Pilot[None]) -> None:
        app.generate.editor.raw = place == "#raw"
        field = app.generate.query_one(place)
        field.post_message(events.Paste("Soup \x1b[31m"))
        await until(pilot, lambda: "Soup" in str(app.generate.editor.prompt))
        await settled(pilot)
        assert "\x1b" not in repr(app.generate.editor.prompt).encode().decode("unicode_escape")

    show(app, body, prompt=Prompt())
