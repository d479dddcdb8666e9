"""``recipe-tui generate --prompts``: a file of prompts becomes a file of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.text.prompt import Prompt
from tests.cli.conftest import CommandLine, FakeGenerated, FakeGenerator

GENERATE = ("generate", "--model", "checkpoint", "--prompts", "prompts.jsonl")


@pytest.fixture(autouse=True)
def prompts(generator: type[FakeGenerator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def generate_batch(
        self: FakeGenerator, prompts: Sequence[Prompt], config: GenerationConfig, seeds: Sequence[int], **_: Any
    ) -> Iterator[tuple[int, FakeGenerated]]:
        for number, prompt in enumerate(prompts):
            yield number, self.generate(prompt, config)[0]

    monkeypatch.setattr(FakeGenerator, "generate_batch", generate_batch, raising=False)
    monkeypatch.setattr(FakeGenerator, "check", lambda *_: None, raising=False)
    monkeypatch.setattr("recipe_tui.core.registry.locate.locate_model", lambda name: Path(name) / "found")
    (tmp_path / "prompts.jsonl").write_text('{"title": "Soup"}\n{"titel"\n{"title": "Pie"}\n', encoding="utf-8")


def test_each_prompt_has_its_text_and_broken_lines_are_counted(recipe_tui: CommandLine) -> None:
    done = recipe_tui(*GENERATE, "--to", "texts.jsonl", "--temperature", "0.5", "--json")
    assert done.json["written"] == 2
    assert [one["line"] for one in done.json["left_out"]] == [2]
    assert "left out: prompts.jsonl:2: malformed JSON" in done.err
    lines = [json.loads(line) for line in Path("texts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["prompt"]["title"] for line in lines] == ["Soup", "Pie"]
    assert (lines[0]["model"], lines[0]["generation"]["temperature"]) == ("checkpoint/found", 0.5)
    assert FakeGenerator.loaded == Path("checkpoint/found")


def test_what_was_not_done_as_asked_is_said_once_for_all_texts(recipe_tui: CommandLine) -> None:
    done = recipe_tui(*GENERATE, "--to", "texts.jsonl")
    assert "note: 2 texts have notes on their lines, the first: the limit was lowered" in done.err


def test_a_second_start_writes_nothing(recipe_tui: CommandLine) -> None:
    recipe_tui(*GENERATE, "--to", "texts.jsonl")
    FakeGenerator.loaded = None
    done = recipe_tui(*GENERATE, "--to", "texts.jsonl")
    assert "texts.jsonl: 0 texts written, 2 were there, 1 lines left out" in done.err
    assert FakeGenerator.loaded is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--prompts writes to a file"),
        (("--to", "prompts.jsonl"), "the file of prompts itself"),
        (("--to", "texts.jsonl", "--title", "Soup"), "--prompts takes no other prompt"),
        (("--to", "texts.jsonl", "--format", "text"), "--prompts takes no other prompt"),
    ],
)
def test_what_makes_no_sense_is_refused(recipe_tui: CommandLine, options: tuple[str, ...], message: str) -> None:
    done = recipe_tui(*GENERATE, *options)
    assert done.code == 2
    assert message in done.error
