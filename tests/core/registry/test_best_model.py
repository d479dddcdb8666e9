import pytest

from recipe_tui.core.errors import NetworkError
from recipe_tui.core.registry import best_model as best
from recipe_tui.core.registry.best_model import GPT2, SMOLLM2, best_model


def refuse(*_):
    raise NetworkError("the network cannot be reached")


@pytest.mark.parametrize(
    ("available", "fetch", "download", "name", "reason"),
    [
        (True, lambda *_: None, pytest.fail, SMOLLM2, "SmolLM2 135M Instruct is on this machine"),
        (False, lambda *_: None, pytest.fail, SMOLLM2, "SmolLM2 135M Instruct was fetched"),
        (False, refuse, lambda *_: None, GPT2, "GPT-2 is the best model that the hub or its cache has"),
        (False, refuse, refuse, None, "neither SmolLM2 nor GPT-2 can be fetched"),
    ],
    ids=["cached", "fetched", "gpt2", "none"],
)
def test_the_first_that_is_available_is_chosen_and_the_reason_is_said(
    available, fetch, download, name, reason, monkeypatch
):
    monkeypatch.setattr(best, "is_available", lambda _: available)
    monkeypatch.setattr(best, "fetch", fetch)
    monkeypatch.setattr(best, "download", download)
    found = best_model()
    assert (found.name, found.reason) == (name, reason)
