from pathlib import Path

import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.errors import UsageError
from recipe_tui.core.training.resume import requested_changes

RUN = Path("output/mine")
OWN = load_config(
    data={"source": ["a.jsonl"], "block_size": 64},
    training={"epochs": 2, "learning_rate": 1e-3, "precision": "float32", "batch_size": 3, "batch_tokens": 192},
)


def test_nothing_changes_where_nothing_is_asked_for():
    assert requested_changes(OWN, load_config(top={"output": "output", "run": "mine"}), RUN) == {}


def test_the_configuration_that_a_run_began_with_changes_nothing():
    given = load_config(
        data={"source": ["a.jsonl"], "block_size": 64},
        training={"epochs": 2, "precision": "auto", "batch_size": 8, "batch_tokens": "auto"},
    )
    assert requested_changes(OWN, given, RUN) == {}


def test_a_store_has_its_own_settings():
    own = load_config(data={"store": "blocks", "block_size": 64})
    assert requested_changes(own, load_config(data={"store": "blocks", "block_size": 512}), RUN) == {}


@pytest.mark.parametrize(
    "training", [{"epochs": 4}, {"max_steps": 9}, {"early_stopping_patience": 5}, {"keep_checkpoints": 7}]
)
def test_what_can_change_is_applied(training):
    assert requested_changes(OWN, load_config(training=training), RUN) == training


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"training": {"learning_rate": 1e-5}}, r"training.learning_rate: in output/mine it is 0.001, not 1e-05"),
        ({"training": {"clip_norm": 2.0}}, r"training.clip_norm"),
        ({"data": {"source": ["b.jsonl"]}}, r"data.source"),
        ({"model": {"name": "gpt2-medium"}}, r"model.name: in output/mine it is gpt2, not gpt2-medium"),
        ({"generation": {"top_k": 3}}, r"generation.top_k"),
    ],
)
def test_what_cannot_change_is_refused(given, message):
    with pytest.raises(UsageError, match=rf"--resume cannot change {message}.*start a new run .*--model output/mine"):
        requested_changes(OWN, load_config(**given), RUN)
