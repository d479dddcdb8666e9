import pytest
from transformers import AutoTokenizer

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.text.layout import SECTIONS
from recipe_tui.core.text.new_tokenizer import FRACTIONS, train_tokenizer
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.conftest import RECIPES

TEXTS = [[span.text for span in SECTIONS.spans(recipe) if not span.special] for recipe in RECIPES]
NUMBERS = [["Bake at 350 degrees for 12345 minutes.", "Bake at 350 degrees for 12345 days."]]
TOKENS = SECTIONS.special_tokens
SIZE = 360


@pytest.fixture(scope="module")
def trained():
    return train_tokenizer(TEXTS * 3 + NUMBERS * 3, SIZE, TOKENS)


def test_the_vocabulary_has_the_size_that_was_asked_for_special_tokens_included(trained):
    assert len(trained) == SIZE
    assert trained.convert_tokens_to_ids(["<|endoftext|>", *TOKENS]) == list(range(1 + len(TOKENS)))


@pytest.mark.parametrize("text", ["Crème brûlée\n\t½ tsp 🍲", "naïve <|step|> text", "1 1/2 cups, 350°F"])
def test_every_text_comes_back(trained, text):
    ids = trained.backend_tokenizer.encode(text, add_special_tokens=False).ids
    assert trained.decode(ids, skip_special_tokens=False) == text


def test_each_fraction_is_one_token(trained):
    assert [len(trained.tokenize(one)) for one in FRACTIONS] == [1] * len(FRACTIONS)


def test_no_token_has_more_than_three_digits(trained):
    digits = [sum(letter.isascii() and letter.isdigit() for letter in token) for token in trained.get_vocab()]
    assert max(digits) == 3
    assert trained.tokenize(" 350") == ["Ġ350"]
    assert len(trained.tokenize("12345")) >= 2


def test_the_same_recipes_give_the_same_tokenizer(trained):
    again = train_tokenizer(TEXTS * 3 + NUMBERS * 3, SIZE, TOKENS)
    assert again.backend_tokenizer.to_str() == trained.backend_tokenizer.to_str()


def test_hugging_face_loads_it_with_the_same_ids(trained, tmp_path):
    trained.save_pretrained(str(tmp_path))
    text = "½ cup sugar, 350 degrees <|step|>"
    assert AutoTokenizer.from_pretrained(tmp_path)(text)["input_ids"] == trained(text)["input_ids"]
    ours = load_tokenizer(tmp_path)
    assert (ours.layout, ours.added_tokens, ours.vocab_size, ours.eos_id) == (SECTIONS, 0, SIZE, 0)


def test_a_vocabulary_that_the_recipes_do_not_support_is_an_error_with_the_one_that_they_do():
    with pytest.raises(TokenizerError, match=r"support a vocabulary of \d+ tokens, not of 8,192; give more recipes"):
        train_tokenizer(TEXTS, 8192, TOKENS)


def test_where_the_size_is_the_largest_they_give_what_they_support():
    assert 278 < len(train_tokenizer(TEXTS, 8192, TOKENS, at_most=True)) < 8192


def test_a_vocabulary_smaller_than_the_bytes_is_an_error():
    with pytest.raises(TokenizerError, match="too small; take at least 278"):
        train_tokenizer(TEXTS, 200, TOKENS)
