"""Presets that are saved, and found again by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.config import decoding_presets as presets
from recipe_tui.core.config.decoding_presets import find_preset, load_decoding_config, saved_presets
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.evaluation.laboratory import winner
from recipe_tui.core.evaluation.laboratory.winner import save_preset

WINNER = GenerationConfig(top_p=0.8, ingredient_bonus=2.0, seed=5, max_new_tokens=9)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config" / "decoding-presets.toml"
    for module in (presets, winner):
        monkeypatch.setattr(module, "saved_presets_path", lambda: file)
    return file


def test_a_saved_preset_has_the_controls_of_how_a_token_is_chosen(path: Path) -> None:
    save_preset("Mine", WINNER, "won")
    save_preset("Other", GenerationConfig(temperature=0.3), "won, too")
    assert path.read_text().startswith('[Mine]\nmeaning = "won"\n')
    assert [one.name for one in saved_presets()] == ["Mine", "Other"]
    applied = find_preset("mine").applied_to(GenerationConfig(max_new_tokens=50))
    assert (applied.top_p, applied.ingredient_bonus, applied.max_new_tokens, applied.seed) == (0.8, 2.0, 50, None)


def test_options_come_on_top_of_a_preset(path: Path) -> None:
    save_preset("Mine", WINNER, "won")
    config = load_decoding_config(preset="Mine", generation={"top_p": "0.5"}).generation
    assert (config.top_p, config.ingredient_bonus) == (0.5, 2.0)
    assert load_decoding_config(preset="careful").generation.temperature == 0.5


@pytest.mark.parametrize("name", ["greedy", "Mine", "mine ", " "])
def test_no_preset_is_overwritten(path: Path, name: str) -> None:
    save_preset("Mine", WINNER, "won")
    with pytest.raises(UsageError, match=r"exists already|needs a name"):
        save_preset(name, WINNER, "won")


def test_an_unknown_preset_is_an_error_that_lists_them(path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_preset("best")
    assert caught.value.hint == "the presets are greedy, careful, balanced, faithful, adventurous, beam"


@pytest.mark.parametrize(
    ("text", "message"),
    [("[a", "cannot be read"), ("[a]\ntop_p = 2", r"a\.top_p: "), ("a = 1", "a: "), ("[a]\ntop_q = 2", r"a\.top_q: ")],
)
def test_a_file_that_makes_no_sense_is_an_error_that_names_the_place(path: Path, text: str, message: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        saved_presets()
