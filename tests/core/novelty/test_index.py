"""The novelty index against a search by brute force, and against spans found by hand."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_tui.core.errors import StoreError
from recipe_tui.core.novelty import build, suffixes
from recipe_tui.core.novelty.build import build_index
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import TableStore, table_store

SOUP = Recipe(
    "Tomato Soup",
    ("4 ripe tomatoes", "1 onion, sliced", "salt"),
    ("Soften the onion in a large pot over medium heat.", "Add the tomatoes, and simmer for 20 minutes."),
)
STEW = Recipe(
    "Lentil Stew",
    ("1 cup lentils", "1 onion, sliced"),
    ("Soften the onion in a large pot, then add the lentils.", "Simmer for 20 minutes, stirring often."),
)
PIE = Recipe("Apple Pie", ("4 apples",), ("Peel the apples and bake them in a crust of butter until golden.",))


def index_of(store: TableStore) -> NoveltyIndex:
    return novelty_index(store)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> NoveltyIndex:
    """Two recipes for training, and one that is held out between them."""
    return index_of(table_store(tmp_path / "store", (SOUP, PIE, STEW), held_out=[1]))


def found(index: NoveltyIndex, text: str, **options: Any) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(text[one.start : one.end], one.words, one.recipes) for one in index.spans(text, **options)]


def test_a_span_is_the_longest_that_occurs_and_names_its_recipes(index: NoveltyIndex) -> None:
    text = "Gently SOFTEN the onion in a large pot;\nadd the tomatoes & simmer for 20 minutes, then eat."
    assert found(index, text, shortest=3) == [
        ("SOFTEN the onion in a large pot", 7, (0, 2)),
        ("add the tomatoes", 3, (0,)),
        ("simmer for 20 minutes", 4, (0, 2)),
    ]


def test_spans_may_cross_steps_but_not_sections_or_recipes(index: NoveltyIndex) -> None:
    assert found(index, "add the lentils. Simmer for 20 minutes", shortest=7) == [
        ("add the lentils. Simmer for 20 minutes", 7, (2,))
    ]
    assert found(index, "sliced salt. Soften the", shortest=3) == []  # the last ingredient and the first step
    assert found(index, "for 20 minutes lentil stew", shortest=4) == []  # the last step and the next title


def test_a_held_out_recipe_is_not_searched(index: NoveltyIndex) -> None:
    assert index.recipes == 2
    assert found(index, PIE.steps[0], shortest=3) == []


def test_a_span_has_the_probability_of_its_words(index: NoveltyIndex) -> None:
    (span,) = index.spans("ripe tomatoes", shortest=2)
    words = index.words
    assert span.log_probability == pytest.approx(math.log(1 / words) + math.log(2 / words))  # "the tomatoes" besides
    assert span.occurrences == 1


def test_a_stock_phrase_is_more_probable_than_a_copy(tmp_path: Path) -> None:
    rare = (
        "Julienne kohlrabi beside quince, sumac, fenugreek, lovage, salsify, tamarind, epazote, huitlacoche, "
        "celeriac, mastic, purslane and samphire"
    )
    recipes = [
        Recipe(f"Dish {i}", ("salt",), ("Bring to a boil over medium heat and then cook.",)) for i in range(2000)
    ]
    index = index_of(table_store(tmp_path / "store", [*recipes, Recipe("Odd", ("salt",), (rare,))]))
    (stock,) = index.spans("bring to a boil over medium heat and then cook", shortest=8)
    (copied,) = index.spans(rare, shortest=8)
    assert (stock.words, stock.copied) == (10, False)
    assert copied.copied
    assert stock.occurrences == 2000
    assert stock.recipes == (0, 1, 2, 3, 4)


def test_the_words_that_follow_are_those_of_the_training_text(index: NoveltyIndex) -> None:
    assert index.following("now soften the onion in a large pot", 4) == {"over", "then"}
    assert index.following("for 20 minutes", 3) == {"stirring"}  # and the end of the other recipe
    assert index.following("pot", 4) == frozenset()
    assert index.following("in a small pot", 4) == frozenset()


@pytest.mark.parametrize("text", ["", " \n.", "¿?"], ids=["empty", "blank", "signs"])
def test_a_text_without_words_has_no_spans(index: NoveltyIndex, text: str) -> None:
    assert index.spans(text, shortest=1) == ()
    assert len(index.match_lengths(text)) == 0


def brute_force(sections: list[str], words: list[str]) -> list[int]:
    """Return the longest span from each word on that is in any section, by trying all."""
    lengths = []
    for start in range(len(words)):
        length, holding = 0, sections
        while start + length < len(words) and holding:
            needle = f" {' '.join(words[start : start + length + 1])} "
            holding = [section for section in holding if needle in section]
            length += bool(holding)
        lengths.append(length)
    return lengths


@pytest.mark.parametrize(("texts", "in_ranges"), [(1000, False), (50, True)], ids=["in one range", "in small ranges"])
def test_it_agrees_with_brute_force_on_random_texts(
    tmp_path: Path, texts: int, in_ranges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_ranges:
        monkeypatch.setattr(suffixes, "RANGE", 50)
        monkeypatch.setattr(suffixes, "CHUNK", 64)
        monkeypatch.setattr(build, "CHUNK", 64)
    rng = random.Random(5)
    vocabulary = ["stir", "the", "and", "pot", "salt", "until", "golden"]

    def text(most: int) -> str:
        return " ".join(rng.choices(vocabulary, weights=[1, 9, 6, 2, 2, 1, 1], k=rng.randint(1, most)))

    recipes = [Recipe(text(3), (text(4), text(4)), tuple(text(30) for _ in range(3))) for _ in range(40)]
    recipes += recipes[:3]  # whole repeats
    index = index_of(table_store(tmp_path / "store", recipes))
    sections = [f" {part} " for one in recipes for part in (one.title, " ".join(one.ingredients), " ".join(one.steps))]
    for _ in range(texts):
        words = text(25).split()
        if rng.random() < 0.3:
            words[rng.randrange(len(words))] = "quince"
        expected = brute_force(sections, words)
        written = " ".join(words)
        assert index.match_lengths(written).tolist() == expected
        for span in index.spans(written, shortest=4, sources=100):
            needle = f" {written[span.start : span.end]} "
            holding = sorted({number // 3 for number, section in enumerate(sections) if needle in section})
            assert list(span.recipes) == holding
            assert span.words == len(needle.split())


def test_an_index_is_built_once(tmp_path: Path) -> None:
    store = table_store(tmp_path / "store", (SOUP, STEW))
    seen: list[str] = []
    novelty_index(store, lambda progress: seen.append(progress.stage))  # type: ignore[arg-type]
    assert seen == ["read", "sort"]
    novelty_index(store, lambda progress: seen.append("again"))  # type: ignore[arg-type]
    assert seen == ["read", "sort"]


def test_the_index_of_another_store_is_refused_and_built_again(tmp_path: Path) -> None:
    store = table_store(tmp_path / "store", (SOUP,))
    build_index(store)  # type: ignore[arg-type]
    store.fingerprint = "b"
    with pytest.raises(StoreError, match="another block store"):
        NoveltyIndex(store)  # type: ignore[arg-type]
    assert index_of(store).recipes == 1


@pytest.mark.parametrize("name", ["index.json", "text.npy", "vocabulary.txt", "rows.npy"])
def test_a_damaged_index_is_built_again(tmp_path: Path, name: str) -> None:
    store = table_store(tmp_path / "store", (SOUP,))
    folder = build_index(store)  # type: ignore[arg-type]
    (folder / name).write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match="damaged"):
        NoveltyIndex(store)  # type: ignore[arg-type]
    assert found(index_of(store), "4 ripe tomatoes", shortest=3) == [("4 ripe tomatoes", 3, (0,))]


def test_an_index_with_a_missing_file_is_built_again(tmp_path: Path) -> None:
    store = table_store(tmp_path / "store", (SOUP,))
    (build_index(store) / "keys.npy").unlink()  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="damaged"):
        NoveltyIndex(store)  # type: ignore[arg-type]
    assert index_of(store).recipes == 1


def test_an_index_of_another_version_or_none_is_said(tmp_path: Path) -> None:
    store = table_store(tmp_path / "store", (SOUP,))
    with pytest.raises(StoreError, match="no novelty index"):
        NoveltyIndex(store)  # type: ignore[arg-type]
    manifest = build_index(store) / "index.json"  # type: ignore[arg-type]
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": 0}))
    with pytest.raises(StoreError, match="another version"):
        NoveltyIndex(store)  # type: ignore[arg-type]


def test_a_store_without_training_recipes_has_no_index(tmp_path: Path) -> None:
    store = table_store(tmp_path / "store", (SOUP,), held_out=[0])
    with pytest.raises(StoreError, match="no training recipes"):
        build_index(store)  # type: ignore[arg-type]


def test_suffixes_are_in_the_order_of_their_words() -> None:
    text = np.array([2, 1, 2, 1, 3, 0, 1, 0, 2, 1, 2, 1, 3, 0, 1, 2, 0], np.uint32)
    order = np.concatenate(list(suffixes.sorted_suffixes(text, np.bincount(text))))

    def suffix(position: int) -> list[int]:
        words = text[position:].tolist()
        return words[: words.index(0)]

    places = [place for place in range(len(text)) if text[place]]
    assert order.tolist() == sorted(places, key=lambda place: (suffix(place), place))
