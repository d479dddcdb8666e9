from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import OutputError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession
from recipe_tui.tui.generate.history import append, entry_of, read_history
from recipe_tui.workers.protocol import Text, Written, Wrote


def finished(title: str, ingredients: tuple[str, ...] = ("1 onion", "2 leeks")) -> GenerationSession:
    writing = GenerationSession(
        GenerationRequest("/runs/0412/model", Prompt(title, ingredients), GenerationConfig(temperature=0.5))
    )
    writing.take(Wrote(1, 0, "Chop the onion", 4, 0.25))
    writing.take(Wrote(1, 0, ".\x1b[31m", 5, None))
    text = Text(f"{title}\nChop the onion.", title, ingredients, ("Chop the onion.",), "stop", 2, 9.0, 77)
    writing.finish(Written(1, (text,)))
    return writing


def test_what_was_written_comes_back_as_it_was_the_newest_first(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    for number, title in enumerate(("Soup", "Stew")):
        append(path, entry_of(finished(title), 1_700_000_000.0 + number))
    stew, soup = read_history(path)
    assert (stew.label, soup.label) == ("Stew", "Soup")
    assert "0412" in stew.note
    assert "T 0.5 · seed 77" in stew.note
    again = soup.reopened()
    assert again.request == finished("Soup").request
    assert again.draft.tokens == finished("Soup").draft.tokens
    assert again.draft.checklist.ticks == (True, False)
    assert again.seed == 77
    assert again.is_finished


def test_without_listed_ingredients_those_that_were_written_are_ticked(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    writing = finished("Soup", ())
    text = Text("t", "Soup", ("salt", "rice"), ("Boil the rice.",), "stop", 2, 9.0, 1)
    writing.drafts[0].result = text
    append(path, entry_of(writing, 0.0))
    assert read_history(path)[0].reopened().draft.checklist.ticks == (False, True)


@pytest.mark.parametrize("rest", [b'{"time": 1.0, "ask', b"\xff\xfe\n", b"{}\n", b"[]\nnull\n\n", b"nonsense\n"])
def test_cut_and_foreign_lines_are_passed_over_and_the_next_entry_is_whole(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "history.jsonl"
    append(path, entry_of(finished("Soup"), 1.0))
    with path.open("ab") as file:
        file.write(rest)
    append(path, entry_of(finished("Stew"), 2.0))
    assert [entry.label for entry in read_history(path)] == ["Stew", "Soup"]


def test_an_entry_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append(path, entry_of(finished("Soup"), 1.0))
    path.write_text(path.read_text().replace('"version":1', '"version":2'))
    assert read_history(path) == []


def test_without_a_file_there_is_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none") == []


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        append(tmp_path / "file" / "history.jsonl", entry_of(finished("Soup"), 1.0))
