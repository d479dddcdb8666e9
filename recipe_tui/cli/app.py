"""The application: its commands, and how errors end it."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from recipe_tui import __version__
from recipe_tui.cli.terminal import Terminal, one_line
from recipe_tui.cli.workbench import OUTPUT, has_terminal, open_workbench
from recipe_tui.core.errors import RecipeTuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "recipe-tui"

COMMANDS = (
    "data",
    "train",
    "generate",
    "recipe",
    "evaluate",
    "laboratory",
    "export",
    "runs",
    "queue",
    "report",
    "models",
    "doctor",
    "demo",
)
"""The commands; each is the function, or the group, of the same name in the module of the same name."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command line.

    Args:
        arguments: Those of the process. If the first is a command, only this one is imported.
    """
    app = typer.Typer(name=NAME, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(main)
    first = tuple(arguments[:1])
    for name in first if first and first[0] in COMMANDS else COMMANDS:
        found = getattr(import_module(f"recipe_tui.cli.{name}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    output: Annotated[Path, typer.Option("--output", help="Workbench: folder of the runs.")] = OUTPUT,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Workbench: draw with ASCII characters only.")] = False,
    no_mouse: Annotated[bool, typer.Option("--no-mouse", help="Workbench: leave the mouse to the terminal.")] = False,
    theme: Annotated[str | None, typer.Option("--theme", help="Workbench: colour theme.")] = None,
) -> int:
    """Fine-tune language models on recipes, and write new ones. Without a command, the workbench opens."""
    if version:
        typer.echo(__version__)
        return 0
    is_plain = (output, ascii_only, no_mouse, theme) == (OUTPUT, False, False, None)
    if (name := context.invoked_subcommand) is not None:
        if not is_plain:
            raise UsageError(f"options before {name} are the workbench's", f"give them after it: {NAME} {name} ...")
        return 0
    if not has_terminal() and is_plain:
        typer.echo(context.get_help())
        typer.echo("The workbench opens here in a terminal; recipe-tui demo shows the whole chain without one.")
        return 0
    return open_workbench(output, ascii_only=ascii_only, mouse=not no_mouse, theme=theme)


def run(arguments: list[str]) -> int:
    """Run a command line.

    Args:
        arguments: The arguments after the program's name.

    Returns:
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show é shows its escape
    try:
        code = application(arguments)(args=arguments, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except RecipeTuiError as error:
        _trace(arguments)
        return _report(arguments, error.message, error.hint, error.exit_code)
    except TyperException as error:
        hint = f"{NAME} --help lists what there is" if "such" in error.format_message() else ""
        return _report(arguments, error.format_message().rstrip("."), hint, error.exit_code)
    except OSError as error:
        _trace(arguments)
        return _report(arguments, f"{error.filename or 'the system'}: {error.strerror or error}", "check the path", 1)
    except MemoryError:
        _trace(arguments)
        return _report(arguments, "out of memory", "lower --batch-size or --block-size, or close other programs", 1)
    except Exception as error:  # a bug: all others are of the family above
        _trace(arguments)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _report(arguments, f"unexpected {what}", "run again with --debug, and report it", 1)
    return code if isinstance(code, int) else 0


def _report(arguments: list[str], message: str, hint: str, exit_code: int) -> int:
    terminal = Terminal(as_json="--json" in arguments)
    message, hint = one_line(message), one_line(hint)
    terminal.say(f"error: {message}; {hint}" if hint else f"error: {message}")
    if terminal.as_json:
        try:
            terminal.print_json({"error": message, "hint": hint})
            sys.stdout.flush()
        except BrokenPipeError:
            _write_nowhere()
    return exit_code


def _write_nowhere() -> None:
    """Leave without a word where nobody reads what is printed: Python would complain about it at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _trace(arguments: list[str]) -> None:
    if "--debug" in arguments:
        traceback.print_exc()
