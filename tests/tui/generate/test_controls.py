from __future__ import annotations

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.config.decoding_presets import CHOOSING, PRESETS, preset_of
from recipe_tui.tui.generate.controls import LABELS, explain, range_of, summary, typed

PRESET = {preset.name: preset for preset in PRESETS}


def test_every_control_has_a_meaning_and_a_name() -> None:
    for name, field in GenerationConfig.model_fields.items():
        assert field.description in explain(name)
        assert len(LABELS[name]) < 18


def test_ranges_come_from_the_schema() -> None:
    assert range_of("top_p") == "> 0, ≤ 1"
    assert range_of("num_beams") == "≥ 1, ≤ 1000"
    assert range_of("length_penalty") == "≥ -10, ≤ 10"
    assert range_of("section_automaton") == ""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0.5", 0.5),
        ("top_k", " 40 ", 40),
        ("seed", "", None),
        ("seed", "42", 42),
        ("top_p", "1", 1.0),
        ("section_automaton", "true", True),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, text: str, value: object) -> None:
    assert typed(name, text) == (value, "")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("temperature", "-1", "greater than or equal to 0"),
        ("temperature", "hot", "a valid number"),
        ("top_k", "1.5", "a valid integer"),
        ("top_p", "0", "greater than 0"),
        ("num_beams", "", "a valid integer"),
    ],
)
def test_what_is_no_value_is_explained(name: str, text: str, problem: str) -> None:
    assert problem in typed(name, text)[1]


def test_the_summary_leaves_out_what_is_off() -> None:
    assert summary(GenerationConfig(seed=42)) == "T 0.7 · p 0.95 · max 400 · seed 42"
    unusual = GenerationConfig(seed=42, top_n_sigma=1.5, typical_p=0.9, dry_multiplier=0.8)
    assert summary(unusual) == "T 0.7 · 1.5 sigma · typical 0.9 · p 0.95 · DRY 0.8 · max 400 · seed 42"
    assert summary(GenerationConfig(num_beams=4, top_k=9)) == "4 beams · max 400 · seed random"


def test_presets_leave_length_number_and_seed_alone() -> None:
    config = GenerationConfig(max_new_tokens=9, num_return_sequences=2, seed=3, top_k=7)
    for preset in PRESETS:
        applied = preset.applied_to(config)
        kept = set(GenerationConfig.model_fields) - set(CHOOSING)
        assert {name: getattr(applied, name) for name in kept} == {name: getattr(config, name) for name in kept}
        assert preset_of(applied) == preset


def test_balanced_is_the_default_and_beams_are_never_fewer_than_texts() -> None:
    assert PRESET["Balanced"].applied_to(GenerationConfig()) == GenerationConfig()
    beam = PRESET["Beam"].applied_to(GenerationConfig(num_return_sequences=9))
    assert beam.num_return_sequences == beam.num_beams == 4
    assert preset_of(GenerationConfig(temperature=0.123)) is None
