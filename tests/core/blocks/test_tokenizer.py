import json

import pytest

from recipe_tui.core.blocks.prepare import prepare_blocks
from recipe_tui.core.blocks.tokenizer import new_tokenizer, new_tokenizer_digest, tokenizer_of
from recipe_tui.core.config import Config, DataConfig
from recipe_tui.core.errors import NetworkError, TokenizerError, UsageError


def config(tmp_path, recipes_file, name="gpt2-2x64", **data):
    data = {"source": str(recipes_file), "tokenizer": "new:400"} | data
    return Config(output=tmp_path, data=data, model={"name": name, "initialize": "random"})


def test_a_new_tokenizer_is_trained_once_and_the_store_is_made_with_it(tmp_path, recipes_file):
    stages = []
    store, tokenizer = prepare_blocks(config(tmp_path, recipes_file), lambda progress: stages.append(progress.stage))
    assert store.vocab_size == tokenizer.vocab_size == 400
    assert stages.count("train tokenizer") == 1
    stages.clear()
    again, same = prepare_blocks(config(tmp_path, recipes_file), lambda progress: stages.append(progress.stage))
    assert (again.path, same.fingerprint) == (store.path, tokenizer.fingerprint)
    assert stages == ["reuse"]


def test_the_same_recipes_give_the_same_files(tmp_path, recipes_file):
    data = config(tmp_path, recipes_file).data
    for name in ("first", "second"):
        new_tokenizer(data, tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == ["tokenizer.json", "tokenizer_config.json"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_it_is_trained_on_the_training_split_alone(tmp_path, recipes_file, monkeypatch):
    learned = []
    trained = new_tokenizer(config(tmp_path, recipes_file).data, tmp_path / "one").hugging_face

    def recorded(recipes, *_):
        learned.extend(texts[0] for texts in recipes)
        return trained

    monkeypatch.setattr("recipe_tui.core.blocks.tokenizer.train_tokenizer", recorded)
    store, _ = prepare_blocks(config(tmp_path, recipes_file))
    learned.clear()
    new_tokenizer(config(tmp_path, recipes_file).data, tmp_path / "two")
    training = store.outcomes["split"] == 0
    assert learned == [store.recipe(row).title for row in training.nonzero()[0].tolist()]


@pytest.mark.parametrize(
    ("setting", "value", "same"),
    [("block_size", 64, True), ("packing", "concatenate", True), ("seed", 1, False), ("layout", "plain", False)],
)
def test_what_decides_a_tokenizer_decides_its_digest(tmp_path, recipes_file, setting, value, same):
    first = new_tokenizer_digest(config(tmp_path, recipes_file).data)
    second = new_tokenizer_digest(config(tmp_path, recipes_file, **{setting: value}).data)
    assert (first == second) is same
    assert first != new_tokenizer_digest(config(tmp_path, recipes_file, tokenizer="new:401").data)


def test_ten_recipes_do_not_support_eight_thousand_tokens(tmp_path, recipes_file):
    few = tmp_path / "few.jsonl"
    few.write_text("".join(recipes_file.read_text().splitlines(keepends=True)[:10]))
    with pytest.raises(TokenizerError, match=r"the recipes support a vocabulary of \d+ tokens, not of 8,192"):
        tokenizer_of(config(tmp_path, few, tokenizer="new:8192"))
    assert not (tmp_path / "tokenizers").exists() or not any((tmp_path / "tokenizers").iterdir())


def test_a_new_tokenizer_has_no_chat_template(tmp_path, recipes_file):
    with pytest.raises(UsageError, match="no chat template"):
        tokenizer_of(config(tmp_path, recipes_file, layout="chat"))


def test_a_small_shape_has_no_tokenizer_and_the_error_says_what_to_do(tmp_path, recipes_file):
    with pytest.raises(TokenizerError, match=r"gpt2-4x256: a shape has no tokenizer; train one .*--tokenizer new:8192"):
        tokenizer_of(config(tmp_path, recipes_file, name="gpt2-4x256", tokenizer=None))


def test_without_a_hub_the_shape_of_gpt2_is_known_but_not_its_tokenizer(tmp_path, recipes_file, monkeypatch):
    def unreachable(*_):
        raise NetworkError("unreachable")

    monkeypatch.setattr("recipe_tui.core.blocks.tokenizer.download", unreachable)
    with pytest.raises(TokenizerError, match="--tokenizer new:8192"):
        tokenizer_of(config(tmp_path, recipes_file, name="gpt2", tokenizer=None))


@pytest.mark.parametrize("size", ["", "many", "-1", "1.5", "9999999999"])
def test_the_size_of_a_new_tokenizer_is_a_number(size):
    with pytest.raises(ValueError, match="as in new:8192"):
        DataConfig(tokenizer=f"new:{size}")


def test_the_tokenizer_of_the_store_is_saved_with_it(tmp_path, recipes_file):
    store, tokenizer = prepare_blocks(config(tmp_path, recipes_file))
    saved = json.loads((store.tokenizer_path / "tokenizer.json").read_text())
    assert len(saved["model"]["vocab"]) == tokenizer.vocab_size
