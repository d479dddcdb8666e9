"""The application: what it does without a command, and how errors end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_tui import __version__, cli
from recipe_tui.cli.app import run
from recipe_tui.core.errors import BackendError, OutputError
from tests.cli.conftest import CommandLine, FakeTraining


def test_without_a_command_it_shows_the_help(recipe_tui: CommandLine) -> None:
    done = recipe_tui()
    assert done.code == 0
    for command in ("data", "train", "generate", "runs", "doctor", "demo"):
        assert f" {command} " in done.out
    assert "workbench" in done.out


@pytest.mark.parametrize("options", [("--ascii",), ("--no-mouse",), ("--theme", "nord"), ("--output", "runs")])
def test_the_workbench_asked_for_where_there_is_no_terminal_is_an_error(
    recipe_tui: CommandLine, options: tuple[str, ...]
) -> None:
    done = recipe_tui(*options)
    assert done.code == 2
    assert done.error.startswith("the workbench needs a terminal")


def test_a_theme_that_is_not_there_is_an_error_that_names_those_that_are(
    recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipe_tui.cli.workbench.has_terminal", lambda: True)
    monkeypatch.setattr("recipe_tui.cli.app.has_terminal", lambda: True)
    done = recipe_tui("--theme", "dark")
    assert done.code == 2
    assert "high-contrast" in done.error


@pytest.mark.parametrize("arguments", [("train", "--help"), ("runs", "--help"), ()])
def test_a_command_does_not_wait_for_what_draws_the_workbench(arguments: tuple[str, ...]) -> None:
    code = (
        f"import sys; from recipe_tui.cli.app import run; run({list(arguments)});"
        "assert not any(name.split('.')[0] == 'textual' for name in sys.modules), 'textual'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr


def test_the_workbench_does_not_wait_for_the_command_line() -> None:
    code = (
        "import sys; import recipe_tui.cli.workbench, recipe_tui.tui.app, recipe_tui.tui.train.screen;"
        "print(*[n for n in ('typer', 'numpy', 'pyarrow', 'tokenizers', 'psutil', 'tensorflow') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_options_of_the_workbench_before_a_command_are_refused(recipe_tui: CommandLine) -> None:
    done = recipe_tui("--output", "elsewhere", "runs")
    assert done.code == 2
    assert "options before runs are the workbench's; give them after it: recipe-tui runs" in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_libraries_are_imported_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    monkeypatch.setattr(cli, "_main", lambda: signal.raise_signal(number))
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_it_says_its_version(recipe_tui: CommandLine) -> None:
    assert recipe_tui("--version").out == f"{__version__}\n"


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "recipe_tui", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("cook",), "No such command 'cook'"),
            (("train", "--learning-rte", "1"), "No such option: --learning-rte"),
            (("train", "--source"), "Option '--source' requires an argument"),
            (("runs", "extra"), "unexpected argument 'extra'"),
            (("train", "--set", "training.epoch=1"), "unknown key 'training.epoch'; did you mean epochs?"),
            (("train", "--epochs", "many"), "--epochs 'many'"),
            (("train", "--set", "data.layout=fancy"), "data.layout = 'fancy'"),
            (("train", "none.toml"), "none.toml: no such configuration file"),
            (("train", "a.toml", "b.toml"), "b.toml: a second configuration file"),
            (("generate", "--title", "x", "--top-p", "7"), "--top-p '7'"),
        ],
    )
    def test_a_wrong_command_line_is_one_line_with_exit_code_2(
        self, recipe_tui: CommandLine, arguments: tuple[str, ...], said: str
    ) -> None:
        done = recipe_tui(*arguments)
        assert done.code == 2
        assert said in done.error
        assert done.out == ""

    def test_with_json_the_error_is_a_document_as_well(self, recipe_tui: CommandLine) -> None:
        done = recipe_tui("train", "--epochs", "many", "--json")
        assert done.code == 2
        assert done.json["error"].startswith("--epochs 'many'")
        assert done.json["hint"] == "it means: Passes over the training blocks."
        assert done.error

    def test_an_error_of_the_family_is_its_message_and_hint(
        self, recipe_tui: CommandLine, training: FakeTraining
    ) -> None:
        training.error = OutputError("disk: full", "free some\nspace \x1b[1m")
        done = recipe_tui("train", "--source", "x")
        assert (done.code, done.error) == (1, "disk: full; free some space \\x1b[1m")

    def test_a_bug_is_one_line_that_asks_for_debug(self, recipe_tui: CommandLine, training: FakeTraining) -> None:
        training.error = ZeroDivisionError("by zero")
        done = recipe_tui("train", "--source", "x")
        assert done.code == 1
        assert done.error == "unexpected ZeroDivisionError: by zero; run again with --debug, and report it"

    def test_debug_shows_where_it_happened(self, recipe_tui: CommandLine, training: FakeTraining) -> None:
        training.error = ZeroDivisionError("by zero")
        done = recipe_tui("train", "--source", "x", "--debug")
        assert "Traceback" in done.err
        assert "by zero" in done.err

    def test_an_error_of_the_system_names_the_file(self, recipe_tui: CommandLine, training: FakeTraining) -> None:
        training.error = PermissionError(13, "Permission denied", "secret.txt")
        assert recipe_tui("train", "--source", "x").error.startswith("secret.txt: Permission denied")

    def test_without_memory_it_says_what_to_lower(self, recipe_tui: CommandLine, training: FakeTraining) -> None:
        training.error = MemoryError()
        assert "lower --batch-size" in recipe_tui("train", "--source", "x").error

    def test_an_interrupt_exits_with_130(self, recipe_tui: CommandLine, training: FakeTraining) -> None:
        training.error = KeyboardInterrupt()  # type: ignore[assignment]
        done = recipe_tui("train", "--source", "x")
        assert done.code == 130
        assert done.error.startswith("interrupted")

    def test_a_reader_that_left_is_no_error(self) -> None:
        command = f"{sys.executable} -m recipe_tui train --help | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
        assert done.stderr == ""
        assert done.stdout.strip() in ("0", "1")  # which of the two is first is a matter of luck

    def test_a_missing_backend_says_what_to_install(
        self, recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> str:
            raise BackendError("neither TensorFlow nor JAX is installed", "pip install 'recipe-tui[tensorflow]'")

        monkeypatch.setattr("recipe_tui.core.backend.select_backend", missing)
        done = recipe_tui("train", "--source", "x")
        assert (done.code, "pip install" in done.error) == (1, True)


def test_paths_are_taken_from_the_folder_it_runs_in(
    recipe_tui: CommandLine, training: FakeTraining, tmp_path: Path
) -> None:
    assert recipe_tui("train", "--source", "x").code == 0
    assert training.config is not None
    assert training.config.output == Path("output")


def test_an_error_that_nobody_reads_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert run(["recipe", "missing.json", "--json"]) > 0
