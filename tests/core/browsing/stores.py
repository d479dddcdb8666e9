"""A small store made by hand, whose every number can be checked by eye, and its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recipe_tui.core.blocks.fingerprint import Fingerprint, HashedFile
from recipe_tui.core.blocks.ledger import Ledger, SplitCounts, TokenCounts
from recipe_tui.core.blocks.manifest import StoreManifest
from recipe_tui.core.blocks.outcomes import OLDER_SECTIONS, OUTCOME
from recipe_tui.core.blocks.packing import SEGMENT
from recipe_tui.core.blocks.table import RecipeTableWriter
from recipe_tui.core.config import DataConfig
from recipe_tui.core.recipes.recipe import Recipe, Source

END, TITLE, INGREDIENT, STEP = 0, 1, 2, 3
WORDS = ("Leek", "Pie", "leeks", "flour", "Boil", "Bake", ".", "Ġslowly", "Ċ", "âĤ", "¬", "Tea", "Brew")
"""Tokens from 4 on, as a byte-level vocabulary writes them: Ġ is a space, Ċ a line break, âĤ¬ the three bytes of €."""

IDS = {word: number for number, word in enumerate(WORDS, 4)}

# Recipe 0 has 8 tokens, recipe 1 has 12 and is in two blocks, recipe 3 has 5; recipe 2 was dropped. Blocks hold 8.
SOUP = [TITLE, IDS["Leek"], INGREDIENT, IDS["leeks"], STEP, IDS["Boil"], IDS["."], END]
PIE = [
    *(TITLE, IDS["Pie"], INGREDIENT, IDS["flour"], INGREDIENT, IDS["âĤ"], IDS["¬"]),
    *(STEP, IDS["Bake"], IDS["Ġslowly"], IDS["Ċ"], END),
]
TEA = [TITLE, IDS["Tea"], STEP, IDS["Brew"]]

BLOCKS = [PIE[:8], SOUP, [*PIE[8:], *TEA[:4]], [END] * 8]
SEGMENTS = [
    (1, 0, 8, 0, False, True),
    (0, 0, 8, 0, False, False),
    (1, 0, 4, 8, True, False),
    (3, 4, 4, 0, False, True),
    (3, 0, 1, 4, True, False),
]
FIRST_SEGMENTS = [0, 1, 2, 4, 5]

RECIPES = (
    Recipe("Leek Soup", ("leeks",), ("Boil.",), ("vegan",), Source("recipes.jsonl", 1)),
    Recipe("Apple Pie", ("flour", "€"), ("Bake slowly.",), (), Source("recipes.jsonl", 2)),
    Recipe("Leek Soup", ("LEEKS",), ("Boil!",), (), Source("recipes.jsonl", 4)),
    Recipe("Tea", (), ("Brew [bold]it[/] \x1b[31mred.",)),
)

LEDGER = Ledger(
    sources=("recipes.jsonl",),
    read=4,
    kept=3,
    dropped={"near_duplicate": 1},
    repairs={"entities": 1},
    duplicate_clusters=1,
    split_recipes=2,
    cut_recipes=0,
    block_size=8,
    splits={
        "train": SplitCounts(3, 4, 25, 7),
        "validation": SplitCounts(0, 0, 0, 0),
        "test": SplitCounts(0, 0, 0, 0),
    },
    tokens=TokenCounts(33, {"near_duplicate": 8}, 25, {"title": 6, "ingredients": 7, "steps": 9, "end": 3}, 25, 0, 7),
)


def make_store(
    folder: Path,
    recipes: tuple[Recipe, ...] = RECIPES,
    files: tuple[HashedFile, ...] = (),
    source: str = "recipes.jsonl",
) -> Path:
    """Write the store into a new folder."""
    empty = ([], [], [0])
    for split, (blocks, segments, first) in {
        "train": (BLOCKS, SEGMENTS, FIRST_SEGMENTS),
        "validation": empty,
        "test": empty,
    }.items():
        (folder / split).mkdir(parents=True)
        np.save(folder / split / "input_ids.npy", np.array(blocks, np.uint16).reshape(-1, 8))
        np.save(folder / split / "segments.npy", np.array(segments, SEGMENT))
        np.save(folder / split / "first_segments.npy", np.array(first, np.int64))
    outcomes = np.zeros(4, OUTCOME)
    outcomes["outcome"] = [0, 0, 1, 0]
    outcomes["split"] = [0, 0, -1, 0]
    outcomes["cluster"] = [0, 1, 0, 3]
    outcomes["similarity"] = [1, 1, 0.875, 1]
    outcomes["section_tokens"][:, OLDER_SECTIONS] = [[2, 2, 3, 1], [2, 5, 4, 1], [2, 2, 3, 1], [2, 0, 2, 1]]
    np.save(folder / "fates.npy", outcomes)
    with RecipeTableWriter(folder / "recipes.arrow") as table:
        table.write(list(recipes), [(), ("entities",), (), ()])
    (folder / "ledger.json").write_text(json.dumps(LEDGER.to_json()))
    write_tokenizer(folder / "tokenizer")
    StoreManifest(
        config=DataConfig(source=(source,), block_size=8),
        fingerprint=Fingerprint(files, (source,), "t", {}, "c"),
        vocab_size=4 + len(WORDS),
        eos_id=END,
        pad_id=END,
        outcome_names=("kept", "near_duplicate"),
        files={
            path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
        },
    ).write(folder)
    return folder


def write_tokenizer(folder: Path) -> None:
    """Write a byte-level tokenizer of the words, as the tokenizers library keeps it."""
    from tokenizers import AddedToken, Tokenizer, decoders, models

    names = ("<|endoftext|>", "<|title|>", "<|ingredient|>", "<|step|>")
    vocabulary = {word: number for number, word in enumerate((*names, *WORDS))}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in names])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
