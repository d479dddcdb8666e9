import numpy as np

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.contrast import contrast


def contrasted(scores, base, strength=1.0):
    context = Context(GenerationConfig(contrast=strength), [], [], frozenset(), base=np.array(base, np.float32))
    return contrast(Candidates(np.arange(len(scores)), np.array(scores, np.float64)), context).values


def test_a_token_that_the_adapter_alone_finds_likely_gains():
    # 1/2, 1/4, 1/4 against 1/4, 1/2, 1/4: of strength 1, p(adapter) ** 2 / p(base).
    found = contrasted(np.log([0.5, 0.25, 0.25]) - 2, np.log([0.25, 0.5, 0.25]))
    np.testing.assert_allclose(found, np.log([1.0, 0.125, 0.25]), atol=1e-6)


def test_a_token_that_the_adapter_finds_implausible_is_left_out_however_improbable_it_is_to_the_base():
    found = contrasted(np.log([0.9, 0.06, 0.04]), np.log([0.9, 0.0999, 0.0001]))
    assert np.isfinite(found).tolist() == [True, False, False]  # below a tenth of the likeliest


def test_without_a_base_nothing_changes():
    candidates = Candidates(np.arange(3), np.arange(3.0))
    assert contrast(candidates, Context(GenerationConfig(contrast=1), [], [], frozenset())) is candidates
