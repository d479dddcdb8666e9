from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from recipe_tui.core.blocks.ledger import Ledger
from recipe_tui.core.blocks.outcomes import OLDER_SECTIONS, OUTCOME
from recipe_tui.core.blocks.packing import SEGMENT, Packed
from recipe_tui.core.errors import StoreError

OUTCOMES = ("kept", "no_steps", "exact_duplicate")


def packed(*rows: tuple, blocks: tuple[int, ...] = (0,)) -> Packed:
    return Packed(np.array(list(rows), SEGMENT), np.array(blocks))


@pytest.fixture
def ledger() -> Ledger:
    """Six records: one unreadable, one without steps, one duplicate, three kept, of which one is split and one cut."""
    outcomes = np.zeros(5, OUTCOME)
    outcomes["outcome"] = [0, 0, 1, 2, 0]
    outcomes["split"] = [0, 0, -1, -1, 1]
    outcomes["cluster"] = [0, 1, -1, 0, 2]
    outcomes["section_tokens"][:, OLDER_SECTIONS] = [
        [2, 3, 4, 1],
        [2, 6, 3, 1],
        [2, 2, 0, 1],
        [2, 3, 4, 1],
        [3, 5, 5, 1],
    ]
    return Ledger.count(
        sources=["recipes.jsonl"],
        read=6,
        unreadable=1,
        repairs={"entities": 2},
        outcomes=outcomes,
        outcome_names=OUTCOMES,
        packed={
            # Recipe 1 has 12 tokens: 8 in one block and 4 in the next, with none of recipe 0's 10.
            "train": packed(
                (1, 0, 8, 0, False, True),
                (1, 0, 4, 8, True, False),
                (0, 0, 8, 0, False, True),
                (0, 0, 2, 8, True, False),
                blocks=(0, 1, 2, 3, 4),
            ),
            # Recipe 4 has 14 tokens, of which 6 are cut off.
            "validation": packed((4, 0, 8, 0, False, True), blocks=(0, 1)),
            "test": packed(),
        },
        block_size=8,
    )


def test_every_recipe_is_counted_once(ledger) -> None:
    assert (ledger.read, ledger.kept) == (6, 3)
    assert ledger.dropped == {"unreadable": 1, "no_steps": 1, "exact_duplicate": 1}
    assert {name: counts.recipes for name, counts in ledger.splits.items()} == {"train": 2, "validation": 1, "test": 0}
    assert ledger.duplicate_clusters == 1
    assert (ledger.split_recipes, ledger.cut_recipes) == (2, 1)


def test_every_token_is_counted_once(ledger) -> None:
    tokens = ledger.tokens
    assert (tokens.read, tokens.kept) == (10 + 12 + 5 + 10 + 14, 10 + 12 + 14)
    assert tokens.dropped == {"no_steps": 5, "exact_duplicate": 10}
    assert tokens.sections == {"title": 7, "ingredients": 14, "steps": 12, "end": 3}
    assert (tokens.in_blocks, tokens.cut) == (30, 6)
    assert tokens.padding == 4 + 6
    assert (ledger.splits["train"].blocks, ledger.splits["train"].tokens, ledger.splits["train"].padding) == (4, 22, 10)
    ledger.check()


def test_it_comes_back_from_json(ledger) -> None:
    assert Ledger.from_json(json.loads(json.dumps(ledger.to_json()))) == ledger


@pytest.mark.parametrize(
    "wrong",
    [
        {"read": 7},
        {"kept": 2},
        {"dropped": {"unreadable": 2, "no_steps": 1, "exact_duplicate": 1}},
        {"block_size": 9},
    ],
)
def test_a_ledger_that_does_not_add_up_is_found_out(ledger, wrong) -> None:
    with pytest.raises(StoreError, match="the ledger does not add up"):
        replace(ledger, **wrong).check()


@pytest.mark.parametrize("count", ["read", "kept", "in_blocks", "cut"])
def test_a_token_too_many_is_found_out(ledger, count) -> None:
    wrong = replace(ledger.tokens, **{count: getattr(ledger.tokens, count) + 1})
    with pytest.raises(StoreError, match=r"the ledger does not add up: tokens .* is not"):
        replace(ledger, tokens=wrong).check()


def test_it_prints_as_aligned_lines(ledger) -> None:
    lines = ledger.lines()
    assert len({len(line) for line in lines}) == 1
    assert [" ".join(line.split()) for line in lines[:8]] == [
        "records read 6",
        "unreadable 1",
        "no steps 1",
        "exact duplicate 1",
        "kept 3",
        "train 2",
        "validation 1",
        "test 0",
    ]
    assert "  entities" in "\n".join(lines)


def test_fields_that_were_not_understood_are_rows_with_their_counts(ledger) -> None:
    assert not any("not understood" in label for label, _ in ledger.rows())
    rows = replace(ledger, unread_fields={"notes_html": 7, "ratings": 1}).rows()
    assert rows[-3:] == [("fields not understood", 2), ("  notes_html", 7), ("  ratings", 1)]


@pytest.mark.parametrize(
    "damage",
    [
        {"read": "7"},
        {"kept": None},
        {"dropped": []},
        {"repairs": {"entities": "many"}},
        {"splits": {}},
        {"tokens": {"read": 1}},
        {"sources": 5},
    ],
)
def test_values_of_other_types_are_no_ledger(ledger, damage) -> None:
    with pytest.raises(ValueError, match=next(iter(damage))):
        Ledger.from_json(ledger.to_json() | damage)
