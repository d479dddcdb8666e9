"""The application: what every screen has in common."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from recipe_tui.core.errors import RunError
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.dialogs.help import HelpDialog
from recipe_tui.tui.dialogs.settings import SettingsDialog
from recipe_tui.tui.dialogs.too_small import TooSmallScreen
from recipe_tui.tui.settings import Settings, load_settings, settings_path
from recipe_tui.tui.widgets.title_bar import TitleBar
from tests.tui.conftest import SIZES, normalised
from tests.tui.pilot import RUNNING, PlainScreen, PlainWorkbench, drive, shown, strips, until

HOSTILE = "[red]not red[/red] \x1b[2J \u202e"


class TestScreens:
    @pytest.mark.parametrize(("key", "tab"), [("2", "generate"), ("f4", "dataset"), ("f2", "train")])
    def test_a_key_shows_a_screen_whose_tab_is_marked(self, key: str, tab: str) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press(key)
            await pilot.pause()
            assert pilot.app.current_mode == tab
            assert pilot.app.screen.query_one(TitleBar).tab == tab

        drive(PlainWorkbench(), test)

    def test_a_screen_that_was_left_is_as_it_was_on_return(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            before = pilot.app.screen
            await pilot.press("2", "1")
            await pilot.pause()
            assert pilot.app.screen is before

        drive(PlainWorkbench(), test)

    def test_the_active_run_is_told_on_every_screen(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await until(lambda: "● RUNNING 0412   GPU 71% 38/140G" in shown(pilot.app))
            await pilot.press("3")
            await until(lambda: "[3 Dataset]" in shown(pilot.app) and "RUNNING 0412" in shown(pilot.app))

        drive(PlainWorkbench(status=RUNNING), test)


class TestHelp:
    def test_it_has_the_actions_of_the_screen_that_work_and_those_of_everywhere(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("question_mark")
            await pilot.pause()
            assert isinstance(pilot.app.screen, HelpDialog)
            text = shown(pilot.app)
            assert "Leave the workbench; training continues." in text
            assert "Write a recipe." not in text  # another screen's

        drive(PlainWorkbench(), test)

    def test_it_shows_the_keys_in_force(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f1")
            await pilot.pause()
            assert "f12  Leave the workbench" in shown(pilot.app)

        drive(PlainWorkbench(Settings(keys={"everywhere.leave": "f12", "everywhere.show_help": "f1"})), test)

    @pytest.mark.parametrize("size", SIZES)
    def test_it_looks_like_this(self, picture: SnapshotAssertion, size: str) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("question_mark")
            await pilot.pause()
            await pilot.pause()
            assert normalised(pilot.app.export_screenshot()) == picture

        drive(PlainWorkbench(status=RUNNING), test, SIZES[size])


class TestPalette:
    def test_it_finds_an_action_by_its_name_and_does_it(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("ctrl+p")
            await until(lambda: isinstance(pilot.app.screen, CommandPalette))
            await pilot.press(*"settings")
            await until(lambda: "Settings  (f9)" in shown(pilot.app))
            await until(lambda: pilot.app.screen.query_one(OptionList).option_count == 1)
            await pilot.press("enter")
            await until(lambda: isinstance(pilot.app.screen, SettingsDialog))

        drive(PlainWorkbench(), test)

    @pytest.mark.parametrize("size", SIZES)
    def test_it_looks_like_this(self, picture: SnapshotAssertion, size: str) -> None:
        async def test(pilot: Pilot[None]) -> None:
            pilot.app.set_focus(None)
            await pilot.press("ctrl+p")
            await until(lambda: "Leave the workbench" in shown(pilot.app))
            await pilot.pause()
            assert normalised(pilot.app.export_screenshot()) == picture

        drive(PlainWorkbench(status=RUNNING), test, SIZES[size])


class TestSettings:
    def test_a_change_counts_at_once_and_is_kept(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f9", "down", "enter")
            await until(lambda: "+- Settings -" in shown(pilot.app))
            assert load_settings(settings_path())[0].ascii is True

        drive(PlainWorkbench(), test)

    def test_a_theme_is_chosen_from_a_list(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f9", "enter")
            await pilot.pause()
            await pilot.press(*"high", "enter")
            await until(lambda: pilot.app.theme == "high-contrast")

        drive(PlainWorkbench(), test)

    def test_a_key_is_given_by_pressing_it_and_one_that_is_taken_is_refused(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f9", "end", "enter")
            await pilot.pause()
            await pilot.press(*"train: pause", "enter")
            await pilot.pause()
            await pilot.press("x")
            await until(lambda: "Key not changed" in shown(pilot.app))
            await pilot.press(*"train: pause", "enter")
            await pilot.pause()
            await pilot.press("w")
            await until(lambda: load_settings(settings_path())[0].keys == {"train.pause": "w"})

        drive(PlainWorkbench(), test)

    def test_what_was_asked_for_this_start_only_is_not_kept(self) -> None:
        app = PlainWorkbench(this_time={"ascii": True})

        async def test(pilot: Pilot[None]) -> None:
            assert app.settings.ascii
            app.remember(log_axis=True)
            assert app.settings.ascii
            assert load_settings(settings_path())[0] == Settings(log_axis=True)

        drive(app, test)

    def test_a_folder_that_cannot_be_written_to_is_told(self) -> None:
        settings_path().parent.parent.mkdir(parents=True)
        settings_path().parent.touch()
        app = PlainWorkbench()

        async def test(pilot: Pilot[None]) -> None:
            app.remember(log_axis=True)
            await until(lambda: "Settings not kept" in shown(app))

        drive(app, test)

    @pytest.mark.parametrize("size", SIZES)
    def test_they_look_like_this(self, picture: SnapshotAssertion, size: str) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f9")
            await pilot.pause()
            await pilot.pause()
            assert normalised(pilot.app.export_screenshot()) == picture

        drive(PlainWorkbench(status=RUNNING), test, SIZES[size])


class TestErrors:
    def test_one_of_ours_is_shown_with_its_hint(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            async def fail() -> None:
                raise RunError(HOSTILE, "start a new run")

            pilot.app.screen.run_worker(fail())
            await until(lambda: isinstance(pilot.app.screen, ErrorDialog))
            await until(lambda: "[red]not red[/red] �[2J �" in shown(pilot.app))
            assert "start a new run" in shown(pilot.app)
            assert "Traceback" not in shown(pilot.app)

        drive(PlainWorkbench(), test)

    def test_a_bug_in_a_handler_is_shown_with_its_traceback_and_the_screen_made_anew(self) -> None:
        app = PlainWorkbench(shows_crashes=True)

        async def test(pilot: Pilot[None]) -> None:
            def fail() -> None:
                raise ValueError(HOSTILE)

            broken = app.screen
            broken.call_later(fail)
            await until(lambda: isinstance(app.screen, ErrorDialog))
            await until(lambda: "ValueError: [red]not red[/red] �[2J �" in shown(app))
            app.screen.dismiss()  # type: ignore[unused-awaitable]
            await until(lambda: isinstance(app.screen, PlainScreen) and app.screen is not broken)
            await pilot.press("question_mark")
            await until(lambda: isinstance(app.screen, HelpDialog))

        drive(app, test)

    def test_a_bug_in_an_action_is_shown_and_the_screen_stays(self) -> None:
        app = PlainWorkbench(shows_crashes=True)

        async def test(pilot: Pilot[None]) -> None:
            screen = app.screen

            def fail() -> None:
                raise ValueError("no")

            screen.action_pause = fail  # type: ignore[attr-defined]
            await app.run_action("pause", screen)
            await until(lambda: isinstance(app.screen, ErrorDialog))
            await pilot.press("escape")
            await until(lambda: app.screen is screen)

        drive(app, test)

    def test_a_bug_ends_a_test(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            def fail() -> None:
                raise ZeroDivisionError

            pilot.app.screen.call_later(fail)
            await pilot.pause()

        with pytest.raises(ZeroDivisionError):
            drive(PlainWorkbench(), test)

    def test_settings_that_are_not_understood_are_told_harmlessly(self) -> None:
        settings_path().parent.mkdir(parents=True)
        settings_path().write_text('theme = "[b]x[/b]"\n', encoding="utf-8")
        app = PlainWorkbench(load_settings(settings_path())[0])

        async def test(pilot: Pilot[None]) -> None:
            await until(lambda: "'[b]x[/b]' is not known" in shown(app))
            assert app.theme == Settings().theme

        drive(app, test)


class TestSize:
    @pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 4)])
    def test_a_terminal_that_is_too_small_says_so(self, size: tuple[int, int]) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await until(lambda: isinstance(pilot.app.screen, TooSmallScreen))

        drive(PlainWorkbench(), test, size)

    def test_at_60_by_16_the_screen_is_shown(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await until(lambda: "[1]" in shown(pilot.app) and "RUNNING" in shown(pilot.app))
            assert isinstance(pilot.app.screen, PlainScreen)

        drive(PlainWorkbench(status=RUNNING), test, (60, 16))

    def test_what_was_open_is_there_again_when_the_terminal_grows(self) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await pilot.press("f9")
            await pilot.resize_terminal(40, 10)
            await until(lambda: isinstance(pilot.app.screen, TooSmallScreen))
            await pilot.press("ctrl+p", "f9", "2")
            assert isinstance(pilot.app.screen, TooSmallScreen)
            await pilot.resize_terminal(100, 30)
            await until(lambda: isinstance(pilot.app.screen, SettingsDialog))

        drive(PlainWorkbench(), test)

    def test_it_looks_like_this(self, picture: SnapshotAssertion) -> None:
        async def test(pilot: Pilot[None]) -> None:
            await until(lambda: "Terminal too small" in shown(pilot.app))
            assert normalised(pilot.app.export_screenshot()) == picture

        drive(PlainWorkbench(), test, (50, 12))


def test_in_ascii_nothing_that_is_drawn_is_anything_else() -> None:
    async def test(pilot: Pilot[None]) -> None:
        for key in ("question_mark", "f9", "ctrl+p"):
            await until(lambda: "RUNNING" in shown(pilot.app))
            assert shown(pilot.app).isascii()
            await pilot.press(key)
            await pilot.pause()
            assert shown(pilot.app).isascii()
            await pilot.press("escape")
            await pilot.pause()

    drive(PlainWorkbench(Settings(ascii=True), RUNNING), test)


def test_without_colour_states_are_told_by_words_and_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: "● RUNNING" in shown(pilot.app))
        for line in strips(pilot.app):
            for _, style, _ in line:
                for colour in (style.color, style.bgcolor) if style else ():
                    triplet = colour.get_truecolor() if colour else (0, 0, 0)
                    assert len(set(triplet)) == 1

    drive(PlainWorkbench(status=RUNNING), test)


def test_no_field_blinks() -> None:
    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p")
        await until(lambda: bool(pilot.app.screen.query(Input)))
        await until(lambda: not pilot.app.screen.query_one(Input).cursor_blink)

    drive(PlainWorkbench(), test)
