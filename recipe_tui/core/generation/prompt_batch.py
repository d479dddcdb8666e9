"""Write a text for each of many prompts to a file of JSON lines, in their order; a start after a stop continues.

Texts of a batch end in another order than they began. Each is appended at once to a journal beside the file, so that a
stop loses only texts that are unfinished, and goes to the file itself as soon as all before it are there.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from filelock import FileLock, Timeout

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.errors import OutputError, RecipeTuiError
from recipe_tui.core.text.prompt_file import PromptLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.output import Generated
    from recipe_tui.core.text.prompt import Prompt

CHUNK = 256
"""Prompts that are given to the model together; the file is complete up to the last whole chunk."""

TOKENS_SHOWN = 64
"""Tokens between two reports of the progress."""


class WritesBatches(Protocol):
    """What is needed of a `Generator`."""

    def check(self, prompt: Prompt) -> None: ...  # noqa: D102
    def generate_batch(  # noqa: D102
        self,
        prompts: Sequence[Prompt],
        config: GenerationConfig,
        seeds: Sequence[int],
        *,
        check: Callable[[], None],
    ) -> Iterator[tuple[int, Generated]]: ...


@dataclass(slots=True)
class BatchReport:
    """What became of the prompts of a file.

    Attributes:
        texts: Number of texts wanted.
        kept: Texts that the file held already.
        written: Texts that were written now.
        tokens: Tokens of these.
        refused: The lines whose prompts the model cannot continue, with the reasons.
        others: Lines of the file that belong to other prompts or settings; they stay.
        noted: Texts written now with a note of what was not done as asked.
        note: The first of these notes.
    """

    texts: int
    kept: int = 0
    written: int = 0
    tokens: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    others: int = 0
    noted: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    """A text that is to be written: its key, the line of its prompt, the prompt and the seed."""

    key: str
    line: int
    prompt: Prompt
    seed: int


def journal_of(path: Path) -> Path:
    """Return the journal beside a file of texts: those that are written and not in the file yet."""
    return path.with_name(f".{path.name}.journal")


class BatchFile:
    """A file of JSON lines with keys, to which whole lines are appended in order.

    Args:
        path: The file. A line at its end that a killed process left unfinished is removed.

    Attributes:
        keys: Keys of its lines.
        waiting: Lines of the journal that are not in the file yet, by their keys.

    Raises:
        OutputError: It holds something else, or cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = journal_of(path)
        if path.is_dir():
            raise OutputError(f"{path}: is a folder", "add a file name")
        self.keys = {key for key, _ in _whole_lines(path)}
        self.waiting = {key: line for key, line in _whole_lines(self.journal) if key not in self.keys}

    def add(self, key: str, values: Mapping[str, Any]) -> None:
        """Append a text to the journal."""
        self.waiting[key] = json.dumps({"key": key, **values}, ensure_ascii=False) + "\n"
        _append(self.journal, self.waiting[key])

    def move(self, key: str) -> None:
        """Append a line of the journal to the file."""
        line = self.waiting.pop(key)
        _append(self.path, line)
        self.keys.add(key)

    def close(self) -> None:
        """Remove the journal when all of it is in the file."""
        if not self.waiting:
            with writing(self.journal):
                self.journal.unlink(missing_ok=True)


def write_prompts(
    load: Callable[[], WritesBatches],
    prompts: Sequence[PromptLine],
    config: GenerationConfig,
    settings: Mapping[str, Any],
    path: Path,
    progress: Callable[[int, int, int], None] = lambda *_: None,
    measure: Callable[[PromptLine, Generated], Mapping[str, Any]] = lambda *_: {},
) -> BatchReport:
    """Write the texts of prompts that are not in a file yet.

    Args:
        load: Loads the model; called only if a text is missing.
        prompts: The prompts.
        config: The decoding settings. A text's seed follows from their seed (0 when unset) and its prompt, so that it
            does not depend on the other prompts of the file. Each prompt gets ``num_return_sequences`` texts.
        settings: What else decides the texts, such as the model and its precision; written on every line.
        path: The file of JSON lines.
        progress: Called with the number of texts done, of all, and of the tokens written meanwhile.
        measure: Returns what else is written on the line of a text, given its prompt and the text.

    Raises:
        OutputError: See `BatchFile`; or another process writes to the file.
    """
    with _alone(path):
        return _write_prompts(load, prompts, config, settings, path, progress, measure)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no other process write to a file meanwhile."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.name}.lock")
    lock = FileLock(place, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(f"{path}: another process writes to it", "wait until it has ended") from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            place.unlink()
        lock.release()


def _write_prompts(
    load: Callable[[], WritesBatches],
    prompts: Sequence[PromptLine],
    config: GenerationConfig,
    settings: Mapping[str, Any],
    path: Path,
    progress: Callable[[int, int, int], None],
    measure: Callable[[PromptLine, Generated], Mapping[str, Any]],
) -> BatchReport:
    known = {**settings, "generation": config.model_dump(mode="json", exclude={"num_return_sequences"})}
    tasks = list(_tasks(prompts, config, known))
    file = BatchFile(path)
    report = BatchReport(len(tasks), others=len(file.keys - {task.key for task in tasks}))
    report.kept = sum(task.key in file.keys or task.key in file.waiting for task in tasks)
    generator: WritesBatches | None = None
    for start in range(0, len(tasks), CHUNK):
        chunk = tasks[start : start + CHUNK]
        missing = [task for task in chunk if task.key not in file.keys and task.key not in file.waiting]
        if missing:
            generator = generator or load()
            _write_chunk(generator, missing, config, known, file, report, progress, measure)
        for task in chunk:
            if task.key in file.waiting:
                file.move(task.key)
        progress(report.kept + report.written, report.texts, report.tokens)
    file.close()
    return report


def _write_chunk(
    generator: WritesBatches,
    tasks: Sequence[_Task],
    config: GenerationConfig,
    known: Mapping[str, Any],
    file: BatchFile,
    report: BatchReport,
    progress: Callable[[int, int, int], None],
    measure: Callable[[PromptLine, Generated], Mapping[str, Any]],
) -> None:
    fitting = []
    for task in tasks:
        try:
            generator.check(task.prompt)
            fitting.append(task)
        except RecipeTuiError as error:
            report.refused.append((task.line, error.message))
    meanwhile = 0

    def count_token() -> None:
        nonlocal meanwhile
        meanwhile += 1
        if meanwhile % TOKENS_SHOWN == 0:
            progress(report.kept + report.written, report.texts, meanwhile)

    single = config.model_copy(update={"num_return_sequences": 1})
    seeds = [task.seed for task in fitting]
    texts = generator.generate_batch([task.prompt for task in fitting], single, seeds, check=count_token)
    for number, generated in texts if fitting else ():
        task = fitting[number]
        more = measure(PromptLine(task.line, task.prompt), generated)
        file.add(task.key, {**_values(task, generated, known), **more})
        report.written += 1
        report.tokens += generated.tokens
        if generated.notes:
            report.noted += 1
            report.note = report.note or generated.notes[0]
        progress(report.kept + report.written, report.texts, meanwhile)


def _values(task: _Task, generated: Generated, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands on the line of a text, besides its key."""
    recipe = generated.recipe
    parts = ("title", "ingredients", "steps", "tags", "servings", "times")
    return {
        "line": task.line,
        "prompt": _written(task.prompt),
        "text": generated.text,
        "recipe": {name: getattr(recipe, name) for name in parts},
        "finish_reason": generated.finish_reason,
        "tokens": generated.tokens,
        "seed": task.seed,
        "notes": generated.notes,
        **known,
    }


def _tasks(prompts: Sequence[PromptLine], config: GenerationConfig, known: Mapping[str, Any]) -> Iterator[_Task]:
    """Yield a task for each text; a prompt that stands several times in a file has texts with several seeds."""
    times: dict[str, int] = {}
    for one in prompts:
        text = json.dumps(_written(one.prompt), sort_keys=True)
        for _ in range(config.num_return_sequences):
            number = times[text] = times.get(text, -1) + 1
            seed = ((config.seed or 0) + int(_digest(f"{number} {text}")[:8], 16)) % 2**31
            yield _Task(_digest(json.dumps([text, seed, known], sort_keys=True))[:24], one.line, one.prompt, seed)


def _written(prompt: Prompt) -> dict[str, Any]:
    return {name: value for name, value in asdict(prompt).items() if value}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _whole_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file with their keys, after cutting off an unfinished one at its end."""
    with writing(path):
        content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    lines = whole.decode("utf-8", "replace").split("\n")[:-1]
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append((str(json.loads(line)["key"]), f"{line}\n"))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _foreign(path, f"line {number} holds") from None
    if len(whole) < len(content):
        if not content[len(whole) :].startswith(b'{"key": '[: len(content) - len(whole)]):
            raise _foreign(path, "it holds")
        with writing(path), path.open("rb+") as file:
            file.truncate(len(whole))
    yield from found


def _foreign(path: Path, what: str) -> OutputError:
    return OutputError(f"{path}: {what} something else than texts of prompts", "choose another file")


def _append(path: Path, line: str) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(line.encode("utf-8", "backslashreplace"))
