"""The configuration: where values come from, what wins, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipe_tui.core.config import Config, load_config, problems, validated
from recipe_tui.core.errors import ConfigError


def message_of(*arguments: Any, **sections: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(*arguments, **sections)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return str(caught.value)


def test_without_anything_every_setting_has_its_default() -> None:
    config = load_config()
    assert config == Config()
    assert config.output == Path("output")
    assert config.training.learning_rate == 5e-5


def test_options_win_over_the_file_and_settings_win_over_options(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("run = 'file'\n[training]\nepochs = 1\nbatch_size = 2\nseed = 3\n")
    config = load_config(file, ["training.seed=30"], training={"batch_size": 20, "seed": 31}, top={"run": "option"})
    assert (config.training.epochs, config.training.batch_size, config.training.seed) == (1, 20, 30)
    assert config.run == "option"


def test_an_option_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[training]\nepochs = 1\n")
    assert load_config(file, training={"epochs": None}).training.epochs == 1


@pytest.mark.parametrize(
    ("setting", "section", "key", "value"),
    [
        ("training.learning_rate=1e-3", "training", "learning_rate", 1e-3),
        ("training.epochs=.5", "training", "epochs", 0.5),
        ("data.layout=plain", "data", "layout", "plain"),
        ("data.layout='plain'", "data", "layout", "plain"),
        ("training.jit_compile=true", "training", "jit_compile", True),
        ("training.jit_compile=auto", "training", "jit_compile", "auto"),
        ("data.source=[ 'a.jsonl', 'b.csv' ]", "data", "source", ("a.jsonl", "b.csv")),
        ("data.source=a=b.jsonl", "data", "source", ("a=b.jsonl",)),
        ("training.clip_norm=none", "training", "clip_norm", None),
        ("training.max_steps=none", "training", "max_steps", None),
        (" generation.seed = 5", "generation", "seed", 5),
    ],
)
def test_a_setting_is_toml_or_a_bare_word(setting: str, section: str, key: str, value: Any) -> None:
    assert getattr(getattr(load_config(settings=[setting]), section), key) == value


def test_values_come_as_text_from_the_command_line() -> None:
    config = load_config(training={"epochs": "2", "jit_compile": "false"}, data={"source": ["a"], "store": "blocks"})
    assert (config.training.epochs, config.training.jit_compile) == (2.0, False)
    assert (config.data.source, config.data.store) == (("a",), Path("blocks"))


def test_one_source_needs_no_list(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[data]\nsource = 'recipes.jsonl'\n")
    assert load_config(file).data.source == ("recipes.jsonl",)


def test_values_never_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_config().training.epochs = 5  # type: ignore[misc]


def test_unset_against_its_default_survives_the_file(tmp_path: Path) -> None:
    config = load_config(settings=["training.clip_norm=none"])
    file = tmp_path / "config.toml"
    file.write_text(config.to_toml())
    assert load_config(file).training.clip_norm is None
    assert load_config(file) == config


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(lambda text: text != "none")


@given(
    run=st.none() | TEXT,
    source=st.lists(TEXT, max_size=3),
    rate=st.floats(min_value=1e-12, max_value=1e3),
    max_steps=st.none() | st.integers(1, 10**9),
    clip_norm=st.none() | st.floats(min_value=1e-9, max_value=1e3),
    compiled=st.sampled_from([True, False, "auto"]),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_configuration_comes_back_from_its_file(
    tmp_path: Path, run: Any, source: Any, rate: Any, max_steps: Any, clip_norm: Any, compiled: Any
) -> None:
    training = {"learning_rate": rate, "max_steps": max_steps, "clip_norm": clip_norm, "jit_compile": compiled}
    config = validated({"run": run, "data": {"source": source}, "training": training}, "test")
    file = tmp_path / "config.toml"
    file.write_text(config.to_toml(), encoding="utf-8")
    assert load_config(file) == config


def test_every_setting_says_what_it_means() -> None:
    for name, section in Config.model_fields.items():
        fields = getattr(section.annotation, "model_fields", {name: section})
        for key, field in fields.items():
            assert field.description, f"{name}.{key}"
            assert field.description.endswith("."), f"{name}.{key}"


class TestErrors:
    def test_an_unknown_key_is_named_with_the_known_ones_and_a_guess(self, tmp_path: Path) -> None:
        file = tmp_path / "config.toml"
        file.write_text("[training]\nlearning_rte = 1\n")
        said = message_of(file)
        assert f"{file}: unknown key 'training.learning_rte'" in said
        assert "did you mean learning_rate?" in said
        assert "warmup_fraction" in said

    def test_an_unknown_section_is_named(self) -> None:
        assert "unknown key 'trainin'; did you mean training?" in message_of(None, ["trainin.epochs=1"])

    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ("training.learning_rate=fast", "training.learning_rate = 'fast'"),
            ("training.learning_rate=fast", "it means: Peak learning rate."),
            ("training.batch_size=2.5", "training.batch_size = 2.5"),
            ("training.epochs=-1", "greater than 0"),
            ("training.epochs=none", "training.epochs = 'none'"),
            ("training.jit_compile=maybe", "training.jit_compile = 'maybe'"),
            ("data.layout=fancy", "'auto', 'plain', 'sections' or 'chat'"),
            ("data.source=3", "data.source = 3"),
            ("data.source=[1]", "data.source = 1"),
            ("generation.top_p=2", "generation.top_p = 2"),
            ("training=3", "training = 3"),
            ("training=3", "write [training] and its keys below it"),
            ("epochs", "--set epochs: not of the form key=value"),
            ("=3", "not of the form key=value"),
            ("training.max_steps=" + "9" * 5000, "training.max_steps = '999"),
            ("training.epochs=" + "[" * 5000, "training.epochs = '[["),
            ("a\udcff.b=3", "a key is not UTF-8 text"),
        ],
    )
    def test_a_wrong_value_is_named_with_what_it_takes(self, setting: str, said: str) -> None:
        assert said in message_of(None, [setting])

    def test_a_key_below_a_value_is_refused(self) -> None:
        said = message_of(None, ["run=a", "run.b=c"])
        assert "'run' is a section, not a value" in said

    def test_rules_about_several_keys_name_the_section(self) -> None:
        assert "data: validation_fraction + test_fraction must stay below 1" in message_of(
            None, ["data.validation_fraction=0.6", "data.test_fraction=0.6"]
        )
        assert "model: n_layer, n_embd and n_head need initialize = 'random'" in message_of(None, ["model.n_layer=2"])

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        assert f"{tmp_path / 'none.toml'}: no such configuration file" in message_of(tmp_path / "none.toml")

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        assert f"{tmp_path}: cannot be read as a configuration" in message_of(tmp_path)

    @pytest.mark.parametrize(
        "content", [b"[training\n", b"a = \n", b"\xff\xfe", b"\x00\x01", b"a = " + b"[" * 9999, b"a = " + b"9" * 9999]
    )
    def test_a_file_that_is_no_toml_is_named(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "config.toml"
        file.write_bytes(content)
        assert str(file) in message_of(file)


def test_all_problems_of_plain_values_are_said_at_once():
    values = {
        "training": {"batch_size": "x", "epochs": "y", "learning_rate": "-1"},
        "data": {"validation_fraction": 0.6, "test_fraction": 0.6},
        "modle": {},
    }
    wrong = problems(values)
    assert wrong["training.batch_size"] == "not a whole number"
    assert wrong["training.epochs"] == "not a number"
    assert "greater than 0" in wrong["training.learning_rate"]
    assert "must stay below 1" in wrong["data"]
    assert "modle" in wrong
    assert problems({}) == {}
