import keras
import numpy as np
import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.model.weights import new_model, read_config
from recipe_tui.core.runs.events import Sample
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.samples import SAMPLE_TOKENS, Sampler, sample_prompt
from tests.core.runs.logs import read_events

PROMPT = Prompt("Toast", ("1 slice bread", "butter"))


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(paths.SAMPLE_MODEL, "sections")


@pytest.fixture
def make_sampler(tokenizer):
    def make(prompt=PROMPT, precision="float32", context=128, **generation):
        shape = read_config(paths.SAMPLE_MODEL)
        shape.n_layer, shape.n_embd, shape.n_head, shape.n_positions = 1, 16, 2, context
        shape.vocab_size = tokenizer.vocab_size
        model = new_model(shape, precision)
        return Sampler(model, tokenizer, load_config(generation=generation), prompt), model

    return make


def samples_of(run):
    return [event for event in read_events(run / "events.jsonl") if isinstance(event, Sample)]


def test_the_configured_prompt_comes_first_and_else_a_held_out_recipe(store):
    config = load_config(training={"sample_title": "Toast", "sample_ingredients": ["bread"]}).training
    assert sample_prompt(config, store) == Prompt("Toast", ("bread",))
    prompt = sample_prompt(load_config().training, store)
    row = next(row for row in range(len(store)) if store.outcome(row).split == "validation")
    assert (prompt.title, prompt.ingredients) == (store.recipe(row).title, store.recipe(row).ingredients)


def test_the_same_weights_write_the_same_and_other_weights_something_else(make_sampler):
    sampler, model = make_sampler()
    keras.utils.set_random_seed(1)
    prompt, text = sampler.write()
    assert prompt.startswith("Toast\n1 slice bread\nbutter")
    assert sampler.write() == (prompt, text)
    model.wte.embeddings.assign(np.random.default_rng(0).normal(size=model.wte.embeddings.shape))
    assert sampler.write()[1] != text


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_model_that_trains_in_mixed_precision_writes_too(make_sampler, precision):
    sampler, _ = make_sampler(precision=precision)
    assert sampler.write()[1]


def test_a_sample_is_short_and_a_single_text_whatever_the_generation_settings_say(make_sampler):
    sampler, _ = make_sampler(max_new_tokens=400, num_beams=4, num_return_sequences=3)
    assert (sampler._config.max_new_tokens, sampler._config.num_beams) == (SAMPLE_TOKENS, 1)
    assert sampler.write() is not None


def test_ingredients_that_leave_no_room_are_left_out(make_sampler):
    sampler, _ = make_sampler(Prompt("Toast", ("1 slice bread",) * 50), context=100)
    prompt, text = sampler.write()
    assert 0 < prompt.count("slice") < 50
    assert text


def test_a_title_that_fills_the_context_gives_no_sample(make_sampler):
    sampler, _ = make_sampler(Prompt("Toast " * 500), context=64)
    assert sampler.write() is None


def test_a_sample_is_what_the_generator_writes_with_the_finished_model(small):
    run = train(small("one", sample_every=None, sample_title="Toast", final_weights="last", learning_rate=1e-2)).run
    sample = samples_of(run)[-1]
    config = load_config(generation={"seed": 42, "max_new_tokens": SAMPLE_TOKENS}).generation
    (written,) = Generator.load(run).generate(Prompt("Toast"), config)
    assert sample.prompt + sample.text == written.text
