"""Writing for prompts with a stand-in for the model: stopping, continuing, and texts that are no recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import GenerationError
from recipe_tui.core.evaluation import writing
from recipe_tui.core.evaluation.prompts import HeldOutPrompts
from recipe_tui.core.evaluation.records import Records
from recipe_tui.core.evaluation.writing import extraction, extraction_in_blocks, write_texts
from recipe_tui.core.generation.passages import Passage, draw_passages
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.tokenizer import load_tokenizer

PROMPTS = HeldOutPrompts(
    (4, 7, 9), tuple(Recipe(title, ("2 leeks",), ("Simmer.",)) for title in ("One", "Two", "Three")), "test", 0
)
CONFIG = GenerationConfig(seed=5)


class Model:
    """Writes one step for each prompt; plain layouts show no sections."""

    def __init__(self, layout: str = "sections", step: str = "Boil it.", fits: bool = True) -> None:
        self.tokenizer = SimpleNamespace(layout=SimpleNamespace(name=layout), text=str)
        self.asked: list[tuple[str, int | None]] = []
        self.step, self.fits = step, fits

    def encode(self, prompt: Prompt) -> str:
        return "".join(f"{line}\n" for line in (prompt.title, *prompt.ingredients))

    def check(self, prompt: Prompt) -> None:
        if not self.fits:
            raise GenerationError("the prompt has 2000 tokens, and the model's context holds 1024", "shorten it")

    def generate_batch(
        self, prompts: list[Prompt], config: GenerationConfig, seeds: list[int], check: Callable[[], None]
    ) -> Iterator[tuple[int, Any]]:
        for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            self.asked.append((prompt.title, seed))
            recipe = Recipe(prompt.title, prompt.ingredients, (self.step,) if self.step else ())
            text = self.encode(prompt) + self.step
            yield (
                number,
                SimpleNamespace(text=text, recipe=recipe, finish_reason="stop", tokens=3, seed=seed, notes=()),
            )


def write(model: Model, records: Records, progress: Any = lambda *_: None) -> list[Any]:
    return write_texts(lambda: model, PROMPTS.by_row(), CONFIG, records, progress)  # type: ignore[arg-type, return-value]


def test_each_prompt_has_its_own_seed(tmp_path: Path) -> None:
    model = Model()
    written = write(model, Records(tmp_path / "texts.jsonl"))
    assert model.asked == [("One", 5), ("Two", 6), ("Three", 7)]
    assert [one.recipe.steps for one in written] == [("Boil it.",)] * 3
    assert all(one.parsed for one in written)


def test_what_was_stopped_continues_with_what_is_missing(tmp_path: Path) -> None:
    def stop(done: int, total: int, tokens: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    path = tmp_path / "texts.jsonl"
    with pytest.raises(KeyboardInterrupt):
        write(Model(), Records(path), stop)
    with path.open("a") as file:
        file.write('{"key": "9", "te')  # killed while it wrote
    model = Model()
    write(model, Records(path))
    assert model.asked == [("Three", 7)]
    write(Model(fits=False), Records(path))  # nothing is written again


def test_an_empty_text_is_no_recipe(tmp_path: Path) -> None:
    written = write(Model(step=""), Records(tmp_path / "texts.jsonl"))
    assert not any(one.parsed for one in written)
    assert written[0].directions == ""


def test_a_prompt_that_does_not_fit_is_an_empty_text_that_did_not_end(tmp_path: Path) -> None:
    records = Records(tmp_path / "texts.jsonl")
    written = write(Model(fits=False), records)
    assert not any(one.ended for one in written)
    assert records[4]["notes"] == ["the prompt has 2000 tokens, and the model's context holds 1024"]


def test_after_a_prompt_the_steps_of_a_plain_text_are_all_that_follows(tmp_path: Path) -> None:
    model = Model("plain", "1 carrot\nBoil the leeks for 20 minutes.\nServe them hot.")
    written = write(model, Records(tmp_path / "texts.jsonl"))
    assert written[0].recipe.steps == ("1 carrot", "Boil the leeks for 20 minutes.", "Serve them hot.")


def test_whole_recipes_are_written_from_nothing_or_from_a_title(tmp_path: Path) -> None:
    for titles, expected in ((True, ["", ""]), (False, ["One", "Two"])):
        model = Model()
        records = Records(tmp_path / f"free-{titles}.jsonl")
        write_texts(lambda: model, PROMPTS.free(2, titles), CONFIG, records, lambda *_: None)  # type: ignore[arg-type, return-value] # noqa: B023
        assert [title for title, _ in model.asked] == expected


class KnowsOneText:
    """A model whose likeliest next token is always that of one text, whatever it is given."""

    config = SimpleNamespace(max_position_embeddings=512)

    def __init__(self, text: list[int], vocab_size: int) -> None:
        self.scores = np.zeros((512, vocab_size), np.float32)
        self.scores[np.arange(len(text) - 1), text[1:]] = 9.0

    def __call__(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        return ids

    def logits(self, hidden: NDArray[np.int32]) -> NDArray[np.float32]:
        return np.stack([self.scores[: hidden.shape[1]]] * len(hidden))


def test_a_recipe_is_extracted_if_its_own_beginning_is_continued_word_for_word(
    store: BlockStore, tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(store.tokenizer_path)
    lengths = tokenizer.encode_recipes([store.recipe(row) for row in range(len(store))]).lengths.tolist()
    long, other = [row for row, length in enumerate(lengths) if length >= 100][:2]
    short = min(range(len(store)), key=lengths.__getitem__)
    text = tokenizer.encode_recipes([store.recipe(long)]).ids.tolist()
    decoder = SimpleNamespace(model=KnowsOneText(text, tokenizer.vocab_size), context=512)
    generator: Any = SimpleNamespace(tokenizer=tokenizer, decoder=decoder)
    rows, records = [long, short, other], Records(tmp_path / "extraction.jsonl")
    found = extraction(lambda: generator, store, rows, records, lambda *_: None)
    assert found == [1.0, None if lengths[short] < 100 else 0.0, 0.0]
    assert extraction(lambda: pytest.fail("loaded again"), store, rows, records, lambda *_: None) == found


def test_passages_of_blocks_are_asked_for_once(
    store: BlockStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def continues(_: Any, store: BlockStore, split: str, passages: list[Passage]) -> list[bool]:
        asked.append(len(passages))
        return [passage.block % 2 == 0 for passage in passages]

    monkeypatch.setattr(writing, "continues", continues)
    path, passages = tmp_path / "extraction.jsonl", draw_passages(store, "train", 12, 0)
    generator: Any = SimpleNamespace(decoder=SimpleNamespace(model=None))
    found = extraction_in_blocks(lambda: generator, store, "train", 12, 0, Records(path), lambda *_: None)
    assert found == [float(passage.block % 2 == 0) for passage in passages]
    assert sum(asked) == len(passages) > max(asked)
    again = extraction_in_blocks(lambda: pytest.fail("loaded"), store, "train", 12, 0, Records(path), lambda *_: None)
    assert again == found
