import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.registry.hub import download, is_repository_name


@pytest.mark.parametrize(
    "name", ["gpt2", "distilgpt2", "openai-community/gpt2", "Qwen/Qwen2.5-0.5B", "user/recipes_v2"]
)
def test_these_have_the_form_of_a_repository(name):
    assert is_repository_name(name)


@pytest.mark.parametrize(
    "name", ["", "./gpt2", "../gpt2", "/gpt2", "~/gpt2", "a/b/c", "user/", "my model", "model.gguf"]
)
def test_these_do_not(name):
    assert not is_repository_name(name)


def test_the_hub_is_not_asked_for_a_name_of_another_form(monkeypatch):
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked the hub"))
    with pytest.raises(CheckpointError, match="my model: neither a folder nor a name on the hub"):
        download("my model", ("config.json",), CheckpointError)
