from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import CheckpointError, GenerationError
from recipe_tui.core.generation.output import Generated, Piece
from recipe_tui.core.lora.peft import AdapterSummary
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.generated import Alternative as CoreAlternative
from recipe_tui.core.text.layout import PLAIN, SECTIONS
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.protocol import (
    Alternative,
    Alternatives,
    Cancel,
    Cancelled,
    Failed,
    Found,
    Generate,
    Load,
    Loaded,
    LoadedAdapter,
    Reply,
    Request,
    RequestProgress,
    Switch,
    Text,
    Written,
    Wrote,
    read_reply,
)
from recipe_tui.workers.writer import Writer

PROMPT = Prompt("Toast", ("1 slice bread",))
CONFIG = GenerationConfig(max_new_tokens=5, seed=1)


class FakeGenerator:
    """An adapted generator and its generator in one: a token after another until cancelled.

    `between` runs before each question whether it is.
    """

    base_name = "base"

    def __init__(self, between=lambda: None, error: Exception | None = None, adapters: tuple[Path, ...] = ()) -> None:
        self.adapters = tuple(AdapterSummary(path, 4, 8.0, ("c_attn",), "base", "abc", 1) for path in adapters)
        self.active = adapters[0] if adapters else None
        self.decoder = SimpleNamespace(context=64, parameters=1234, weights_size=99)
        self.tokenizer = SimpleNamespace(layout=SECTIONS)
        self.between, self.error = between, error
        self.generator = self

    def generate(self, prompt, config, observer, cancelled, begun):
        if self.error:
            raise self.error
        written, reason = 0, "length"
        while written < config.max_new_tokens:
            written += 1
            observer(Piece(0, "a", written, 0.5))
            self.between()
            if cancelled():
                reason = "cancelled"
                break
        recipe = Recipe(prompt.title, prompt.ingredients, ("a" * written,))
        return [Generated("t", recipe, reason, written, 10.0, config.seed, (f"after {list(begun)}",))]

    def switch(self, adapter):
        self.active = adapter
        self.tokenizer = SimpleNamespace(layout=SECTIONS if adapter else PLAIN)

    def alternatives(self, prompt, written, count):
        return [CoreAlternative(n, str(n), str(n), 1 / (n + 1)) for n in range(count)]


def served(requests, generator: FakeGenerator | None = None, loader=None) -> list[Reply]:
    """Return what a writer replies to requests; they end when all were answered."""
    replies: list[Reply] = []
    done = threading.Semaphore(0)

    def reply(message: Reply) -> None:
        replies.append(message)
        if not isinstance(message, RequestProgress | Wrote):
            done.release()

    def lines() -> Iterator[str]:
        expected = 0
        for request in requests:
            expected += not isinstance(request, Cancel)
            yield request if isinstance(request, str) else line_of(request)
        for _ in range(expected):
            assert done.acquire(timeout=20)

    Writer(reply, loader or (lambda job, progress: generator)).serve(lines())
    return replies


def started(folder: Path) -> subprocess.Popen[str]:
    """Start a real process."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "recipe_tui.workers.writer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


@pytest.fixture
def load(model_folder) -> Load:
    return Load(1, str(model_folder))


def test_a_loaded_model_says_what_it_is(load) -> None:
    def loader(job, progress):
        progress("reading weights")
        return FakeGenerator()

    progress, loaded = served([load], loader=loader)
    assert progress == RequestProgress(1, "reading weights")
    assert isinstance(loaded, Loaded)
    assert (loaded.parameters, loaded.context, loaded.layout, loaded.folder) == (1234, 64, "sections", load.model)
    assert loaded.fields


def test_a_switch_says_what_takes_it_long(model_folder) -> None:
    def loader(job, progress):
        adapted = FakeGenerator(adapters=(Path("/one"), Path("/two")))
        adapted.switch = lambda _: progress("converting")
        return adapted

    _, told, loaded = served([Load(1, str(model_folder)), Switch(2, "/two")], loader=loader)
    assert told == RequestProgress(2, "converting")
    assert isinstance(loaded, Loaded)


def test_adapters_are_told_and_switched_between_by_their_names(model_folder) -> None:
    first, second = model_folder / "first", model_folder / "second"
    generator = FakeGenerator(adapters=(first, second))
    generator.base_name = str(model_folder)
    names = (str(second), str(model_folder), str(first), "other")
    requests = [Load(1, str(first)), *(Switch(id_, name) for id_, name in enumerate(names, 2))]
    *replies, failed = served(requests, generator)
    assert all(isinstance(one, Loaded) for one in replies)
    ready = (LoadedAdapter(str(first), 4, ("c_attn",)), LoadedAdapter(str(second), 4, ("c_attn",)))
    assert {(one.base, one.adapters) for one in replies} == {(str(model_folder), ready)}
    assert [one.fields for one in replies] == [one.layout == "sections" for one in replies]
    assert [(one.model, one.layout) for one in replies] == [
        (str(first), "sections"),
        (str(second), "sections"),
        (str(model_folder), "plain"),
        (str(first), "sections"),
    ]
    assert failed == Failed(5, "other: not held ready", "choose it as a model")


def test_an_adapter_and_its_base_keep_the_names_they_were_asked_for_by(load, model_folder) -> None:
    generator = FakeGenerator(adapters=(model_folder / "first",))
    generator.active = None
    (loaded,) = served([load], generator)
    assert (loaded.model, loaded.base, loaded.adapters[0].name) == (load.model, load.model, str(model_folder / "first"))


def test_tokens_are_streamed_and_the_text_comes_at_the_end(load) -> None:
    _, *pieces, written = served([load, Generate(2, PROMPT, CONFIG, (9,))], FakeGenerator())
    assert pieces == [Wrote(2, 0, "a", n, 0.5) for n in range(1, 6)]
    text = Text("t", "Toast", ("1 slice bread",), ("aaaaa",), "length", 5, 10.0, 1, ("after [9]",))
    assert written == Written(2, (text,))


def test_writing_is_cancelled_while_it_writes(load) -> None:
    inbox: queue.Queue[Request | None] = queue.Queue()
    replies: list[Reply] = []
    heard = threading.Event()

    def lines() -> Iterator[str]:
        while (request := inbox.get()) is not None:
            yield line_of(request)
            if isinstance(request, Cancel):
                yield line_of(Cancel(99))  # by now the one before was taken
                heard.set()

    def between() -> None:
        if not heard.is_set():
            inbox.put(Cancel(2))
            assert heard.wait(20)

    def reply(message: Reply) -> None:
        replies.append(message)
        if isinstance(message, Written):
            inbox.put(None)

    inbox.put(load)
    inbox.put(Generate(2, PROMPT, CONFIG.model_copy(update={"max_new_tokens": 100_000})))
    Writer(reply, lambda job, progress: FakeGenerator(between)).serve(lines())
    written = replies[-1]
    assert isinstance(written, Written)
    assert (written.texts[0].finish_reason, written.texts[0].tokens) == ("cancelled", 1)


def test_what_waits_is_cancelled_before_it_begins(load) -> None:
    cancelled = threading.Event()

    def requests() -> Iterator[Request]:
        yield load
        yield Generate(2, PROMPT, CONFIG)
        yield Alternatives(3, PROMPT, (), 4)
        yield Cancel(3)
        cancelled.set()

    replies = served(requests(), FakeGenerator(between=lambda: cancelled.wait(20) and None))
    assert replies[-1] == Cancelled(3)


def test_alternatives_are_found(load) -> None:
    replies = served([load, Alternatives(2, PROMPT, (1,), 2)], FakeGenerator())
    assert replies[-1] == Found(2, (Alternative(0, "0", "0", 1.0), Alternative(1, "1", "1", 0.5)))


def test_an_error_of_the_family_is_answered_with_its_hint_and_work_goes_on(load) -> None:
    generator = FakeGenerator(error=GenerationError("the prompt is empty", "give a title"))
    replies = served([load, Generate(2, PROMPT, CONFIG), Alternatives(3, PROMPT, (), 1)], generator)
    assert replies[1] == Failed(2, "the prompt is empty", "give a title")
    assert isinstance(replies[2], Found)


def test_any_other_error_is_answered_with_its_traceback(load) -> None:
    replies = served([load, Generate(2, PROMPT, CONFIG)], FakeGenerator(error=MemoryError()))
    failed = replies[-1]
    assert isinstance(failed, Failed)
    assert failed.message == "MemoryError"
    assert "Traceback" in failed.traceback


def test_without_a_model_it_says_so(load) -> None:
    assert served([Generate(2, PROMPT, CONFIG)]) == [Failed(2, "no model is loaded", "choose one")]


def test_a_model_that_cannot_be_loaded_is_an_error_and_the_next_can(load) -> None:
    def loader(job, progress):
        if job.id == 1:
            raise CheckpointError("no such model folder", "give another")
        return FakeGenerator()

    failed, loaded = served([load, Load(2, load.model)], loader=loader)
    assert failed == Failed(1, "no such model folder", "give another")
    assert isinstance(loaded, Loaded)


def test_a_line_that_is_no_request_is_answered_and_the_next_is_heard(load) -> None:
    replies = served(["nonsense\n", load], FakeGenerator())
    assert {type(reply) for reply in replies} == {Failed, Loaded}


def test_a_real_process_leaves_while_it_loads_when_its_workbench_is_gone(tmp_path) -> None:
    os.mkfifo(tmp_path / "config.json")  # which nobody writes, so that loading never ends
    with started(tmp_path) as process:
        process.stdin.write(line_of(Load(1, str(tmp_path))))
        process.stdin.flush()
        assert isinstance(read_reply(process.stdout.readline()), RequestProgress)
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_real_process_loads_streams_goes_on_from_a_chosen_token_and_leaves_at_the_end(model_folder, tmp_path) -> None:
    process = started(tmp_path)
    assert process.stdin and process.stdout

    def ask(request: Request) -> list[Reply]:
        process.stdin.write(line_of(request))
        process.stdin.flush()
        replies: list[Reply] = []
        while not replies or isinstance(replies[-1], RequestProgress | Wrote):
            replies.append(read_reply(process.stdout.readline()))
        return replies

    loaded = ask(Load(1, str(model_folder)))[-1]
    assert isinstance(loaded, Loaded)
    assert loaded.context == 64
    *pieces, written = ask(Generate(2, PROMPT, CONFIG))
    assert isinstance(written, Written)
    assert len(pieces) == written.texts[0].tokens == 5
    found = ask(Alternatives(3, PROMPT, tuple(piece.token_id for piece in pieces[:2]), 3))[-1]
    assert isinstance(found, Found)
    begun = (*(piece.token_id for piece in pieces[:2]), found.alternatives[1].token_id)
    *more, longer = ask(Generate(4, PROMPT, CONFIG, begun))
    assert isinstance(longer, Written)
    assert len(more) == 5
    before = "".join(piece.text for piece in pieces[:2]) + found.alternatives[1].text
    assert longer.texts[0].text.endswith(before + "".join(piece.text for piece in more))
    assert isinstance(ask(Load(5, str(tmp_path)))[-1], Failed)
    process.stdin.close()
    assert process.stdout.read() == ""
    assert process.wait(20) == 0
