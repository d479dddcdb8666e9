import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.config import generation as generation_config
from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation import sampling
from recipe_tui.core.generation.candidates import Context, likeliest_until
from recipe_tui.core.generation.processors import PENALTIES, PROCESSORS, probabilities, process, repeating
from recipe_tui.core.generation.sampling import alternatives, draw

NONE = frozenset()


def config(**changes):
    return GenerationConfig(**({"temperature": 1.0, "top_p": 1.0} | changes))


def candidates(logits, settings):
    return sampling.candidates(logits, Context(settings, [], [], NONE))


def penalized(logits, prompt, written, settings, protected):
    return process(logits, Context(settings, prompt, written, protected), PENALTIES).values


def scores(*probabilities):
    return np.log(np.array(probabilities, np.float64))


@pytest.mark.parametrize("temperature", [0, 1])
def test_scores_that_are_no_numbers_are_an_error(temperature):
    with pytest.raises(GenerationError, match="the model's scores are not numbers; its weights are damaged"):
        candidates(np.array([0.5, np.nan, 0.2]), config(temperature=temperature))


def test_temperature_zero_is_greedy():
    choice = candidates(scores(0.2, 0.5, 0.3), config(temperature=0))
    assert choice.token_ids.tolist() == [1]
    assert choice.values.tolist() == [1.0]


def test_temperature_sharpens_and_flattens():
    cold = candidates(scores(0.2, 0.8), config(temperature=0.5)).values
    assert cold.tolist() == pytest.approx([0.64 / 0.68, 0.04 / 0.68])
    warm = candidates(scores(0.2, 0.8), config(temperature=2)).values
    assert warm[0] == pytest.approx(np.sqrt(0.8) / (np.sqrt(0.8) + np.sqrt(0.2)))


def test_top_k_keeps_the_k_likeliest():
    choice = candidates(scores(0.1, 0.4, 0.2, 0.3), config(top_k=2))
    assert choice.token_ids.tolist() == [1, 3]
    assert choice.values.tolist() == pytest.approx([4 / 7, 3 / 7])


def test_a_top_k_above_the_vocabulary_keeps_everything():
    assert len(candidates(scores(0.5, 0.5), config(top_k=99)).token_ids) == 2


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.39, [1]), (0.41, [1, 3]), (0.6, [1, 3]), (0.75, [1, 3, 2]), (1e-9, [1])]
)
def test_top_p_keeps_the_token_that_crosses_p_and_at_least_one(top_p, kept):
    assert candidates(scores(0.1, 0.4, 0.2, 0.3), config(top_p=top_p)).token_ids.tolist() == kept


def test_top_p_looks_at_what_top_k_has_left():
    choice = candidates(scores(0.1, 0.4, 0.2, 0.3), config(top_k=2, top_p=0.5))
    assert choice.token_ids.tolist() == [1]  # 4/7 of what is left


def test_min_p_drops_what_is_far_below_the_likeliest():
    choice = candidates(scores(0.5, 0.26, 0.24), config(min_p=0.5))
    assert choice.token_ids.tolist() == [0, 1]
    assert candidates(scores(0.5, 0.3, 0.2), config(min_p=1.0)).token_ids.tolist() == [0]


def test_top_n_sigma_keeps_what_is_within_n_standard_deviations_of_the_highest_score():
    logits = np.array([5.0, 4.0, 1.0, 0.0, -np.inf])  # of the finite ones, the deviation is 2.06
    assert candidates(logits, config(top_n_sigma=1)).token_ids.tolist() == [0, 1]
    assert candidates(logits, config(top_n_sigma=2)).token_ids.tolist() == [0, 1, 2]
    assert candidates(logits, config(top_n_sigma=0.1)).token_ids.tolist() == [0]


def test_the_tokens_that_top_n_sigma_keeps_do_not_depend_on_the_temperature():
    logits = np.random.default_rng(0).normal(size=100)
    kept = [set(candidates(logits, config(top_n_sigma=1, temperature=t)).token_ids.tolist()) for t in (0.5, 1, 3)]
    assert kept[0] == kept[1] == kept[2]


def test_typical_p_keeps_the_tokens_of_the_most_expected_surprise():
    # The entropy is 1.28 nats, the surprises are 0.69, 1.20, 2.30 and 2.30: the second is nearest, then the first.
    assert candidates(scores(0.5, 0.3, 0.1, 0.1), config(typical_p=0.2)).token_ids.tolist() == [1]
    assert candidates(scores(0.5, 0.3, 0.1, 0.1), config(typical_p=0.4)).token_ids.tolist() == [0, 1]
    assert len(candidates(scores(0.5, 0.3, 0.1, 0.1), config(typical_p=0.9)).token_ids) == 4


def typical_of_transformers(logits, mass):
    """`TypicalLogitsWarper.__call__` of transformers, operation by operation in numpy."""
    normalized = logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()
    with np.errstate(invalid="ignore"):
        entropy = -np.nansum(normalized * np.exp(normalized))
    shifted = np.abs(-normalized - entropy)
    order = np.argsort(shifted, kind="stable")
    powers = np.exp(logits[order] - logits.max())
    cumulative = np.cumsum(powers / powers.sum())
    last = min(max(int((cumulative < mass).sum()), 0), len(order) - 1)
    removed = shifted[order] > shifted[order][last]
    return sorted(order[~removed].tolist())


@pytest.mark.parametrize("forbidden", [0, 7])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_typical_p_is_that_of_transformers(p, forbidden):
    logits = np.random.default_rng(1).normal(scale=3.0, size=500)
    logits[:forbidden] = -np.inf
    assert sorted(candidates(logits, config(typical_p=p)).token_ids.tolist()) == typical_of_transformers(logits, p)


def test_repetition_penalty_divides_positive_and_multiplies_negative_scores_once_for_each_token():
    logits = np.array([2.0, -2.0, 3.0, 1.0], np.float32)
    result = penalized(logits, [0, 0, 1], [1, 1], config(repetition_penalty=2.0), NONE)
    assert result.tolist() == [1.0, -4.0, 3.0, 1.0]


def test_end_and_section_tokens_are_never_touched():
    logits = np.array([2.0, 2.0, 2.0], np.float32)
    protected = frozenset({0})
    assert penalized(logits, [0, 1], [], config(repetition_penalty=2.0), protected).tolist() == [2.0, 1.0, 2.0]
    result = penalized(logits, [], [0, 1], config(no_repeat_ngram_size=1), protected)
    assert result.tolist() == [2.0, -np.inf, 2.0]


def test_no_repeat_ngram_forbids_completing_a_written_run():
    assert repeating([5, 6, 7, 5, 6], 3) == {7}
    assert repeating([5, 6, 7, 5, 8], 3) == set()
    assert repeating([5, 6], 3) == set()
    assert repeating([5, 6, 5], 1) == {5, 6}


def test_no_repeat_ngram_does_not_look_at_the_prompt_or_ingredients_could_not_be_named():
    logits = np.zeros(8, np.float32)
    assert np.isfinite(penalized(logits, [5, 6, 7, 5, 6], [5], config(no_repeat_ngram_size=2), NONE)).all()


def test_the_draw_follows_the_probabilities():
    choice = candidates(scores(0.7, 0.2, 0.1), config())
    random = np.random.default_rng(0)
    counts = np.bincount([draw(choice, random) for _ in range(4000)], minlength=3)
    np.testing.assert_allclose(counts / 4000, [0.7, 0.2, 0.1], atol=0.03)


def test_a_token_without_probability_is_never_drawn():
    choice = candidates(np.array([0.0, -np.inf, 0.0]), config())
    random = np.random.default_rng(0)
    assert {draw(choice, random) for _ in range(200)} == {0, 2}


def test_alternatives_are_the_models_own_whatever_the_controls():
    best = alternatives(np.log(np.array([0.1, 0.6, 0.3], np.float32)), 2)
    assert best.token_ids.tolist() == [1, 2]
    assert best.values.tolist() == pytest.approx([0.6, 0.3], rel=1e-5)


@pytest.mark.parametrize("total", [0.1, 0.5, 0.95, 0.999999, 1.0])
@pytest.mark.parametrize("spread", [0.1, 1.0, 4.0])
def test_a_nucleus_found_without_sorting_everything_is_the_one_found_by_sorting(total, spread):
    values = np.random.default_rng(0).normal(scale=spread, size=20_000)
    probabilities = np.exp(values) / np.exp(values).sum()
    everything = np.argsort(-probabilities, kind="stable")
    needed = int(np.searchsorted(np.cumsum(probabilities[everything]), total)) + 1
    assert likeliest_until(probabilities, total)[:needed].tolist() == everything[:needed].tolist()


def test_every_processor_has_a_setting_that_the_help_describes_in_the_order_of_application():
    names = [one.__name__ for one in PROCESSORS if one is not probabilities]
    assert [name.removesuffix("_size").removesuffix("_multiplier") for name in generation_config.PROCESSORS] == names
    fields = list(GenerationConfig.model_fields)
    assert sorted(generation_config.PROCESSORS, key=fields.index) == list(generation_config.PROCESSORS)


def test_at_their_defaults_all_processors_but_temperature_and_top_p_are_off():
    logits = np.random.default_rng(0).normal(size=300)
    plain = config()
    assert candidates(logits, plain).token_ids.tolist() == np.argsort(-logits, kind="stable").tolist()
    np.testing.assert_allclose(
        np.sort(candidates(logits, plain).values), np.sort(np.exp(logits) / np.exp(logits).sum())
    )
