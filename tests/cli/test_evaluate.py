"""``recipe-tui evaluate``: what it refuses, and what it prints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.config import DataConfig
from recipe_tui.core.paths import SAMPLE_MODEL
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.cli.conftest import CommandLine


@pytest.fixture
def store(recipes: Path, tmp_path: Path) -> Path:
    """Ten recipes, of which three are held out."""
    config = DataConfig(source=(str(recipes),), block_size=64, test_fraction=0.3, validation_fraction=0.0)
    return build_store(config, tmp_path / "store", load_tokenizer(SAMPLE_MODEL, "sections")).path


def test_without_a_model_the_baselines_of_a_store_are_shown(
    recipe_tui: CommandLine, store: Path, tmp_path: Path
) -> None:
    done = recipe_tui("evaluate", "--store", store, "--report", "page.html")
    assert done.code == 0, done.err
    assert "ingredient coverage" in done.out
    assert (tmp_path / "page.html").is_file()


def test_the_json_names_the_systems_and_the_prompts(recipe_tui: CommandLine, store: Path) -> None:
    done = recipe_tui("evaluate", "--store", store, "--prompts", 2, "--json")
    assert done.code == 0, done.err
    assert done.json["prompts"] == 2
    assert done.json["split"] == "test"
    assert list(done.json["systems"]) == ["human", "bm25", "random", "template", "copy"]
    assert set(done.json["systems"]["human"]["coverage"]) == {"value", "low", "high"}
    assert done.json["verdict"] is None
    assert done.json["sacrebleu_signature"].startswith("nrefs:1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to evaluate"),
        (("./no-such-run",), "no-such-run: no such model folder"),
        (("--store", "nowhere"), "nowhere: no such block store"),
        (("--store", "nowhere", "--report", "."), ".: a folder"),
        (("one", "two", "--base", "three"), "--base is that of a single model"),
        (("--store", "nowhere", "--prompts", "0"), "--prompts"),
        (("--store", "nowhere", "--temperature", "-1"), "--temperature '-1'"),
    ],
    ids=["nothing", "no model", "no store", "folder", "two bases", "no prompts", "temperature"],
)
def test_what_makes_no_sense_is_one_line(recipe_tui: CommandLine, arguments: tuple[str, ...], said: str) -> None:
    done = recipe_tui("evaluate", *arguments)
    assert done.code != 0
    assert said in done.error


def test_a_store_that_holds_nothing_out_is_said(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    config = DataConfig(source=(str(recipes),), block_size=64, validation_fraction=0.0, test_fraction=0.0)
    build_store(config, tmp_path / "store", load_tokenizer(SAMPLE_MODEL, "sections"))
    assert "no held-out recipes" in recipe_tui("evaluate", "--store", "store").error


def test_a_missing_library_is_said_with_what_to_install(
    recipe_tui: CommandLine, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    done = recipe_tui("evaluate", "--store", store)
    assert done.error.startswith("evaluation needs bm25s, which is not installed; pip install")
