"""Step numbers in several notations and languages."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.numbering import number_of, numbered_steps
from recipe_tui.core.recipes.structure import remove_numbering

NOTATIONS = [
    "1. Boil it. 2. Serve.",
    "1) Boil it. 2) Serve.",
    "(1) Boil it. (2) Serve.",
    "[1] Boil it. [2] Serve.",
    "#1 Boil it. #2 Serve.",
    "1 - Boil it. 2 - Serve.",
    "1- Boil it. 2- Serve.",
    "1 – Boil it. 2 – Serve.",
    "① Boil it. ② Serve.",
    "①Boil it.②Serve.",
    "❶ Boil it. ❷ Serve.",
    "⒈Boil it.⒉Serve.",
    "⑴ Boil it. ⑵ Serve.",
    "1️⃣ Boil it. 2️⃣ Serve.",
    "a) Boil it. b) Serve.",
    "**1.** Boil it. **2.** Serve.",
    "Step 1: Boil it. Step 2: Serve.",
    "Step 1 Boil it. Step 2 Serve.",
    "Step 1Boil it. Step 2Serve.",
    "STEP 1 - Boil it. STEP 2 - Serve.",
    "Schritt 1: Boil it. Schritt 2: Serve.",
    "Étape 1 : Boil it. Étape 2 : Serve.",
    "Paso 1. Boil it. Paso 2. Serve.",
    "Шаг 1. Boil it. Шаг 2. Serve.",
    "1.Boil it.2.Serve.",
    "１．Boil it.２．Serve.",
    "步骤1：Boil it.步骤2：Serve.",
    "第一步：Boil it.第二步：Serve.",
    "一、Boil it.二、Serve.",
    "【1】Boil it.【2】Serve.",
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_a_text_is_parted_at_its_numbers_and_they_are_removed(text: str) -> None:
    assert remove_numbering(tuple(numbered_steps(text))) == ("Boil it.", "Serve.")


@pytest.mark.parametrize(
    "text",
    [
        "Boil 1 - 2 eggs for 2 - 3 minutes.",
        "Heat to 200 - 220 degrees. 2 - 3 minutes later serve.",
        "Boil it. 2. Serve.",
        "Add 1.5 l and 2.5 g.",
        "Repeat step 1. Then step 2.",
        "Mix ① and ②.",
        "Feeding #1: Stir it. Feeding #2: Stir it. Feeding #3: Stir it.",
        "2. Boil it. 3. Serve.",
        "Boil it (see note a) and serve (see b).",
        "Mix 1. onions and 2. stock in a pot and cook for 3. hours.",
        "Boil it.",
    ],
)
def test_other_numbers_part_nothing(text: str) -> None:
    assert numbered_steps(text) == []


def test_numbers_of_another_kind_within_a_step_are_left() -> None:
    text = "1. Mix: a) flour, b) salt. 2. Bake it. 3. Serve (1) warm or (2) cold."
    assert numbered_steps(text) == ["1. Mix: a) flour, b) salt.", "2. Bake it.", "3. Serve (1) warm or (2) cold."]


@pytest.mark.parametrize(
    "steps",
    [
        ["1. Ofen auf 2. Stufe vorheizen und Zwiebeln schneiden.", "2. Teig rühren.", "3. Backen."],
        [
            "1. Boil it.",
            "2. Add 1. the salt, then 2. the pepper, on level 3. or 4. (or less)",
            "3. Serve it!",
            "4. Eat.",
        ],
        ["1. Boil the water", "2. Add the pasta. Stir it", "3. Serve."],
        ["For two:", "1. Boil it.", "2. Stir it.", "3. Serve."],
    ],
)
def test_a_number_within_a_sentence_is_an_ordinal(steps: list[str]) -> None:
    assert numbered_steps(" ".join(steps)) == steps


def test_a_number_may_be_a_line_of_its_own() -> None:
    assert remove_numbering(("1", "Boil it.", "2", "Serve.")) == ("", "Boil it.", "", "Serve.")
    assert remove_numbering(("1.", "Boil it.", "2.", "Serve.")) == ("", "Boil it.", "", "Serve.")
    assert remove_numbering(("200", "Boil it.")) == ("200", "Boil it.")


def test_the_number_of_a_line() -> None:
    assert number_of("③ Boil it.") == (3, 2)
    assert number_of("3 eggs") is None
