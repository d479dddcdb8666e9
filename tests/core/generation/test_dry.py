"""The cases are worked by hand from text-generation-webui's definition."""

import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.dry import LONGEST_RUN, dry, repeated_runs, sequence_breakers

NONE = frozenset()
ONE, TWO, THREE, FOUR, BREAK = 1, 2, 3, 4, 9


def penalties(written, breakers=NONE, protected=NONE, **settings):
    config = GenerationConfig(**({"dry_multiplier": 0.8} | settings))
    candidates = Candidates(np.arange(10), np.zeros(10))
    values = dry(candidates, Context(config, [ONE, TWO, THREE], written, protected, breakers)).values
    return {token: round(float(-value), 6) for token, value in enumerate(values) if value}


@pytest.mark.parametrize(
    ("written", "breakers", "expected"),
    [
        ([], NONE, {}),
        ([ONE], NONE, {}),
        ([ONE, TWO, THREE], NONE, {}),
        ([ONE, TWO, ONE], NONE, {TWO: 1}),
        ([ONE, TWO, THREE, ONE, TWO], NONE, {THREE: 2}),
        ([ONE, ONE], NONE, {ONE: 1}),
        ([ONE, ONE, ONE], NONE, {ONE: 2}),
        ([ONE, TWO, THREE, FOUR, TWO, ONE, TWO], NONE, {THREE: 2, ONE: 1}),
        ([TWO, THREE, ONE, TWO, THREE, ONE, TWO], NONE, {THREE: 4}),  # the longest run counts, not the nearest
        ([ONE, TWO, THREE, ONE, BREAK], {BREAK}, {}),
        ([ONE, BREAK, ONE], {BREAK}, {}),
        ([TWO, BREAK, ONE, THREE, TWO, BREAK, ONE], {BREAK}, {THREE: 1}),
    ],
    ids=[
        *("empty", "one token", "nothing repeated", "one token repeated", "two tokens repeated"),
        *("the same token twice", "three times", "two continuations", "the longest run"),
        *("after a breaker", "a breaker never continues", "a run ends at a breaker"),
    ],
)
def test_the_longest_repeated_run_before_each_token(written, breakers, expected):
    assert repeated_runs(written, breakers) == expected


def test_the_penalty_grows_exponentially_from_the_allowed_length_on():
    repeated = [ONE, TWO, THREE, FOUR]
    assert penalties([*repeated, ONE]) == {}
    assert penalties([*repeated, ONE, TWO]) == {THREE: 0.8}
    assert penalties([*repeated, ONE, TWO, THREE]) == {FOUR: 1.4}
    assert penalties([*repeated, ONE, TWO], dry_allowed_length=1, dry_base=3, dry_multiplier=2) == {THREE: 6}


def test_a_range_hides_what_was_written_before_it():
    written = [ONE, TWO, THREE, FOUR, ONE, TWO]
    assert penalties(written, dry_range=6) == {THREE: 0.8}
    assert penalties(written, dry_range=4) == {}
    assert penalties(written, dry_range=5) == {}  # of the run only its last token is left


def test_the_prompt_is_not_searched_so_that_ingredients_can_be_named():
    assert penalties([ONE, TWO]) == {}


def test_end_and_section_tokens_are_breakers():
    assert penalties([ONE, TWO, BREAK, ONE, TWO], protected={BREAK}) == {}


def test_the_penalty_of_an_endless_run_is_finite():
    written = [ONE] * 500
    assert repeated_runs(written, NONE) == {ONE: LONGEST_RUN}
    assert np.isfinite(list(penalties(written, dry_base=10).values())).all()


def test_line_breaks_and_list_marks_are_breakers(tokenizers):
    tokenizer = tokenizers["plain"]
    breakers = {tokenizer.token_texts[token_id].text for token_id in sequence_breakers(tokenizer)}
    assert {"\n", "-", ":", "*"} <= breakers
    assert not {".", ",", "a", "the"} & breakers
