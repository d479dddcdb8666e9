"""What all commands have in common: ``--json``, ``--debug``, ``--set`` and the options of the configuration."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli import INTERRUPT_CODE
from recipe_tui.cli.options import TOP, settings_of
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, RecipeTuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipe_tui.core.config import Config

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, all else on stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Any setting of the configuration; may be repeated."),
]

CONFIG_SUFFIX = ".toml"


class InterruptError(RecipeTuiError):
    """Ctrl-C or SIGTERM ended the command."""

    exit_code = INTERRUPT_CODE


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a command.

    Attributes:
        value: The result: what ``--json`` prints.
        exit_code: The process's exit code.
    """

    value: Any
    exit_code: int = 0


def command(
    *sections: str,
    rest: str | None = None,
    rest_help: str = "",
    load: Callable[..., Config] = load_config,
    own: Mapping[str, Any] = MappingProxyType({}),
) -> Callable[..., Callable[..., None]]:
    """Make a function a command.

    The function is called with the `Terminal` first, then, if there are sections, the `Config` that file, options and
    ``--set`` result in, then its own options by name. It returns an `Outcome`.

    Args:
        sections: Sections of the configuration whose keys become options; ``top`` for the keys outside of sections.
        rest: The option that collects positional arguments: ``--source a b c`` is
            ``--source a --source b --source c``. A name that ends in ``.toml`` is the configuration file.
        rest_help: What the help says of such arguments.
        load: Makes the configuration, called like `load_config`.
        own: Options that ``load`` takes besides, by name, with their annotations.
    """
    settings = {setting.option: setting for setting in settings_of(*sections)}

    def decorate(function: Callable[..., Outcome]) -> Callable[..., None]:
        _, *parts = inspect.signature(function, eval_str=True).parameters.values()
        parameters = [_parameter(one.name, one.annotation, one.default) for one in parts if one.name != "config"]
        if sections:
            argument = typer.Argument(metavar="CONFIG.toml", help=f"A configuration file{rest_help}.")
            parameters.insert(0, _parameter("files", Annotated[list[str] | None, argument]))
            parameters += [setting.parameter for setting in settings.values()]
            parameters += [_parameter(name, annotation) for name, annotation in own.items()]
            parameters.append(_parameter("set_", Set))
        parameters += [_parameter("as_json", AsJson, False), _parameter("debug", Debug, False)]

        def run(**given: Any) -> None:
            terminal = Terminal(as_json=given.pop("as_json"))
            given.pop("debug")  # `app.run` reads it
            arguments: list[Any] = [terminal]
            if sections:
                arguments.append(_config(given, rest))
            try:
                with terminal.guarded():
                    outcome = function(*arguments, **given)
            except KeyboardInterrupt:
                from recipe_tui.core.runs.process import INTERRUPTED

                raise InterruptError(INTERRUPTED, "what was saved before is kept") from None
            if terminal.as_json:
                terminal.print_json(outcome.value)
            if outcome.exit_code:
                raise typer.Exit(outcome.exit_code)

        def _config(given: dict[str, Any], rest: str | None) -> Config:
            files = given.pop("files") or []
            configs = [file for file in files if file.endswith(CONFIG_SUFFIX)]
            others = [file for file in files if not file.endswith(CONFIG_SUFFIX)]
            if len(configs) > 1:
                raise UsageError(f"{configs[1]}: a second configuration file", "give one")
            if others and rest is None:
                raise UsageError(f"unexpected argument '{others[0]}'", "--help lists what there is")
            if others:
                given[str(rest)] = [*(given[str(rest)] or ()), *others]
            values: dict[str, dict[str, Any]] = {}
            for option, setting in settings.items():
                if value := given.pop(option):
                    values.setdefault(setting.section, {})[setting.key] = value
            others_of_load = {name: given.pop(name) for name in own}
            path = Path(configs[0]) if configs else None
            try:
                return load(path, given.pop("set_") or (), **others_of_load, **values)
            except ConfigError as error:
                raise _naming_option(error, values) from None

        def _naming_option(error: ConfigError, values: dict[str, dict[str, Any]]) -> ConfigError:
            """Blame the option for a wrong value that was given by it."""
            _, found, problem = error.message.partition(f" {error.setting} = ")
            for setting in settings.values():
                name = setting.key if setting.section == TOP else f"{setting.section}.{setting.key}"
                if found and name == error.setting and setting.key in values.get(setting.section, {}):
                    return ConfigError(f"--{setting.option.replace('_', '-')} {problem}", error.hint, error.setting)
            return error

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def require_folder(path: Path, option: str) -> None:
    """Make sure that an option names a folder.

    Raises:
        UsageError: There is none, or something else.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such folder", f"check {option}")
    if not path.is_dir():
        raise UsageError(f"{path}: not a folder", f"check {option}")


def _parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
