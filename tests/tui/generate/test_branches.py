"""Texts that are continued from other tokens stay as a tree, two of which stand side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.branches import BranchTree
from recipe_tui.tui.generate.branches_page import BranchesPage
from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession
from recipe_tui.tui.widgets.virtual_list import VirtualList
from recipe_tui.workers.protocol import Alternative, Wrote
from tests.tui.conftest import SIZES, normalised
from tests.tui.generate.conftest import WORDS, Bench
from tests.tui.generate.test_screen import settled, show, until


def writing(*ids: int, request: GenerationRequest | None = None) -> GenerationSession:
    session = GenerationSession(request or GenerationRequest("gpt2", Prompt("Soup"), GenerationConfig()))
    for one in ids:
        session.take(Wrote(1, 0, f" {one}", one, 0.5))
    return session


def continued(session: GenerationSession, place: int, token: int, *ids: int) -> GenerationSession:
    return writing(*ids, request=session.continued_from(place, Alternative(token, f" {token}", f" {token}", 0.1)))


def test_texts_continued_from_one_another_are_a_tree() -> None:
    root = writing(1, 2, 3, 4)
    late, early = continued(root, 2, 9, 10), continued(root, 0, 8, 11)
    grandchild = continued(late, 3, 12, 13)
    tree = BranchTree()
    for session in (root, late, early, grandchild, late):
        tree.add(session)
    found = [(one.session, depth, one.place) for one, depth in tree.in_order()]
    assert found == [(root, 0, 0), (early, 1, 0), (late, 1, 2), (grandchild, 2, 3)]
    assert tree.parent_of(tree.branches[3]) is tree.branches[1]
    assert tree.index_of(late) == 2


def test_a_text_that_continues_none_of_them_begins_another_tree() -> None:
    tree = BranchTree()
    tree.add(writing(1, 2))
    other = continued(writing(5, 6), 1, 7)
    tree.add(other)
    assert [one.session for one in tree.branches] == [other]
    tree.add(writing(1, 2))
    assert len(tree.branches) == 1


async def branched(app: Bench, pilot: Pilot[None]) -> None:
    """Write a text, and two branches of it."""
    await pilot.press("f5")
    await until(pilot, lambda: app.generate.view.session is not None and app.generate.view.session.is_finished)
    root = app.generate.view.session
    assert root is not None
    for place in (7, 2):
        alternative = Alternative(100, " leeks", " leeks", 0.17)
        app.generate._generate(root.continued_from(place, alternative))
        await until(pilot, lambda: not app.generate.controller.is_busy)
        await settled(pilot)
    await pilot.press("escape", "ctrl+u")
    await until(pilot, lambda: isinstance(app.screen, BranchesPage) and app.screen.query_one(VirtualList).count == 3)
    await settled(pilot)


def sides(app: Bench) -> list[str]:
    return [str(app.screen.query_one(f"#{name}-text", Static).content) for name in ("chosen", "beside")]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_branches_on_the_screen(tmp_path: Path, size: tuple[int, int], picture: Any) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await branched(app, pilot)
        assert normalised(app.export_screenshot()) == picture(name=f"branches-{size[0]}x{size[1]}")

    show(app, body, size)


def test_two_branches_stand_side_by_side_and_one_goes_to_the_screen(tmp_path: Path) -> None:
    app = Bench(tmp_path)

    async def body(pilot: Pilot[None]) -> None:
        await branched(app, pilot)
        chosen, beside = sides(app)
        assert "Halve the leeks" in chosen
        assert "".join(WORDS[:4]) in beside  # the text that it was continued from
        await pilot.press("end", "space", "up")
        await settled(pilot)
        chosen, beside = sides(app)
        assert "Halve the leeks" in chosen
        assert "Soften leeks" in beside
        await pilot.press("home", "enter")
        await until(pilot, lambda: not isinstance(app.screen, BranchesPage))
        await settled(pilot)
        session = app.generate.view.session
        assert session is not None and session.draft.text == "".join(WORDS)
        assert len(app.generate.branches.branches) == 3

    show(app, body)
