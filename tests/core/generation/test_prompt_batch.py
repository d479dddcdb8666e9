"""Many prompts become a file of texts, in their order; a stop loses nothing that was finished."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import GenerationError, OutputError
from recipe_tui.core.generation.output import Generated
from recipe_tui.core.generation.prompt_batch import BatchReport, write_prompts
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.prompt_file import PromptLine

TITLES = ("Soup", "Pie", "Stew", "Tart")
PROMPTS = [PromptLine(number, Prompt(title, ("leek",))) for number, title in enumerate(TITLES, 1)]
CONFIG = GenerationConfig()


@dataclass
class FakeGenerator:
    """Writes texts in the reverse order of the prompts; stops as Ctrl-C does after a number of them."""

    stops_after: int = 1000
    asked: list[str] = field(default_factory=list)

    def check(self, prompt: Prompt) -> None:
        if prompt.title == "Too long":
            raise GenerationError("the prompt has 999 tokens")

    def generate_batch(
        self, prompts: Sequence[Prompt], config: GenerationConfig, seeds: Sequence[int], *, check: Callable[[], None]
    ) -> Iterator[tuple[int, Generated]]:
        self.asked += [prompt.title for prompt in prompts]
        for count, number in enumerate(reversed(range(len(prompts)))):
            if count == self.stops_after:
                raise KeyboardInterrupt
            check()
            title = prompts[number].title
            recipe = Recipe(title, ("leek",), ("Cook.",))
            yield number, Generated(f"{title} é {seeds[number]}", recipe, "stop", 3, 30.0, seeds[number])


def write(
    path: Path,
    generator: FakeGenerator | None = None,
    prompts: Sequence[PromptLine] = PROMPTS,
    config: GenerationConfig = CONFIG,
    model: str = "run",
) -> BatchReport:
    generator = generator or FakeGenerator()
    return write_prompts(lambda: generator, prompts, config, {"model": model, "precision": "float32"}, path)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def titles(path: Path) -> list[str]:
    return [line["prompt"]["title"] for line in lines(path)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "texts.jsonl"


def test_texts_keep_the_order_of_their_prompts(path: Path) -> None:
    report = write(path)
    assert titles(path) == ["Soup", "Pie", "Stew", "Tart"]
    assert (report.texts, report.written, report.kept, report.tokens) == (4, 4, 0, 12)
    assert [one.name for one in path.parent.iterdir()] == ["texts.jsonl"]


def test_a_line_holds_prompt_text_recipe_and_every_setting(path: Path) -> None:
    write(path, config=GenerationConfig(top_p=0.5, seed=3))
    first = lines(path)[0]
    assert first["prompt"] == {"title": "Soup", "ingredients": ["leek"]}
    assert first["recipe"]["steps"] == ["Cook."]
    assert first["text"] == f"Soup é {first['seed']}"
    assert (first["line"], first["model"], first["precision"]) == (1, "run", "float32")
    assert first["generation"]["top_p"] == 0.5
    assert set(first["generation"]) == set(GenerationConfig.model_fields) - {"num_return_sequences"}


def test_a_second_start_writes_nothing_and_loads_nothing(path: Path) -> None:
    write(path)
    before = path.read_bytes()
    never: Callable[[], Any] = lambda: pytest.fail("loaded")  # noqa: E731
    report = write_prompts(never, PROMPTS, GenerationConfig(), {"model": "run", "precision": "float32"}, path)
    assert (report.kept, report.written) == (4, 0)
    assert path.read_bytes() == before


def test_after_ctrl_c_only_what_is_missing_is_written_and_the_file_is_the_same(path: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(path, FakeGenerator(stops_after=2))
    again = FakeGenerator()
    report = write(path, again)
    assert again.asked == ["Soup", "Pie"]
    assert (report.kept, report.written) == (2, 2)
    write(tmp_path / "whole.jsonl")
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert [one.name for one in path.parent.iterdir()] == ["texts.jsonl"]


def test_a_line_that_a_killed_process_left_unfinished_is_written_again(path: Path) -> None:
    write(path)
    whole = path.read_bytes()
    for cut in (1, 30, len(whole.splitlines()[-1])):
        path.write_bytes(whole[:-cut])
        assert write(path).written == 1
        assert path.read_bytes() == whole


def test_other_settings_are_other_texts_beside_the_old_ones(path: Path) -> None:
    write(path)
    report = write(path, config=GenerationConfig(temperature=1.5))
    assert (report.written, report.others) == (4, 4)
    assert write(path, model="another").written == 4
    assert titles(path) == ["Soup", "Pie", "Stew", "Tart"] * 3


def test_a_prompt_that_is_put_between_changes_no_other_text(path: Path, tmp_path: Path) -> None:
    write(path)
    more = [PROMPTS[0], PromptLine(9, Prompt("New")), *PROMPTS[1:]]
    assert write(path, prompts=more).written == 1
    seeds = {line["prompt"]["title"]: line["seed"] for line in lines(path)}
    assert len(set(seeds.values())) == 5


def test_a_prompt_that_stands_twice_has_two_texts(path: Path) -> None:
    write(path, prompts=[PROMPTS[0], PROMPTS[0]], config=GenerationConfig(num_return_sequences=2))
    assert len({line["seed"] for line in lines(path)}) == 4


def test_a_prompt_that_the_model_cannot_continue_is_named_by_its_line(path: Path) -> None:
    report = write(path, prompts=[PROMPTS[0], PromptLine(2, Prompt("Too long")), PROMPTS[1]])
    assert report.refused == [(2, "the prompt has 999 tokens")]
    assert titles(path) == ["Soup", "Pie"]


@pytest.mark.parametrize("content", ["my notes\n", '{"a": 1}\n', "[1]\n", "no line end", "{"])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(content, encoding="utf-8")
    if content == "{":  # as a killed process may leave it
        assert write(path).written == 4
        return
    with pytest.raises(OutputError, match="something else"):
        write(path)
    assert path.read_text(encoding="utf-8") == content
