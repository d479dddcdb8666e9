import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.ingredient_bonus import IngredientBonus, LexiconTokens, ingredient_bonus
from recipe_tui.core.generation.word_tokens import WordTokens
from recipe_tui.core.measures.ingredients import Lexicon
from recipe_tui.core.text.prompt import Prompt

LISTED = ("1 cup green lentils", "2 carrots, sliced", "1 onion, chopped")


@pytest.fixture
def tokenizer(tokenizers):
    return tokenizers["sections"]


@pytest.fixture
def shifts(tokenizer):
    """Return how the bonus shifts the scores after some directions, by the text of the token."""

    def of(directions, ingredients=LISTED, lexicon=(), strength=4.0, scores=None, prompt=None, written=None):
        prompt = prompt or Prompt("Soup", tuple(ingredients))
        prompt_ids = tokenizer.encode_spans(
            tokenizer.layout.prompt(prompt.title, prompt.ingredients, prompt.directions)
        )
        if written is None:
            whole = tokenizer.encode_spans(tokenizer.layout.prompt(prompt.title, prompt.ingredients, directions))
            written = whole[len(prompt_ids) :]
        words = LexiconTokens.of(tokenizer, Lexicon(frozenset(lexicon))) if lexicon else None
        bonus = IngredientBonus(tokenizer, prompt, prompt_ids, words)
        before = np.zeros(tokenizer.vocab_size) if scores is None else scores(tokenizer)
        context = Context(
            *(GenerationConfig(ingredient_bonus=strength), prompt_ids, written, frozenset()),
            **{"text": tokenizer.text(written), "ingredients": bonus},
        )
        values = ingredient_bonus(Candidates(np.arange(len(before)), before.copy()), context).values
        changed = np.flatnonzero(values != before).tolist()
        return {tokenizer.token_texts[one].text: round(float(values[one] - before[one]), 3) for one in changed}

    return of


def spelled(tokenizer, text, before="a"):
    """The tokens of a text after another one."""
    return [
        tokenizer.token_texts[one].text
        for one in tokenizer.hugging_face(before + text, add_special_tokens=False)["input_ids"][1:]
    ]


def test_the_first_tokens_of_all_words_not_mentioned_are_raised(shifts, tokenizer):
    found = shifts("Soften the")
    for text in (" lentils", " Lentil", " carrot", " carrots", " onion", " green"):
        assert found[spelled(tokenizer, text)[0]] > 0
    assert " " not in found or spelled(tokenizer, " the")[0] not in found


def test_a_bonus_is_spread_over_the_tokens_of_a_word_by_their_letters(shifts, tokenizer):
    tokens = spelled(tokenizer, " onions")
    letters = [len(token.strip()) for token in tokens]
    assert sum(letters) == 6
    written, shares = "Soften the", []
    for token in tokens:
        shares.append(shifts(None, written=ids(tokenizer, written), ingredients=["onions"]).get(token, 0.0))
        written += token
    whole = [4.0 * count / 6 for count in letters]
    assert shares[0] >= whole[0] - 1e-3  # the singular begins with the same token, which is more of its letters
    assert all(share >= 0 for share in shares)


def ids(tokenizer, text):
    return tokenizer.hugging_face(text, add_special_tokens=False)["input_ids"]


def test_what_is_mentioned_is_raised_no_longer(shifts, tokenizer):
    first = spelled(tokenizer, " carrot")[0]
    assert first in shifts("Soften the onion. Add")
    assert first not in shifts("Soften the onion and the carrots. Add")
    everything = "Soften the onion, the carrots and the lentils."
    assert shifts(everything) == {}


def test_the_end_is_held_back_by_the_share_that_is_missing(shifts, tokenizer):
    end = tokenizer.hugging_face.eos_token
    assert shifts("Wait.")[end] == -4.0
    assert shifts("Soften the onion.")[end] == pytest.approx(-8 / 3, abs=1e-3)
    assert end not in shifts("Onion, carrots, lentils.")
    four = [*LISTED, "salt", "1 cup water"]
    assert end not in shifts("Onion, carrots, lentils, salt.", ingredients=four)  # one in five may be missing


def test_an_implausible_token_is_not_raised(shifts, tokenizer):
    first = spelled(tokenizer, " carrot")[0]

    def certain(tokenizer):
        scores = np.zeros(tokenizer.vocab_size)
        scores[0] = 20.0
        return scores

    assert first not in shifts("Soften the", scores=certain)


def test_a_token_that_completes_an_unlisted_ingredient_is_lowered(shifts, tokenizer):
    *begun, last = spelled(tokenizer, " butter")
    found = shifts(None, lexicon=["butter"], written=ids(tokenizer, "Melt the" + "".join(begun)))
    assert found[last] == -4.0
    listed = shifts(
        None, lexicon=["butter"], ingredients=["butter"], written=ids(tokenizer, "Melt the" + "".join(begun))
    )
    assert listed[last] > 0
    again = shifts(None, lexicon=["butter"], written=ids(tokenizer, "Melt the butter. Add the" + "".join(begun)))
    assert last not in again  # it is mentioned already


@pytest.mark.parametrize("lines", [(), ("For the sauce:",), ("2 1/2 cups",)], ids=["none", "a heading", "an amount"])
def test_ingredients_of_no_known_word_have_no_effect(shifts, tokenizer, lines):
    assert shifts("Soften", ingredients=lines) == {}
    ids = tokenizer.encode_spans(tokenizer.layout.prompt("Soup", lines or ("1 cup",)))
    assert not IngredientBonus(tokenizer, Prompt("Soup", lines or ("1 cup",)), ids, None).has_effect


def test_without_ingredients_in_the_prompt_those_that_the_text_lists_count(shifts, tokenizer):
    _, item, step = tokenizer.section_ids[:3]
    written = [*ids(tokenizer, "1 onion"), item, *ids(tokenizer, "2 carrots")]
    assert shifts(None, prompt=Prompt("Soup"), written=written) == {}
    found = shifts(None, prompt=Prompt("Soup"), written=[*written, step, *ids(tokenizer, "Soften the onion. Add")])
    assert spelled(tokenizer, " carrots")[0] in found


def test_two_hundred_ingredients_are_all_raised(tokenizer):
    lines = tuple(f"1 cup {first}{second}o" for first in "bcdfghjklm" for second in "aeioubcdfghjklmnpqrs")
    assert len(lines) == 200
    prompt = Prompt("Everything", lines)
    ids_ = tokenizer.encode_spans(tokenizer.layout.prompt("Everything", lines))
    bonus = IngredientBonus(tokenizer, prompt, ids_, None)
    scores = np.zeros(tokenizer.vocab_size)
    bonus.shift(scores, Context(GenerationConfig(ingredient_bonus=3), ids_, (), frozenset()))
    assert np.count_nonzero(scores > 0) >= 10
    assert scores.max() <= 3


def test_spellings_with_and_without_a_space_small_and_capital_singular_and_plural(tokenizer):
    tokens = WordTokens(tokenizer, [("Berry",)])
    texts = tokenizer.token_texts

    def begins(text):
        return {texts[one].text for one in tokens.following(ids(tokenizer, text)).ids}

    assert {spelled(tokenizer, " berries")[0], spelled(tokenizer, " Berry")[0]} <= begins("the")
    assert spelled(tokenizer, "Berries", "\n")[0] in begins("the\n")
    assert spelled(tokenizer, "Berries", "\n")[0] not in begins("the")
    continued = spelled(tokenizer, " berries")
    assert continued[1] in begins("the" + continued[0])
