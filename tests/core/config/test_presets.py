from pathlib import Path

import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.config.presets import ADAPTED_MODEL, ADAPTED_SAMPLE, OWN_MODEL, PRESETS, SAMPLE, load_preset_config
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.sample import sample_config


def test_without_a_preset_the_defaults_hold():
    assert load_preset_config() == load_config()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_the_command_line_and_the_form_have_the_same_presets(preset):
    assert load_preset_config(preset=preset.key, top={"output": "out"}) == preset.config(Path("out"))


def test_the_sample_is_that_of_the_demo():
    assert SAMPLE.config(Path("output")) == sample_config()
    assert ADAPTED_SAMPLE.config(Path("output")) == sample_config(pretrained=ADAPTED_MODEL)


def test_a_file_options_and_settings_come_on_top_key_by_key(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('run = "mine"\n[training]\nbatch_size = 3\nlearning_rate = 0.5\n')
    config = load_preset_config(path, ["model.n_layer=2"], "own-model", training={"learning_rate": "0.25"})
    assert (config.run, config.training.batch_size, config.training.learning_rate) == ("mine", 3, 0.25)
    assert config.model.n_layer == 2
    assert config.training.optimizer == OWN_MODEL.sections["training"]["optimizer"]
    assert config.data.tokenizer == "new:8192"


def test_an_unknown_preset_is_an_error_with_those_that_there_are():
    with pytest.raises(UsageError, match="no preset 'mine'; the presets are sample, sample-smollm2, own-model"):
        load_preset_config(preset="mine")


def test_a_section_that_is_a_value_in_the_file_is_an_error(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("training = 3\n")
    with pytest.raises(ConfigError):
        load_preset_config(path, preset="own-model", training={"epochs": 1})
