from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_tui.core.errors import NetworkError, OutputError, TokenizerError
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.layout import PLAIN, Span
from recipe_tui.core.text.recipe_encoder import RecipeEncoder
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.conftest import RECIPES

TOAST = RECIPES[2]
text = st.text(max_size=12) | st.sampled_from(["<|step|>", "a\nb", "", "<|endoftext|>", " 1 egg ", "é🍲", "�"])
items = st.lists(text, max_size=4).map(tuple)
recipes = st.builds(Recipe, text, items, items)

LAYOUTS = ("plain", "sections")
both_layouts = pytest.mark.parametrize("layout", LAYOUTS)


def test_the_section_tokens_become_single_tokens_of_the_vocabulary(tokenizers) -> None:
    plain, sections = tokenizers["plain"], tokenizers["sections"]
    assert (plain.added_tokens, sections.added_tokens) == (0, 6)
    assert sections.vocab_size == plain.vocab_size + 6
    assert sections.section_ids == tuple(range(plain.vocab_size, plain.vocab_size + 6))


def test_a_tokenizer_with_the_tokens_of_older_models_gets_no_others(tokenizer_folder, tmp_path) -> None:
    from recipe_tui.core.text.layout import SECTIONS_WITHOUT_FIELDS
    from recipe_tui.core.text.tokenizer import Tokenizer

    older = Tokenizer(load_tokenizer(tokenizer_folder, "plain").hugging_face, SECTIONS_WITHOUT_FIELDS)
    older.save(tmp_path)
    for layout in (None, "auto", "sections"):
        loaded = load_tokenizer(tmp_path, layout)
        assert (loaded.layout, loaded.added_tokens, loaded.vocab_size) == (older.layout, 0, older.vocab_size)


def test_plain_tokens_are_those_of_the_text_a_line_at_a_time(tokenizers) -> None:
    tokenizer = tokenizers["plain"]
    lines = [TOAST.title, *TOAST.ingredients, *TOAST.steps]
    expected = [i for line in lines for i in tokenizer.hugging_face(line + "\n")["input_ids"]] + [tokenizer.eos_id]
    assert tokenizer.encode_recipes([TOAST]).ids.tolist() == expected


def test_sections_tokens_are_those_of_the_items_after_their_special_token(tokenizers) -> None:
    tokenizer = tokenizers["sections"]
    title, ingredient, step, *_ = tokenizer.section_ids

    def plain(line: str) -> list[int]:
        return list(tokenizer.hugging_face(line)["input_ids"])

    expected = [title, *plain("Toast"), ingredient, *plain("1 slice bread"), step, *plain(TOAST.steps[0])]
    assert tokenizer.encode_recipes([TOAST]).ids.tolist() == [*expected, tokenizer.eos_id]


@both_layouts
def test_several_recipes_follow_each_other_with_their_lengths_by_section(tokenizers, layout) -> None:
    tokenizer = tokenizers[layout]
    together = tokenizer.encode_recipes(RECIPES)
    alone = [tokenizer.encode_recipes([recipe]) for recipe in RECIPES]
    assert together.ids.tolist() == np.concatenate([one.ids for one in alone]).tolist()
    assert together.section_lengths.tolist() == [one.section_lengths[0].tolist() for one in alone]
    assert together.lengths.tolist() == [len(one.ids) for one in alone]
    sections = np.repeat(range(7), alone[2].section_lengths[0])
    assert tokenizer.text(alone[2].ids[sections == 4]).strip() == "1 slice bread"
    assert tokenizer.text(alone[2].ids[sections == 5]).strip() == TOAST.steps[0]
    assert alone[2].ids[sections == 6].tolist() == [tokenizer.eos_id]


@both_layouts
def test_no_recipes_are_no_tokens(tokenizers, layout) -> None:
    encoded = tokenizers[layout].encode_recipes([])
    assert encoded.ids.shape == (0,)
    assert encoded.section_lengths.shape == (0, 7)
    assert tokenizers[layout].encode_spans([]) == []


@settings(deadline=None)
@given(recipe=recipes)
def test_any_text_comes_back_exactly_from_the_tokens_of_the_sections_layout(tokenizers, recipe) -> None:
    assert tokenizers["sections"].parse(tokenizers["sections"].encode_recipes([recipe]).ids) == recipe


@settings(deadline=None)
@given(recipe=recipes, layout=st.sampled_from(LAYOUTS))
def test_text_never_becomes_a_special_token(tokenizers, recipe, layout) -> None:
    tokenizer = tokenizers[layout]
    ids = tokenizer.encode_recipes([recipe]).ids.tolist()
    assert [i for i in ids if i == tokenizer.eos_id] == [tokenizer.eos_id]
    assert ids[-1] == tokenizer.eos_id
    items = 1 + len(recipe.ingredients) + len(recipe.steps) if tokenizer.section_ids else 0
    assert sum(i in tokenizer.section_ids for i in ids) == items


@both_layouts
def test_special_tokens_written_in_a_recipe_stay_the_characters_they_are(tokenizers, layout) -> None:
    tokenizer = tokenizers[layout]
    ids = tokenizer.encode_recipes([Recipe("<|endoftext|> Pie <|step|>", (), ())]).ids
    assert "<|endoftext|> Pie <|step|>" in tokenizer.text(ids)


@settings(deadline=None)
@given(recipe=recipes, layout=st.sampled_from(LAYOUTS), given_items=st.integers(0, 8))
def test_the_tokens_of_a_prompt_are_the_first_tokens_of_the_recipe(tokenizers, recipe, layout, given_items) -> None:
    tokenizer = tokenizers[layout]
    # Whole items: where a prompt stops inside a word, no tokenizer could know how the word goes on.
    spans = tokenizer.layout.spans(recipe)[: given_items if layout == "plain" else 2 * given_items + 1]
    ids = tokenizer.encode_spans(spans)
    assert tokenizer.encode_recipes([recipe]).ids[: len(ids)].tolist() == ids


@both_layouts
def test_a_prompt_of_title_and_ingredients_is_a_prefix_of_training(tokenizers, layout) -> None:
    tokenizer = tokenizers[layout]
    for recipe in RECIPES:
        tags = recipe.tags if layout == "sections" else ()
        prompt = tokenizer.encode_spans(tokenizer.layout.prompt(recipe.title, recipe.ingredients, tags=tags))
        assert tokenizer.encode_recipes([recipe]).ids[: len(prompt)].tolist() == prompt


def test_a_typed_prompt_may_hold_special_tokens(tokenizers) -> None:
    tokenizer = tokenizers["sections"]
    typed = tokenizer.encode_spans(tokenizer.layout.typed("<|title|>Toast<|ingredient|>"))
    assert typed == tokenizer.encode_spans(tokenizer.layout.prompt("Toast"))
    assert tokenizer.encode_spans([Span(None, "Toast")]) == tokenizer.hugging_face("Toast")["input_ids"]


def test_both_layouts_look_the_same_to_people(tokenizers) -> None:
    shown = [tokenizers[name].text(tokenizers[name].encode_recipes([TOAST]).ids) for name in LAYOUTS]
    assert shown[0] == shown[1] + "\n" == f"Toast\n1 slice bread\n{TOAST.steps[0]}\n"


def test_a_lone_surrogate_is_replaced(tokenizers) -> None:
    ids = tokenizers["sections"].encode_recipes([Recipe("\ud800 Pie", (), ())]).ids
    assert tokenizers["sections"].parse(ids).title == "? Pie"


@both_layouts
def test_a_saved_tokenizer_loads_as_the_same_and_knows_its_layout(tokenizers, layout, tmp_path) -> None:
    tokenizer = tokenizers[layout]
    tokenizer.save(tmp_path)
    again = load_tokenizer(tmp_path)
    assert again.layout.name == layout
    assert again.added_tokens == 0
    assert again.fingerprint == tokenizer.fingerprint
    assert again.encode_recipes(RECIPES).ids.tolist() == tokenizer.encode_recipes(RECIPES).ids.tolist()


def test_the_fingerprint_tells_layouts_and_vocabularies_apart(tokenizers, tokenizer_folder) -> None:
    other = load_tokenizer(tokenizer_folder, "plain")
    assert other.fingerprint == tokenizers["plain"].fingerprint != tokenizers["sections"].fingerprint
    other.hugging_face.add_tokens(["zest"])
    assert other.fingerprint != tokenizers["plain"].fingerprint


def test_a_tokenizer_without_an_end_token_is_given_one(tokenizer_folder, tmp_path) -> None:
    tokenizer = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    tokenizer["added_tokens"] = []
    tokenizer["model"]["vocab"] = {
        token: i - 1 for token, i in tokenizer["model"]["vocab"].items() if token != "<|endoftext|>"
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    loaded = load_tokenizer(tmp_path, "plain")
    assert loaded.added_tokens == 1
    assert loaded.hugging_face.eos_token == "<|endoftext|>"
    assert loaded.eos_id == loaded.vocab_size - 1 == loaded.pad_id


def test_tokenizer_settings_that_cut_or_pad_do_not_touch_recipes(tokenizer_folder, tokenizers) -> None:
    from transformers import AutoTokenizer

    from recipe_tui.core.text.layout import PLAIN
    from recipe_tui.core.text.tokenizer import Tokenizer

    cutting = AutoTokenizer.from_pretrained(str(tokenizer_folder))
    cutting.backend_tokenizer.enable_truncation(4)
    cutting.backend_tokenizer.enable_padding(length=500)
    ids = Tokenizer(cutting, PLAIN).encode_recipes(RECIPES).ids
    assert ids.tolist() == tokenizers["plain"].encode_recipes(RECIPES).ids.tolist()


def test_a_folder_without_a_tokenizer_is_a_clear_error(tmp_path) -> None:
    with pytest.raises(TokenizerError, match=r"no tokenizer can be loaded.*tokenizer\.json"):
        load_tokenizer(tmp_path, "plain")


def test_a_damaged_tokenizer_is_a_clear_error(tokenizer_folder, tmp_path) -> None:
    (tmp_path / "tokenizer.json").write_text((tokenizer_folder / "tokenizer.json").read_text()[:500])
    with pytest.raises(TokenizerError, match="no tokenizer can be loaded"):
        load_tokenizer(tmp_path, "plain")


def test_a_tokenizer_without_the_token_for_what_it_does_not_know_is_a_clear_error(tmp_path) -> None:
    from tokenizers import Tokenizer, models

    Tokenizer(models.WordLevel({"a": 0}, unk_token="?")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(TokenizerError, match="no tokenizer can be loaded"):
        load_tokenizer(tmp_path, "plain")


def test_one_that_cannot_be_copied_is_a_clear_error() -> None:
    backend = SimpleNamespace(to_str=lambda: "{}")
    with pytest.raises(TokenizerError, match="damaged tokenizer"):
        RecipeEncoder(backend, PLAIN, [], None)


def test_what_is_neither_a_folder_nor_a_hub_name_is_a_clear_error() -> None:
    with pytest.raises(TokenizerError, match="no/such/folder: neither a folder nor a name on the hub"):
        load_tokenizer("no/such/folder", "plain")


def test_a_hub_name_without_a_network_is_a_clear_error(monkeypatch) -> None:
    import huggingface_hub

    def unreachable(*_args: object, **_options: object) -> str:
        raise huggingface_hub.errors.LocalEntryNotFoundError("no connection")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(NetworkError, match="gpt2: no such folder, and the hub cannot be reached; give a folder"):
        load_tokenizer("gpt2", "plain")


def test_a_folder_that_cannot_be_written_is_a_clear_error(tokenizers, tmp_path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="tokenizer cannot be saved"):
        tokenizers["plain"].save(file / "folder")
