from itertools import product

import numpy as np
import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.generation.beam import beam_search
from recipe_tui.core.generation.candidates import Context

END = 0


class Table:
    """A language of four tokens whose next-token scores depend on the last token and the length alone."""

    def __init__(self, seed):
        self.scores = np.random.default_rng(seed).normal(scale=2.0, size=(6, 4, 4)).astype(np.float32)

    def start(self, prompt, copies, new_tokens):
        self.texts = [(prompt[-1],)] * copies
        return self._next()

    def step(self, token_ids):
        self.texts = [(*text, token) for text, token in zip(self.texts, token_ids, strict=True)]
        return self._next()

    def keep(self, rows):
        self.texts = [self.texts[row] for row in rows]

    def _next(self):
        return np.stack([self.scores[len(text) - 1, text[-1]] for text in self.texts])

    def log_probability(self, text):
        total = 0.0
        for i, token in enumerate(text[1:]):
            row = self.scores[i, text[i]].astype(np.float64)
            total += row[token] - np.log(np.exp(row).sum())
        return total


def search(table, limit=4, cancelled=lambda: False, **controls):
    def context_of(written):
        return Context(GenerationConfig(**controls), [1], written, frozenset({END}))

    return beam_search(table, [1], limit, context_of, {END}, cancelled)


def every_text(table, limit, length_penalty):
    """Every text of at most limit tokens, with its score."""
    found = {}
    for length in range(1, limit + 1):
        for body in product((1, 2, 3), repeat=length - 1):
            for last in (END, 1, 2, 3) if length == limit else (END,):
                text = (*body, last)
                found[text] = table.log_probability((1, *text)) / length**length_penalty
    return sorted(found.items(), key=lambda item: -item[1])


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(8))
def test_with_beams_for_everything_it_finds_the_best_texts_there_are(seed, length_penalty):
    table = Table(seed)
    beams = search(table, num_beams=120, length_penalty=length_penalty)
    expected = every_text(table, 4, length_penalty)[:5]
    for beam, (text, score) in zip(beams[:5], expected, strict=True):
        assert (*beam.token_ids, *([END] if beam.ended else [])) == text
        assert beam.score == pytest.approx(score, abs=1e-5)


def test_one_beam_is_greedy():
    table = Table(3)
    (beam,) = search(table, num_beams=1)
    text = (1,)
    for i in range(4):
        token = int(table.scores[i, text[-1]].argmax())
        if token == END:
            break
        text = (*text, token)
    assert beam.token_ids == text[1:]


def test_more_beams_never_find_a_worse_text():
    for seed in range(10):
        table = Table(seed)
        assert search(table, num_beams=8)[0].score >= search(table, num_beams=1)[0].score - 1e-9


def test_a_cancelled_search_returns_what_it_has():
    beams = search(Table(0), num_beams=2, cancelled=lambda: True)
    assert beams
    assert all(len(beam.token_ids) <= 1 for beam in beams)


def test_no_text_repeats_what_it_may_not():
    for beam in search(Table(1), limit=5, num_beams=4, no_repeat_ngram_size=1):
        assert len(set(beam.token_ids)) == len(beam.token_ids)
