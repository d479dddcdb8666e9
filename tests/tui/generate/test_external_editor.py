from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.external_editor import edit, from_text, to_text

PROMPT = Prompt("Soup", ("1 onion", "2 leeks"), "Chop.\nBoil the")
WITH_FIELDS = Prompt("Soup", tags=("vegan", "soup"), servings="4 servings", times=("prep 5 min", "total 1 h"))


@pytest.mark.parametrize("prompt", [PROMPT, Prompt(), Prompt("Soup"), Prompt(directions="Stir"), WITH_FIELDS])
def test_fields_come_back_as_they_were(prompt: Prompt) -> None:
    assert from_text(to_text(prompt), raw=False) == prompt


def test_raw_text_is_left_as_it_is() -> None:
    prompt = Prompt(text="# Title\n<|title|>Soup")
    assert to_text(prompt) == prompt.text
    assert from_text("# Title\n<|title|>Soup\n", raw=True) == prompt


def test_headings_that_are_missing_leave_their_fields_empty() -> None:
    assert from_text("Leek\nsoup\n", raw=False) == Prompt("Leek soup")
    assert from_text("# Ingredients, one a line\n\n a \n\nb\n", raw=False) == Prompt(ingredients=("a", "b"))


def test_the_users_editor_edits_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\nsed -i s/onion/carrot/ "$1"\n')
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{script}'")
    assert edit(PROMPT).ingredients == ("1 carrot", "2 leeks")


@pytest.mark.parametrize(("command", "problem"), [("false", "ended with code 1"), ("/nowhere/vi", "cannot be started")])
def test_an_editor_that_fails_is_an_error(command: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", command)
    with pytest.raises(UsageError, match=problem):
        edit(PROMPT)
