from __future__ import annotations

from pathlib import Path

from recipe_tui.core.measures.overlap import overlap
from recipe_tui.core.novelty.index import novelty_index
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import table_store

STEP = " ".join(f"word{chr(97 + i)}" for i in range(25))


def test_the_shares_are_those_of_n_grams_that_occur_in_training(tmp_path: Path) -> None:
    index = novelty_index(table_store(tmp_path / "store", [Recipe("A", ("salt",), (STEP,))]))  # type: ignore[arg-type]
    copied = " ".join(STEP.split()[:15])
    found = overlap(index, f"{copied} and five words of its own")
    assert found.ngrams == (21 - 12, 21 - 19)
    assert found.copied == (3, 0)
    assert (found.share(13), found.share(20), found.longest) == (3 / 9, 0.0, 15)
    assert overlap(index, STEP).share(20) == 1.0
    assert overlap(index, "").share(13) == 0.0
