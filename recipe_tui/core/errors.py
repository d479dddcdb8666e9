"""The one family of errors that users see: what went wrong, and what to do about it.

Every error is raised where its cause is known and is shown as one line. Anything else that escapes is a bug.
"""

from __future__ import annotations


class RecipeTuiError(Exception):
    """Something the user can mend.

    Args:
        message: What went wrong, naming the file, key or value. What it quotes of a file may break a line: a blank
            stands there instead.
        hint: What to do next; an imperative sentence.
        setting: The setting to change, such as ``data.block_size``, if one is to blame.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "", setting: str = "") -> None:
        self.message = message = " ".join(map(str.strip, message.splitlines()))
        self.hint = hint
        self.setting = setting
        super().__init__(f"{message}; {hint}" if hint else message)


class UsageError(RecipeTuiError):
    """An argument or a combination of arguments that makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file or ``--set`` with an unknown key, a wrong type or a value out of range."""


class SourceError(RecipeTuiError):
    """A recipe source that is missing, unreadable or holds no recipe."""


class StoreError(RecipeTuiError):
    """A block store that is missing, damaged or of another version."""


class TokenizerError(RecipeTuiError):
    """A tokenizer that cannot be loaded or does not fit its checkpoint."""


class CheckpointError(RecipeTuiError):
    """A folder that is no checkpoint, or one whose weights are damaged or do not fit."""


class BackendError(RecipeTuiError):
    """A Keras backend that is missing or cannot do what is asked."""


class RunError(RecipeTuiError):
    """A run folder that cannot be created, resumed or written to."""


class TrainingError(RecipeTuiError):
    """A training that cannot go on, such as one whose loss is no longer a number."""


class GenerationError(RecipeTuiError):
    """A prompt or decoding control that the model cannot honour."""


class OutputError(RecipeTuiError):
    """A place that cannot be written to: no permission, or a full disk."""


class NetworkError(RecipeTuiError):
    """A hub name that cannot be reached."""


def ends_program(error: BaseException) -> bool:
    """Return whether an exception asks to end the program or a generator; a panic of a library in Rust does not."""
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


def problem(error: Exception) -> str:
    """Return what is wrong with a file, in one line: of a failed validation, the first problem and its field."""
    from pydantic_core import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False)[0]
        return ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
