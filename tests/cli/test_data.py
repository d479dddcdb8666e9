"""``recipe-tui data build``, for real: on small files, with the bundled tokenizer."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from recipe_tui.core.paths import SAMPLE_MODEL
from tests.cli.conftest import CommandLine

TOKENIZER = ("--tokenizer", SAMPLE_MODEL)


def test_the_json_holds_store_ledger_and_blocks(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    done = recipe_tui(
        *("data", "build", "--source", recipes, *TOKENIZER, "--layout", "plain", "--block-size", 64),
        *("--store", tmp_path / "store", "--json"),
    )
    assert done.code == 0
    assert done.json["store"] == str(tmp_path / "store")
    assert done.json["reused"] is False
    assert done.json["seconds"] > 0
    ledger = done.json["ledger"]
    assert ledger["read"] == 10 == ledger["kept"] + sum(ledger["dropped"].values())
    assert ledger["tokens"]["read"] == ledger["tokens"]["kept"] + sum(ledger["tokens"]["dropped"].values())
    assert set(done.json["blocks"]) == {"train", "validation", "test"}
    assert done.json["blocks"]["train"] > 0


def test_what_is_dropped_is_counted(recipe_tui: CommandLine, recipes: Path) -> None:
    with recipes.open("a") as file:
        file.write(recipes.read_text().splitlines()[0] + "\n{broken\n" + '{"title": "Nothing"}\n')
    ledger = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--json").json["ledger"]
    assert ledger["read"] == 13 == ledger["kept"] + sum(ledger["dropped"].values())
    assert ledger["dropped"]["unreadable"] == 1
    assert ledger["dropped"]["exact_duplicate"] == 1


def test_without_a_place_the_store_is_below_the_output_and_reused(recipe_tui: CommandLine, recipes: Path) -> None:
    first = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--output", "runs", "--json").json
    again = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--output", "runs", "--json").json
    assert Path(first["store"]).parent == Path("runs/blocks")
    assert (again["store"], again["reused"]) == (first["store"], True)
    other = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--output", "runs", "--seed", 1, "--json").json
    assert other["reused"] is False


def test_sources_go_on_without_the_option_and_a_toml_file_is_the_configuration(
    recipe_tui: CommandLine, recipes: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more.jsonl.gz"
    more.write_bytes(gzip.compress(recipes.read_bytes().replace(b"Soup", b"Stew").replace(b"water", b"stock"), mtime=0))
    config = tmp_path / "config.toml"
    config.write_text("[data]\nlayout = 'plain'\n")
    done = recipe_tui("data", "build", "--source", recipes, more, config, *TOKENIZER, "--json")
    assert done.json["ledger"]["sources"] == [str(recipes), str(more)]
    assert done.json["ledger"]["read"] == 20


def test_for_people_it_is_a_table(recipe_tui: CommandLine, recipes: Path) -> None:
    done = recipe_tui("data", "build", "--source", recipes, *TOKENIZER)
    assert "records read" in done.out
    assert "\x1b" not in done.out + done.err
    assert "built output" in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\x00\x01\x02\xff" * 200, "recipes"),
        (b"{not json\n{nor this\n", "recipes"),
        (b'{"title": "Soup"}\n', "recipes"),
    ],
)
def test_a_source_without_recipes_is_one_line(
    recipe_tui: CommandLine, tmp_path: Path, content: bytes, said: str
) -> None:
    source = tmp_path / "bad.jsonl"
    source.write_bytes(content)
    done = recipe_tui("data", "build", "--source", source, *TOKENIZER, "--json")
    assert done.code == 1
    assert said in done.error
    assert "bad.jsonl" in done.json["error"]


def test_a_missing_source_is_one_line(recipe_tui: CommandLine) -> None:
    done = recipe_tui("data", "build", "--source", "./none.jsonl", *TOKENIZER)
    assert done.code == 1
    assert "none.jsonl" in done.error


def test_without_a_source_it_says_what_to_give(recipe_tui: CommandLine) -> None:
    done = recipe_tui("data", "build")
    assert done.code == 2
    assert "--source" in done.error


def test_a_folder_without_a_tokenizer_is_one_line(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = recipe_tui("data", "build", "--source", recipes, "--tokenizer", tmp_path / "empty")
    assert done.code == 1
    assert "tokenizer" in done.error


def test_without_a_network_a_hub_name_is_one_line(
    recipe_tui: CommandLine, recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    done = recipe_tui("data", "build", "--source", recipes)
    assert done.code == 1
    assert done.error.startswith("gpt2: no such folder, and the hub cannot be reached; ")


def test_a_place_that_cannot_be_written_is_one_line(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--store", tmp_path / "file" / "store")
    assert done.code == 1
    assert "cannot be written" in done.error


def test_a_folder_that_is_no_store_is_left_alone(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    keep = tmp_path / "mine" / "keep.txt"
    keep.parent.mkdir()
    keep.write_text("mine")
    done = recipe_tui("data", "build", "--source", recipes, *TOKENIZER, "--store", keep.parent)
    assert done.code == 1
    assert "no block store" in done.error
    assert keep.read_text() == "mine"


def test_a_missing_source_is_said_before_a_tokenizer_is_sought(recipe_tui: CommandLine) -> None:
    done = recipe_tui("data", "build", "--source", "nope.json", "--tokenizer", "nowhere/to-be-found")
    assert done.code == 1
    assert done.error.startswith("nope.json: no such file")


def test_a_tokenizer_of_ones_own_is_trained_and_written(recipe_tui: CommandLine, recipes: Path, tmp_path: Path) -> None:
    command = ("data", "tokenizer", "--source", recipes, "--vocab-size", 320, "--to", tmp_path / "own")
    done = recipe_tui(*command, "--json")
    assert done.code == 0, done.err
    assert done.json["vocab_size"] == 320
    assert done.json["tokenizer"] == str(tmp_path / "own")
    assert recipe_tui("data", "build", "--source", recipes, "--tokenizer", tmp_path / "own", "--json").code == 0
    assert recipe_tui(*command).error == f"{tmp_path / 'own'}: exists; choose a new folder: --to DIR"


def test_a_vocabulary_that_ten_recipes_do_not_support_is_one_line(recipe_tui: CommandLine, recipes: Path) -> None:
    done = recipe_tui("data", "tokenizer", "--source", recipes, "--to", "own")
    assert done.code == 1
    assert "the recipes support a vocabulary of" in done.error
    assert not Path("own").exists()
