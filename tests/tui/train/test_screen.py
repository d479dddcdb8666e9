from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static, TabbedContent

from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.events import Continued, OverlapNotMeasured, Paused, Sample, Scored
from recipe_tui.core.runs.process import Launch, Process
from recipe_tui.core.runs.status import RunSummary
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.train.charts import CHARTS
from recipe_tui.tui.train.run_list import RunList
from recipe_tui.tui.train.screen import TrainScreen
from recipe_tui.tui.train.watch import Snapshot
from recipe_tui.tui.widgets.line_chart import LineChart
from tests.tui.conftest import SIZES, normalised
from tests.tui.train.stage import FakeLauncher, Stage, a_run, append, ended, gone, settled, show, step, training

HOSTILE = "[red]bold[/] \x1b[31mred\x1b[0m \u202eegral\u202c 🍅"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def text(app: Stage, panel: str) -> str:
    return str(app.train.query_one(f"#{panel}", Static).render())


def chart(app: Stage) -> LineChart:
    return app.train.query_one(LineChart)


def drawn(app: Stage) -> str:
    widget = chart(app)
    return "\n".join(widget.render_line(y).text for y in range(widget.content_size.height))


def listed(app: Stage) -> list[str]:
    options = app.train.query_one(RunList).query_one("#list")
    return [str(options.get_option_at_index(index).prompt) for index in range(options.option_count)]  # type: ignore[attr-defined]


def control(run: Path) -> str:
    return str(json.loads((run / "control.json").read_text())["request"])


@pytest.fixture
def several(output: Path) -> Path:
    a_run(output, "0412-gpt2", training(), created=5.0)
    a_run(output, "0411-base", [*training(80), ended("stopped", "asked to stop", 80)], created=4.0, epochs=9.0)
    a_run(output, "0410-large", [*training(40), ended("failed", "out of memory", 40)], created=3.0)
    a_run(output, "0409-first", [*training(200), ended("finished", "", 200)], created=2.0)
    a_run(output, "0408-night", training(60), created=1.0, process=gone())
    return output


@pytest.mark.parametrize("size", SIZES)
def test_runs_their_curves_and_figures_as_a_picture(several, picture, size):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("down", "space", "up")
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=size)

    show(app, body, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_the_first_start_says_what_to_press_as_a_picture(output, picture, size):
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert "Press n" in text(app, "welcome")
        assert normalised(app.export_screenshot()) == picture(name=size)

    show(app, body, SIZES[size])


@pytest.mark.parametrize("size", ["80x24", "60x16"])
def test_a_lost_run_says_what_to_press_as_a_picture(several, picture, size):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        app.watch_run("0408-night")
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name=size)

    show(app, body, {**SIZES, "60x16": (60, 16)}[size])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("0412-gpt2", "RUNNING"),
        ("0411-base", "STOPPED"),
        ("0410-large", "out of memory"),
        ("0409-first", "FINISHED"),
        ("0408-night", "r resumes it from the last checkpoint"),
    ],
)
def test_each_state_is_said_in_words(several, name, said):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        app.watch_run(name)
        await settled(pilot)
        assert said in text(app, "now")

    show(app, body)


def test_each_state_has_a_mark_of_its_own(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        assert [line[0] for line in listed(app)] == ["●", "■", "✗", "✓", "?"]

    show(app, body)


def test_figures_tell_how_far_it_is(output):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        now = text(app, "now")
        for figure in ("120/200", "2.40/4", "412k", "2m 00s", "@120"):
            assert figure in now
        assert "71% 38/140G" in text(app, "machine")

    show(app, body)


def test_what_a_run_adds_is_shown_live(output):
    run = a_run(output, "one", training(80))
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        before = drawn(app)
        append(run, *[step(number) for number in range(81, 101)])
        await app.look(pilot)
        assert "100/200" in text(app, "now")
        assert drawn(app) != before

    show(app, body)


def test_when_nothing_happens_nothing_is_drawn(output, monkeypatch):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        refreshed: list[object] = []
        for widget in app.train.query("*"):
            monkeypatch.setattr(widget, "refresh", lambda *regions, **how: refreshed.append(regions))
        await app.look(pilot)
        assert refreshed == []

    show(app, body)


def test_a_killed_run_is_lost_and_resumed_by_a_key(output):
    run = a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert "RUNNING" in text(app, "now")
        shutil.rmtree(run)
        a_run(output, "one", training(), process=gone())
        await app.look(pilot)
        assert "LOST" in text(app, "now")
        assert "its process is gone" in text(app, "now")
        await pilot.press("r")
        await settled(pilot)
        assert app.launcher.resumed == [run]
        assert "resuming" in text(app, "now")

    show(app, body)


def test_resuming_what_another_process_trains_is_refused_in_words(output):
    a_run(output, "one", [*training(), ended("stopped")])
    app = Stage(output, FakeLauncher(RunError("one: another process is training it", "watch it")))

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("r")
        await settled(pilot)
        assert isinstance(app.screen, ErrorDialog)
        assert app.screen.message == "one: another process is training it"

    show(app, body)


def test_p_pauses_and_lets_go_on(output):
    run = a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        assert control(run) == "pause"
        assert "pausing" in text(app, "now")
        append(run, Paused(1200.0, 120))
        await app.look(pilot)
        assert "PAUSED" in text(app, "now")
        assert "pausing" not in text(app, "now")
        await pilot.press("p")
        assert control(run) == "continue"
        append(run, Continued(1210.0, 120))
        await app.look(pilot)
        assert "RUNNING" in text(app, "now")

    show(app, body)


def test_x_stops_with_a_checkpoint(output):
    run = a_run(output, "one", training())

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        assert control(run) == "stop"

    show(Stage(output), body)


@pytest.mark.parametrize("yes", [True, False])
def test_stopping_without_a_checkpoint_asks_first(output, yes):
    run = a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("X")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmDialog)
        assert not (run / "control.json").exists()
        app.screen.dismiss(yes)
        await pilot.pause()
        assert (run / "control.json").exists() == yes
        if yes:
            assert control(run) == "stop_now"

    show(app, body)


@pytest.mark.parametrize("key", ["p", "x", "X"])
def test_a_run_without_a_process_is_not_asked(output, key):
    run = a_run(output, "one", [*training(), ended("finished")])
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert not (run / "control.json").exists()
        assert app.screen is app.train

    show(app, body)


def test_the_filter_looks_at_name_model_and_state(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"failed")
        assert [line[2:] for line in listed(app)] == ["0410-large"]
        await pilot.press("enter")
        assert app.focused is not None
        assert app.focused.id == "list"
        await pilot.press("slash", "escape")
        await pilot.pause()
        assert len(listed(app)) == 5

    show(app, body)


def test_letters_in_the_filter_are_no_commands(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pxr")
        assert not (several / "0412-gpt2" / "control.json").exists()

    show(app, body)


def test_space_draws_a_run_beside_others_under_a_letter(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("space", "down")
        await settled(pilot)
        assert listed(app)[0] == "●a0412-gpt2"
        legend = drawn(app).splitlines()[0]
        assert "a 0412-gpt2" in legend
        assert "train" in legend
        await pilot.press("up", "space", "down")
        await settled(pilot)
        assert "0412-gpt2" not in drawn(app).splitlines()[0]

    show(app, body)


def test_d_shows_how_configurations_differ(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "d")
        await settled(pilot)
        assert text(app, "config-text").splitlines()[:3] == [
            "training.epochs", "  0411-base  9.0", "  0412-gpt2  4.0",
        ]  # fmt: skip
        assert "learning_rate" not in text(app, "config-text")
        await pilot.press("d")
        await settled(pilot)
        assert "learning_rate = 0.001" in text(app, "config-text")

    show(app, body)


def test_a_damaged_configuration_is_named(several):
    (several / "0411-base" / "config.toml").write_text("[training\nepochs")
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "d")
        await settled(pilot)
        assert text(app, "config-text") == "The configuration of 0411-base cannot be read."

    show(app, body)


def test_c_goes_through_the_charts(output):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        titles = []
        for _ in range(8):
            titles.append(str(chart(app).border_title).split(" · ")[0])
            await pilot.press("c")
        names = ["loss", "learning rate", "gradient norm", "memory", "overlap", "scorecard", "tokens per second"]
        assert titles == [*names, "loss"]

    show(app, body)


def test_z_smooths_more_and_is_remembered(output):
    a_run(output, "one", training())
    app = Stage(output, smoothing=0.97)

    async def body(pilot: Pilot[None]) -> None:
        seen = []
        for _ in range(3):
            await pilot.press("z")
            seen.append((app.settings.smoothing, "smoothed" in drawn(app)))
        assert seen == [(0.99, True), (0.0, False), (0.6, True)]

    show(app, body)


def test_y_changes_the_axis_and_is_remembered(output):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        before = drawn(app)
        await pilot.press("y")
        assert app.settings.log_axis
        assert "logarithmic" in str(chart(app).border_title)
        assert drawn(app) != before

    show(app, body)


def test_the_chart_zooms_moves_and_follows(output):
    run = a_run(output, "one", training(200))
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        window = lambda: chart(app)._steps()  # noqa: E731
        assert window() == (1, 200)
        await pilot.press("plus")
        assert window() == (100.5, 200)
        append(run, step(250))
        await app.look(pilot)
        assert window() == (150.5, 250)
        await pilot.press("comma")
        assert window()[1] == pytest.approx(225.1, abs=0.1)
        append(run, step(260))
        await app.look(pilot)
        assert window()[1] == pytest.approx(225.1, abs=0.1)
        await pilot.press("f")
        assert window()[1] == 260
        await pilot.press("minus", "minus")
        assert window() == (1, 260)
        await pilot.press("f")
        append(run, step(300))
        await app.look(pilot)
        assert window()[1] == 260
        await pilot.press("plus", "comma", "full_stop", "full_stop", "full_stop", "full_stop")
        assert window()[1] == 300

    show(app, body)


def test_samples_stand_the_newest_first(output):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        shown = text(app, "samples-text")
        assert shown.index("Boil 120 minutes.") < shown.index("Boil 80 minutes.") < shown.index("Boil 40 minutes.")

    show(app, body)


def test_l_searches_the_log(output):
    run = a_run(output, "one", [*training(), ended("failed", "no space left")])
    (run / "worker.log").write_text("=== began\nwarning: half a spoon\n")
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await settled(pilot)
        assert "warning: half a spoon" in text(app, "log-text")
        assert "failed: no space left" in text(app, "log-text")
        await pilot.press(*"SPOON")
        await settled(pilot)
        assert text(app, "log-text") == "warning: half a spoon"
        await pilot.press(*"zzz")
        await settled(pilot)
        assert "nothing found" in text(app, "log-text")
        await pilot.press("escape")
        await settled(pilot)
        assert "no space left" in text(app, "log-text")

    show(app, body)


def test_t_goes_through_the_tabs_and_m_gives_them_the_screen(output):
    a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        seen = []
        for _ in range(3):
            await pilot.press("t")
            seen.append(app.train.query_one(TabbedContent).active)
        assert seen == ["log", "config", "samples"]
        await pilot.press("m")
        await pilot.pause()
        assert not chart(app).display
        assert app.train.query_one("#details").region.width == 120
        await pilot.press("m")
        await pilot.pause()
        assert chart(app).display

    show(app, body)


@pytest.mark.parametrize(("size", "there"), [((80, 24), False), ((120, 40), True)])
def test_the_list_can_be_shown_and_hidden(several, size, there):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        runs = app.train.query_one(RunList)
        assert runs.display == there
        await pilot.press("left_square_bracket")
        assert runs.display != there
        await pilot.press("left_square_bracket")
        assert runs.display == there

    show(app, body, size)


def test_g_writes_with_the_run_and_b_looks_at_its_blocks(output):
    run = a_run(output, "one", training())
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("g", "b")
        assert app.written_with == [str(run)]
        assert app.looked_at == [Path("/stores/one")]

    show(app, body)


def test_keys_without_any_run_do_no_harm(output):
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("p", "x", "X", "r", "space", "d", "c", "z", "y", "f", "plus", "minus", "comma", "full_stop")
        await pilot.press("l", "escape", "m", "m", "left_square_bracket", "left_square_bracket", "g", "b", "t")
        await pilot.pause()
        assert app.screen is app.train

    show(app, body)


def test_a_run_that_was_launched_is_shown_as_starting(output):
    run = output / "new"
    run.mkdir(parents=True)
    Launch(5.0, "gpt2", Process.current()).write(run)
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        app.watch_run("new")
        await settled(pilot)
        assert "STARTING" in text(app, "now")
        assert "reading recipes" in text(app, "now")

    show(app, body)


def test_a_chosen_run_is_shown_when_it_comes(output):
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        app.watch_run("later")
        await settled(pilot)
        assert "is not there yet" in text(app, "now").replace("\n", " ")
        a_run(output, "later", training())
        await app.look(pilot)
        assert "RUNNING" in text(app, "now")

    show(app, body)


def test_a_run_deleted_while_shown_goes_quietly(several):
    app = Stage(several)

    async def body(pilot: Pilot[None]) -> None:
        shutil.rmtree(several / "0412-gpt2")
        await app.look(pilot)
        assert len(listed(app)) == 4
        assert "is no longer there" in text(app, "now").replace("\n", " ")
        await pilot.press("p", "r", "g", "down")
        await settled(pilot)
        assert "no longer" not in text(app, "now")

    show(app, body)


def test_foreign_empty_and_newer_folders_are_met_calmly(output):
    newer = a_run(output, "newer", training(), created=9.0)
    manifest = json.loads((newer / "run.json").read_text())
    (newer / "run.json").write_text(json.dumps(manifest | {"version": 99}))
    (output / "empty").mkdir()
    (output / "photos").mkdir()
    (output / "photos" / "cake.jpg").write_bytes(b"\xff\xd8")
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        app.watch_run("newer")
        await settled(pilot)
        assert listed(app) == ["! newer"]
        assert "newer version" in text(app, "now").replace("\n", " ")
        assert "120/200" not in text(app, "now")

    show(app, body)


def test_what_a_run_says_is_shown_harmlessly(output):
    events = [*training(3), Sample(1100.0, 3, HOSTILE, HOSTILE * 2), ended("failed", HOSTILE, 3)]
    run = a_run(output, "[bold]one [b", events)
    (run / "config.toml").write_text(f"# {HOSTILE}\n")
    (run / "worker.log").write_text(f"{HOSTILE}\n" + "x" * 1_000_000 + "\n")
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert listed(app) == ["✗ [bold]one [b"]
        await pilot.press("space", "t", "t", "t", "l", *"red", "enter", "d")
        await settled(pilot)
        for panel in ("now", "strip", "samples-text", "log-text"):
            shown = text(app, panel)
            assert "[red]bold[/]" in shown.replace("\n", " "), panel
            assert "\x1b" not in shown
            assert "\u202e" not in shown
        assert "\x1b[31m" not in app.export_screenshot()

    show(app, body)


def test_nobody_looks_while_another_screen_is_shown(output):
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert not app.watcher.asleep
        app.push_screen(Screen())
        await pilot.pause()
        assert app.watcher.asleep
        app.pop_screen()
        await pilot.pause()
        assert not app.watcher.asleep

    show(app, body)
    assert app.watcher.stopped


@pytest.mark.parametrize("dialog", [ConfirmDialog("sure?"), ErrorDialog("the checkpoint is damaged")])
def test_behind_a_dialog_the_run_stays_in_view(output, dialog):
    run = a_run(output, "one", training(3))
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        app.push_screen(dialog)
        await pilot.pause()
        assert not app.watcher.asleep
        append(run, step(4))
        app.watcher.look()
        await pilot.pause()
        assert app.screen is dialog
        assert "step 4" in text(app, "strip"), text(app, "strip")

    show(app, body)


def test_the_overlap_of_samples_stands_beside_them_and_beside_the_loss(output):
    a_run(output, "one", training(80))
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert "overlap" in drawn(app) and "100%" in drawn(app)
        assert "step 80  overlap 20%, longest span 20 words  Pumpkin Soup" in text(app, "samples-text")
        assert "overlap            20%" in text(app, "now")
        await pilot.press(*"c" * CHARTS.index("overlap"))
        assert "overlap" in str(chart(app).border_title)

    show(app, body)


def test_scorecards_stand_beside_the_loss_and_have_a_chart_of_their_own(output):
    scores = [Scored(1001.0 + at, at, at / 50, at / 100, 0.2, 0.1, 0.0, 0.0, 0.5, best=True) for at in (40, 80)]
    a_run(output, "one", [*training(80), *scores])
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        assert "coverage" in drawn(app)
        assert "1.600" in text(app, "now")
        await pilot.press(*"c" * CHARTS.index("scorecard"))
        assert "of another prompt" in drawn(app)

    show(app, body)


def test_why_the_overlap_is_not_measured_is_in_the_log(output):
    a_run(output, "one", [*training(3), OverlapNotMeasured(1010.0, 3, "/s: cannot be written")])
    app = Stage(output)

    async def body(pilot: Pilot[None]) -> None:
        await pilot.press("t")
        assert "is not measured: /s: cannot be written" in text(app, "log-text")

    show(app, body)


def test_why_a_chosen_run_cannot_be_read_is_said_at_once(output):
    summary = RunSummary("bad", output / "bad", "unreadable", "run.json: damaged")
    screen = TrainScreen.__new__(TrainScreen)
    screen._chosen, screen._seen, screen.snapshot = "bad", set(), Snapshot((summary,))
    assert screen._absence == "cannot be read: run.json: damaged"
