import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.section_automaton import SectionAutomaton, needed, section_automaton
from recipe_tui.core.text.layout import Section


@pytest.fixture
def tokenizer(tokenizers):
    return tokenizers["sections"]


def allowed(tokenizer, prompt_ids, written=(), remaining=1000):
    """Return the special tokens that are allowed, by name, and whether text is."""
    config = GenerationConfig(section_automaton=True)
    context = Context(
        *(config, prompt_ids, list(written), frozenset()),
        **{"text": tokenizer.text(written), "remaining": remaining, "sections": SectionAutomaton(tokenizer)},
    )
    values = section_automaton(Candidates(np.arange(tokenizer.vocab_size), np.zeros(tokenizer.vocab_size)), context)
    finite = np.flatnonzero(np.isfinite(values.values)).tolist()
    special = {tokenizer.token_texts[one].text for one in finite if tokenizer.token_texts[one].special}
    return special, len(finite) > len(special)


def ids(tokenizer, text):
    """Return the tokens of a text in which section tokens count as such."""
    return tokenizer.encode_spans(tokenizer.layout.typed(text))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<|title|>", set()),
        ("<|title|>Soup", {"<|tag|>", "<|servings|>", "<|time|>", "<|ingredient|>"}),
        ("<|title|>Soup<|tag|>vegan", {"<|tag|>", "<|servings|>", "<|time|>", "<|ingredient|>"}),
        ("<|title|>Soup<|servings|>4", {"<|time|>", "<|ingredient|>"}),
        ("<|title|>Soup<|time|>1 h", {"<|time|>", "<|ingredient|>"}),
        ("<|title|>Soup<|ingredient|>", set()),
        ("<|title|>Soup<|ingredient|>salt", {"<|ingredient|>", "<|step|>"}),
        ("<|title|>Soup<|ingredient|>salt<|step|>", set()),
        ("<|title|>Soup<|ingredient|>salt<|step|>\n", set()),
        ("<|title|>Soup<|ingredient|>salt<|step|>Boil", {"<|step|>", "<|endoftext|>"}),
    ],
)
def test_what_may_follow_each_part_of_a_recipe(tokenizer, written, expected):
    assert allowed(tokenizer, ids(tokenizer, written)) == (expected, True)
    prompt, rest = ids(tokenizer, written)[:1], ids(tokenizer, written)[1:]
    assert allowed(tokenizer, prompt, rest) == (expected, True)


def test_where_lines_delimit_the_text_may_end_once_there_is_any(tokenizers):
    tokenizer = tokenizers["plain"]
    prompt = tokenizer.encode_spans(tokenizer.layout.prompt("Soup", ("salt",)))
    assert allowed(tokenizer, prompt) == (set(), True)
    assert allowed(tokenizer, prompt, ids(tokenizer, "Boil")) == ({"<|endoftext|>"}, True)


def test_near_the_limit_the_next_end_of_a_sentence_is_the_end_of_the_text(tokenizer):
    prompt = ids(tokenizer, "<|title|>Soup<|ingredient|>salt<|step|>")
    sentence = ids(tokenizer, "Boil it.")
    assert allowed(tokenizer, prompt, sentence, remaining=100) == ({"<|step|>", "<|endoftext|>"}, True)
    assert allowed(tokenizer, prompt, sentence, remaining=20) == ({"<|endoftext|>"}, False)
    assert allowed(tokenizer, prompt, sentence[:-1], remaining=20) == ({"<|endoftext|>"}, True)
    listing = ids(tokenizer, "<|title|>Soup<|ingredient|>salt")
    assert allowed(tokenizer, listing, remaining=50) == ({"<|step|>"}, True)


def test_at_the_last_moment_a_full_stop_and_the_end_are_all_that_is_left(tokenizer):
    prompt = ids(tokenizer, "<|title|>Soup<|ingredient|>salt<|step|>")
    config = GenerationConfig(section_automaton=True)
    boil = ids(tokenizer, "Boil")
    context = Context(
        *(config, prompt, boil, frozenset()),
        **{"text": "Boil", "remaining": 2, "sections": SectionAutomaton(tokenizer)},
    )
    scores = np.full(tokenizer.vocab_size, -np.inf)  # whatever was forbidden before
    values = section_automaton(Candidates(np.arange(tokenizer.vocab_size), scores), context).values
    assert [tokenizer.token_texts[one].text for one in np.flatnonzero(np.isfinite(values))] == ["."]
    assert allowed(tokenizer, prompt, ids(tokenizer, "Boil."), remaining=1) == ({"<|endoftext|>"}, False)


def test_a_limit_that_is_too_low_for_a_recipe_only_keeps_the_order(tokenizer):
    assert needed(Section.TITLE, False, False) == 7
    expected = {"<|tag|>", "<|servings|>", "<|time|>", "<|ingredient|>"}
    assert allowed(tokenizer, ids(tokenizer, "<|title|>Soup"), remaining=5) == (expected, True)


@pytest.mark.parametrize("limit", [7, 8, 11, 20, 60, 200])
@pytest.mark.parametrize("ends", [True, False], ids=["may end", "never wants to end"])
def test_every_text_of_a_random_model_is_a_whole_recipe_that_ends_by_itself(tokenizer, limit, ends):
    random = np.random.default_rng(limit)
    config = GenerationConfig(section_automaton=True, max_new_tokens=limit)
    automaton = SectionAutomaton(tokenizer)
    prompt, written = [tokenizer.section_ids[0]], []
    while len(written) < limit and (not written or written[-1] not in tokenizer.end_ids):
        scores = random.normal(size=tokenizer.vocab_size)
        scores[list(tokenizer.special_ids)] += random.integers(3)
        scores[tokenizer.eos_id] -= 0 if ends else 100
        context = Context(
            *(config, prompt, written, frozenset()),
            **{"text": tokenizer.text(written), "remaining": limit - len(written), "sections": automaton},
        )
        values = section_automaton(Candidates(np.arange(len(scores)), scores), context).values
        written.append(int(values.argmax()))
    recipe = tokenizer.parse([*prompt, *written])
    assert written[-1] == tokenizer.eos_id
    assert recipe.title
    assert recipe.ingredients
    assert recipe.steps
    assert all(map(str.strip, (*recipe.ingredients, *recipe.steps)))
    assert [*prompt, *written].count(prompt[0]) == 1
    assert ends or recipe.steps[-1].rstrip(" \n\"')]”’").endswith((".", "!", "?"))
