import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.candidates import Candidates, Context, log_softmax
from recipe_tui.core.generation.guidance import guidance, unconditional_prompt


def guided(conditional, unconditional, factor):
    context = Context(
        GenerationConfig(guidance=factor), [], [], frozenset(), unconditional=np.array(unconditional, np.float32)
    )
    return guidance(Candidates(np.arange(len(conditional)), np.array(conditional, np.float64)), context).values


def test_a_token_that_the_prompt_makes_likelier_gains_by_the_factor():
    # With the prompt 1/2, 1/4, 1/4, without it 1/4, 1/2, 1/4; by factor 2: p(prompt) ** 2 / p(no prompt).
    with_prompt, without = np.log([0.5, 0.25, 0.25]) + 3, np.log([0.25, 0.5, 0.25])
    expected = np.log([0.25 / 0.25, 0.0625 / 0.5, 0.0625 / 0.25])
    np.testing.assert_allclose(guided(with_prompt, without, 2.0), expected, atol=1e-6)


@pytest.mark.parametrize("factor", [1.0, 1.5, 3.0])
def test_it_is_that_of_transformers(factor):
    """`UnbatchedClassifierFreeGuidanceLogitsProcessor`: scale * (scores - unconditional) + unconditional, of logs."""
    random = np.random.default_rng(0)
    scores, other = log_softmax(random.normal(size=50)), log_softmax(random.normal(size=50))
    np.testing.assert_allclose(guided(scores, other, factor), factor * (scores - other) + other, atol=1e-6)


def test_without_a_second_pass_nothing_changes():
    candidates = Candidates(np.arange(3), np.arange(3.0))
    assert guidance(candidates, Context(GenerationConfig(), [], [], frozenset())) is candidates


def test_the_prompt_is_left_out_up_to_what_opens_the_directions(tokenizers):
    tokenizer = tokenizers["sections"]
    prompt = tokenizer.encode_spans(tokenizer.layout.prompt("Soup", ("salt",), "Boil"))
    step = tokenizer.section_ids[2]
    assert unconditional_prompt(tokenizer, prompt) == prompt[prompt.index(step) :]
    plain = tokenizers["plain"]
    prompt = plain.encode_spans(plain.layout.prompt("Soup", ("salt",)))
    assert unconditional_prompt(plain, prompt) == prompt[-1:]
