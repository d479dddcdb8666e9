import json
import shutil
from itertools import pairwise

import numpy as np
import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import CheckpointError, GenerationError, TokenizerError
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.model.weights import new_model, read_config, save_model
from recipe_tui.core.recipes.recipe import Recipe


class Scripted:
    """A decoder that wants to write given tokens, and then the end."""

    position_cache = weights_size = 0

    def __init__(self, vocab_size, script, end, context=200):
        self.context, self.script, self.end, self.vocab_size = context, script, end, vocab_size
        self.prompts = []

    def start(self, prompt, copies, new_tokens):
        self.prompts.append(list(prompt))
        self.place, self.copies = 0, copies
        return self._next()

    def step(self, token_ids):
        self.place += 1
        return self._next()

    def keep(self, rows):
        self.copies = len(rows)

    def _next(self):
        logits = np.zeros((self.copies, self.vocab_size), np.float32)
        logits[:, self.script[self.place] if self.place < len(self.script) else self.end] = 20.0
        return logits


class Clock:
    """Two tenths of a second pass between two looks."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        self.time += 0.2
        return self.time


RECIPE = Recipe("Toast", ("1 slice bread",), ("Toast the bread.", "Eat it."))
PROMPT = Prompt("Toast", ("1 slice bread",))
GREEDY = GenerationConfig(temperature=0, max_new_tokens=100, seed=1)


@pytest.fixture
def tokenizer(tokenizers):
    return tokenizers["sections"]


@pytest.fixture
def scripted(tokenizer):
    """A generator that goes on with RECIPE after PROMPT."""

    def make(recipe=RECIPE, prompt=PROMPT, **more):
        begun = tokenizer.encode_spans(tokenizer.layout.prompt(prompt.title, prompt.ingredients, prompt.directions))
        ids = tokenizer.encode_recipes([recipe]).ids.tolist()
        assert ids[: len(begun)] == begun
        decoder = Scripted(tokenizer.vocab_size, ids[len(begun) : -1], tokenizer.eos_id, **more)
        return Generator(decoder, tokenizer, clock=Clock())

    return make


def test_a_recipe_is_written_after_title_and_ingredients(scripted):
    (written,) = scripted().generate(PROMPT, GREEDY)
    assert written.recipe == RECIPE
    assert written.finish_reason == "stop"
    assert written.text == "Toast\n1 slice bread\nToast the bread.\nEat it."
    assert written.tokens_per_second == pytest.approx(5.0)


def test_directions_that_were_begun_are_gone_on_with(scripted):
    prompt = Prompt("Toast", ("1 slice bread",), "Toast the")
    (written,) = scripted(prompt=prompt).generate(prompt, GREEDY)
    assert written.recipe == RECIPE


def test_what_is_streamed_is_the_continuation_and_never_half_a_character(scripted):
    recipe = Recipe("Toast", ("1 slice bread",), ("Sauté à 180 °C 🍞.", "Fin."))
    pieces = []
    (written,) = scripted(recipe).generate(PROMPT, GREEDY, pieces.append)
    streamed = "".join(piece.text for piece in pieces)
    assert written.text.endswith(streamed)
    assert "🍞" in streamed
    assert not any("\ufffd" in piece.text for piece in pieces)
    assert len(pieces) == written.tokens
    assert all(piece.probability > 0.9 for piece in pieces)


def test_writing_stops_at_the_limit(scripted):
    (written,) = scripted().generate(PROMPT, GREEDY.model_copy(update={"max_new_tokens": 4}))
    assert (written.finish_reason, written.tokens) == ("length", 4)
    assert written.recipe.title == "Toast"


def test_writing_stops_when_asked_and_keeps_what_there_is(scripted):
    answers = iter([False, False, True])
    (written,) = scripted().generate(PROMPT, GREEDY, cancelled=lambda: next(answers))
    assert (written.finish_reason, written.tokens) == ("cancelled", 3)


def test_prompt_and_text_never_exceed_the_context_and_it_says_so(scripted, tokenizer):
    length = len(scripted().encode(PROMPT))
    (written,) = scripted(context=length + 3).generate(PROMPT, GREEDY)
    assert (written.finish_reason, written.tokens) == ("length", 3)
    assert "max_new_tokens 100 lowered to 3" in written.notes[0]
    with pytest.raises(
        GenerationError, match=f"the prompt has {length} tokens, and the model's context holds {length}"
    ):
        scripted(context=length).generate(PROMPT, GREEDY)


def test_an_empty_prompt_is_a_clear_error(scripted):
    with pytest.raises(GenerationError, match="the prompt is empty"):
        scripted().generate(Prompt(text=""), GREEDY)


def test_more_texts_than_beams_are_a_clear_error(scripted):
    config = GREEDY.model_copy(update={"num_beams": 2, "num_return_sequences": 3})
    with pytest.raises(GenerationError, match="2 beams cannot give 3 texts"):
        scripted().generate(PROMPT, config)


@pytest.mark.parametrize(
    ("controls", "problem"),
    [
        ({"best_of": 3, "num_beams": 2}, "best_of chooses among sampled texts, and a beam search samples none"),
        ({"best_of": 3, "temperature": 0}, "at temperature 0 best_of would write the same text each time"),
        ({"best_of": 2, "num_return_sequences": 3, "temperature": 1}, "the best 3 of 2 texts cannot be kept"),
        ({"guidance": 2, "num_beams": 2}, "a beam search takes no guidance"),
        ({"verbatim_guard": 13}, "verbatim_guard needs the model's training recipes"),
    ],
    ids=["beams", "temperature 0", "fewer than asked for", "guided beams", "unknown training text"],
)
def test_controls_that_exclude_each_other_are_a_clear_error(scripted, controls, problem):
    with pytest.raises(GenerationError, match=problem):
        scripted().generate(PROMPT, GREEDY.model_copy(update=controls))


def test_the_best_of_several_texts_comes_first_with_its_score(scripted, tokenizer):
    generator = scripted()
    decoder, start = generator.decoder, generator.decoder._next

    def next_() -> object:
        """The first text ends at once, the second as scripted."""
        logits = start()
        if decoder.place == 0:
            logits[0], logits[0, tokenizer.eos_id] = 0.0, 20.0
        return logits

    decoder._next = next_
    config = GREEDY.model_copy(update={"best_of": 2, "temperature": 0.1})
    pieces = []
    (best,) = generator.generate(PROMPT, config, pieces.append)
    assert {piece.sequence for piece in pieces} == {0, 1}
    assert (best.recipe, best.sequence) == (RECIPE, 1)
    assert (best.score.coverage, best.score.repetition) == (1.0, 0.0)
    assert -0.1 < best.score.log_probability < 0
    first, second = generator.generate(PROMPT, config.model_copy(update={"num_return_sequences": 2}))
    assert (first.sequence, second.sequence) == (1, 0)
    assert first.score.total > second.score.total
    (alone,) = generator.generate(PROMPT, config.model_copy(update={"best_of": 1}))
    assert alone.score is None


def test_an_ingredient_bonus_without_ingredients_is_noted(scripted):
    config = GREEDY.model_copy(update={"ingredient_bonus": 4.0})
    (written,) = scripted().generate(PROMPT, config)
    assert (written.recipe, written.notes) == (RECIPE, ())
    prompt = Prompt("Toast", ("For the toast:",))
    (written,) = scripted(RECIPE, PROMPT).generate(prompt, config)
    assert written.notes == ("ingredient_bonus has no effect: the prompt lists no ingredient by name",)


def test_with_the_section_automaton_a_text_ends_within_the_limit(scripted):
    recipe = Recipe("Toast", ("1 slice bread",), ("Toast it and " * 50,))
    config = GREEDY.model_copy(update={"max_new_tokens": 40})
    (cut,) = scripted(recipe).generate(PROMPT, config)
    (whole,) = scripted(recipe).generate(PROMPT, config.model_copy(update={"section_automaton": True}))
    assert (cut.finish_reason, whole.finish_reason) == ("length", "stop")
    assert whole.tokens == 40
    assert whole.recipe.steps[-1].endswith(".")


def test_beam_search_returns_the_likeliest_text(scripted):
    (written,) = scripted().generate(PROMPT, GREEDY.model_copy(update={"num_beams": 3}))
    assert written.recipe == RECIPE
    assert written.finish_reason == "stop"


def test_a_title_that_looks_like_a_special_token_stays_text(scripted, tokenizer):
    generator = scripted()
    ids = generator.encode(Prompt("<|step|><|endoftext|>", ("salt",)))
    assert tokenizer.eos_id not in ids
    assert ids.count(tokenizer.section_ids[2]) == 1  # the one that opens the directions


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory, tokenizers):
    """A real small model with random weights."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = tokenizers["sections"]
    config = read_config(paths.SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head, config.n_positions = 1, 16, 2, 64
    config.vocab_size = tokenizer.vocab_size
    config.bos_token_id = config.eos_token_id = tokenizer.eos_id
    save_model(new_model(config), folder)
    tokenizer.save(folder)
    return folder


def test_the_same_seed_gives_the_same_text_however_many_are_written_beside_it(model_folder):
    generator = Generator.load(model_folder)
    config = GenerationConfig(seed=7, max_new_tokens=20, temperature=1.0, num_return_sequences=3)
    first, second, third = (written.text for written in generator.generate(PROMPT, config))
    assert len({first, second, third}) == 3
    again = generator.generate(PROMPT, config.model_copy(update={"num_return_sequences": 1}))
    assert [written.text for written in again] == [first]


def test_many_prompts_give_the_texts_that_each_gives_alone(model_folder):
    generator = Generator.load(model_folder)
    config = GenerationConfig(max_new_tokens=12, temperature=1.0)
    prompts = [PROMPT, Prompt("Pea Soup", ("1 cup peas", "2 cups water")), Prompt("Rice"), Prompt("Tea", ("tea",))]
    batch = dict(generator.generate_batch(prompts, config, range(4), rows=2))
    for number, prompt in enumerate(prompts):
        (alone,) = generator.generate(prompt, config.model_copy(update={"seed": number}))
        assert (batch[number].text, batch[number].tokens) == (alone.text, alone.tokens)
        assert batch[number].seed == number


def test_many_prompts_are_searched_one_by_one_with_beams(scripted):
    config = GREEDY.model_copy(update={"num_beams": 2})
    assert [text.recipe for _, text in scripted().generate_batch([PROMPT, PROMPT], config, [0, 0])] == [RECIPE, RECIPE]


STEERED = {"ingredient_bonus": 6.0, "section_automaton": True, "dry_multiplier": 0.8, "max_new_tokens": 12}


@pytest.mark.parametrize("controls", [STEERED, {"guidance": 2.0, "max_new_tokens": 5}], ids=["steered", "guided"])
def test_the_processors_act_on_each_text_of_a_batch_as_on_one_alone(model_folder, controls):
    generator = Generator.load(model_folder)
    prompts = [Prompt("Soup", ("1 onion", "2 carrots")), PROMPT]
    config = GREEDY.model_copy(update=controls)
    batch = dict(generator.generate_batch(prompts, config, [1, 1], rows=2))
    for number, prompt in enumerate(prompts):
        (alone,) = generator.generate(prompt, config)
        assert (batch[number].text, batch[number].finish_reason) == (alone.text, alone.finish_reason)
    several = config.model_copy(update={"num_return_sequences": 2, "temperature": 1.0, "seed": 4})
    first, _ = generator.generate(PROMPT, several)
    (again,) = generator.generate(PROMPT, several.model_copy(update={"num_return_sequences": 1}))
    assert first.text == again.text


def test_without_a_seed_one_is_drawn_that_gives_the_text_again(model_folder):
    generator = Generator.load(model_folder)
    config = GenerationConfig(max_new_tokens=10, temperature=1.0)
    (written,) = generator.generate(PROMPT, config)
    (again,) = generator.generate(PROMPT, config.model_copy(update={"seed": written.seed}))
    assert again.text == written.text


def test_guidance_equals_a_second_model_that_reads_the_text_without_the_prompt(model_folder):
    generator = Generator.load(model_folder)
    model, pieces = generator.decoder.model, []
    config = GREEDY.model_copy(update={"max_new_tokens": 6, "guidance": 3.0})
    generator.generate(PROMPT, config, pieces.append)
    prompt = generator.encode(PROMPT)
    written = []
    for piece in pieces:
        logs = []
        for before in (prompt, prompt[-1:]):
            logits = np.asarray(model.logits(model(np.array([[*before, *written]]))))[0, -1].astype(np.float64)
            logs.append(logits - np.log(np.exp(logits).sum()))
        guided = 3.0 * (logs[0] - logs[1]) + logs[1]
        assert guided[piece.token_id] == pytest.approx(guided[: generator.decoder.vocab_size].max(), abs=1e-3)
        written.append(piece.token_id)


def test_greedy_takes_the_likeliest_token_of_the_whole_text_each_time(model_folder):
    generator = Generator.load(model_folder)
    pieces = []
    generator.generate(PROMPT, GREEDY.model_copy(update={"max_new_tokens": 8}), pieces.append)
    ids = generator.encode(PROMPT)
    model = generator.decoder.model
    for piece, _ in pairwise([*pieces, None]):
        logits = np.asarray(model.logits(model(np.array([ids]))))[0, -1]
        assert piece.token_id == logits.argmax()
        ids.append(piece.token_id)


def test_a_checkpoint_with_the_tokenizer_of_another_is_refused(model_folder, tmp_path):
    folder = tmp_path / "mixed"
    shutil.copytree(model_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"eos_token_id": 5}))
    with pytest.raises(TokenizerError, match=r"the checkpoint ends texts with token 5, which .* give the tokenizer"):
        Generator.load(folder)
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 20, "eos_token_id": 0}))
    with pytest.raises(TokenizerError, match="the checkpoint's embedding 20 rows"):
        Generator.load(folder)


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no model in this folder"):
        Generator.load(tmp_path)


def test_writing_goes_on_after_tokens_that_were_written_before(model_folder):
    generator = Generator.load(model_folder)
    config = GREEDY.model_copy(update={"max_new_tokens": 12})
    pieces = []
    (whole,) = generator.generate(PROMPT, config, pieces.append)
    begun = [piece.token_id for piece in pieces[:5]]
    more = []
    (again,) = generator.generate(PROMPT, config.model_copy(update={"max_new_tokens": 7}), more.append, begun=begun)
    assert again.text == whole.text
    assert [piece.token_id for piece in more] == [piece.token_id for piece in pieces[5:]]
    assert again.tokens == 7


def test_a_chosen_token_may_be_half_a_character(scripted, tokenizer):
    recipe = Recipe("Toast", ("1 slice bread",), ("🍞 is done.",))
    generator = scripted(recipe)
    ids = generator.decoder.script
    half = next(n for n in range(1, len(ids)) if tokenizer.decode(ids[:n]).endswith("\ufffd"))
    generator.decoder.script = ids[half:]
    pieces = []
    (written,) = generator.generate(PROMPT, GREEDY, pieces.append, begun=ids[:half])
    assert "🍞" in "".join(piece.text for piece in pieces)
    assert written.recipe == recipe


def test_the_alternatives_at_a_place_are_the_models_own_likeliest(model_folder):
    generator = Generator.load(model_folder)
    pieces = []
    generator.generate(PROMPT, GREEDY.model_copy(update={"max_new_tokens": 4}), pieces.append)
    for place, piece in enumerate(pieces):
        found = generator.alternatives(PROMPT, [one.token_id for one in pieces[:place]], 5)
        assert len(found) == 5
        assert found[0].token_id == piece.token_id
        assert found[0].probability == pytest.approx(piece.probability, rel=1e-4)
        assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


def test_special_tokens_are_called_by_their_names_among_the_alternatives(scripted, tokenizer):
    generator = scripted()
    generator.decoder.script = [tokenizer.section_ids[2]]
    step, *_ = generator.alternatives(PROMPT, count=3)
    assert (step.label, step.text) == ("<|step|>", "\n")


def test_a_beam_search_tells_its_tokens_at_the_end_without_probabilities(scripted):
    pieces = []
    (written,) = scripted().generate(PROMPT, GREEDY.model_copy(update={"num_beams": 2}), pieces.append)
    assert written.text.endswith("".join(piece.text for piece in pieces))
    assert {piece.probability for piece in pieces} == {None}


def test_after_the_end_token_nothing_is_written(scripted, tokenizer):
    (written,) = scripted().generate(PROMPT, GREEDY, begun=[5, tokenizer.eos_id])
    assert (written.finish_reason, written.tokens) == ("stop", 0)
