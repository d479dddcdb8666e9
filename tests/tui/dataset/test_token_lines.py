from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.text.token_text import TokenText
from recipe_tui.tui.dataset.opened import BlockPicture, OpenedStore
from recipe_tui.tui.dataset.token_lines import Line, View, drawn, lay_out
from recipe_tui.tui.glyphs import ASCII, UNICODE
from tests.core.browsing.stores import IDS, make_store


@pytest.fixture
def opened(tmp_path: Path) -> OpenedStore:
    return OpenedStore.open(make_store(tmp_path / "store"))


def texts(lines: tuple[Line, ...]) -> list[str]:
    return ["│".join(cell.text for cell in line.cells) + line.text for line in lines]


def laid_out(block: BlockPicture, view: View, width: int = 60) -> list[str]:
    return texts(lay_out(block, view, width, UNICODE))


def test_the_text_shows_each_token_each_item_on_a_line_and_what_was_cut(opened: OpenedStore) -> None:
    assert laid_out(opened.picture("train", 0), "text") == [
        "1 Apple Pie (tokens 0 to 7 of 12)",
        "<|title|>│Pie",
        "<|ingredient|>│flour",
        "<|ingredient|>│\\xe2\\x82│\\xac",
        "<|step|>",
        "continues in block 2",
    ]
    assert laid_out(opened.picture("train", 2), "text") == [
        "1 Apple Pie (tokens 8 to 11 of 12)",
        "continues from block 0",
        "Bake│·slowly│⏎",
        "<|endoftext|>",
        "2 Tea (tokens 0 to 3 of 5)",
        "<|title|>│Tea",
        "<|step|>│Brew",
        "continues in block 3",
    ]


def test_padding_is_told_by_its_places(opened: OpenedStore) -> None:
    assert laid_out(opened.picture("train", 3), "text")[-1] == (
        "padding: places 1 to 7 hold no token and are not learned"
    )


def test_lines_know_recipe_and_section(opened: OpenedStore) -> None:
    lines = lay_out(opened.picture("train", 2), "text", 60, UNICODE)
    assert [(line.part, line.section) for line in lines if line.cells] == [(0, 5), (0, 6), (1, 0), (1, 5)]


def test_the_ids_stand_beside_the_tokens(opened: OpenedStore) -> None:
    assert laid_out(opened.picture("train", 1), "ids")[1] == f"<|title|> 1│Leek {IDS['Leek']}"


def test_the_shift_shows_what_is_learned_at_each_place_and_what_is_ignored(opened: OpenedStore) -> None:
    lines = [line.split() for line in laid_out(opened.picture("train", 2), "shift")]
    bake, slowly = str(IDS["Bake"]), str(IDS["Ġslowly"])
    assert lines[3] == ["0", bake, "Bake", "→", slowly, "·slowly"]
    assert lines[6] == ["3", "0", "<|endoftext|>", "→", "·", "ignored:", "another", "recipe", "begins"]
    assert lines[-2] == ["7", str(IDS["Brew"]), "Brew", "→", "·", "ignored:", "end", "of", "the", "block"]
    padded = laid_out(opened.picture("train", 3), "shift")
    assert padded[-2].endswith("ignored: padding follows")


def test_tokens_that_are_in_no_block_are_told(tmp_path: Path) -> None:
    import numpy as np

    folder = make_store(tmp_path / "cut")
    outcomes = np.load(folder / "fates.npy")
    outcomes["section_tokens"][3] = [2, 0, 0, 0, 0, 9, 1]
    np.save(folder / "fates.npy", outcomes)
    segments = np.load(folder / "train" / "segments.npy")
    segments["continues_after"][-1] = True
    np.save(folder / "train" / "segments.npy", segments)
    assert laid_out(OpenedStore.open(folder).picture("train", 3), "text")[-2] == "cut off: 7 tokens are in no block"


def test_lines_are_as_wide_as_there_is_room(opened: OpenedStore) -> None:
    for line in lay_out(opened.picture("train", 1), "ids", 20, UNICODE):
        assert not line.cells or line.cells[-1].x + len(line.cells[-1].text) <= 15


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "�[31m"),
        ("[bold]", "[bold]"),
        ("\u202e", "�"),
        ("\u0301", "<U+0301>"),
        ("", "·"),
        ("🍲", "🍲"),
        ("\x07\x00", "��"),
    ],
)
def test_hostile_tokens_are_drawn_harmlessly(text: str, shown: str) -> None:
    assert drawn(TokenText(text), UNICODE) == shown


def test_a_token_of_a_million_characters_is_cut_and_ascii_is_ascii() -> None:
    assert len(drawn(TokenText("x" * 1_000_000), UNICODE)) < 300
    assert drawn(TokenText(" a\n"), ASCII) == "_a$"
