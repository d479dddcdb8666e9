from __future__ import annotations

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.text.generated import TextScore
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession, Token
from recipe_tui.tui.generate.status_lines import finished_line, writing_line
from recipe_tui.workers.protocol import Alternative, Text, Written, Wrote

PROMPT = Prompt("Soup", ("1 onion", "2 leeks"), "Wash the leeks. ")


def writing(texts: int = 1, prompt: Prompt = PROMPT) -> GenerationSession:
    return GenerationSession(GenerationRequest("gpt2", prompt, GenerationConfig(num_return_sequences=texts)))


def text(reason: str = "stop", **more: object) -> Text:
    values = {"text": "t", "title": "Soup", "ingredients": (), "steps": (), "tokens": 2, "tokens_per_second": 9.4}
    return Text(**{**values, "finish_reason": reason, "seed": 5, **more})  # type: ignore[arg-type]


def test_tokens_go_to_the_text_they_belong_to() -> None:
    one = writing(2)
    one.take(Wrote(1, 0, "a", 4, 0.5))
    one.take(Wrote(1, 1, "b", 5, None))
    one.take(Wrote(1, 1, "c", 6, 0.1))
    assert [draft.text for draft in one.drafts] == ["a", "bc"]
    assert one.drafts[1].tokens == [Token("b", 5), Token("c", 6, 0.1)]
    assert not one.is_finished


def test_what_the_prompt_mentions_is_ticked_before_anything_is_written() -> None:
    one = writing()
    assert one.draft.checklist.ticks == (False, True)
    one.take(Wrote(1, 0, "Chop an on", 4, 0.5))
    one.take(Wrote(1, 0, "ion", 4, 0.5))
    assert one.draft.checklist.ticks == (True, True)


def test_going_on_from_a_token_keeps_what_stands_before_it() -> None:
    one = writing(2)
    for number in range(3):
        one.take(Wrote(1, 0, f" {number}", number, 0.5))
    asked = one.continued_from(1, Alternative(9, " onion", " onion", 0.2))
    assert asked.begun == (Token(" 0", 0, 0.5), Token(" onion", 9, 0.2))
    assert asked.config.num_return_sequences == 1
    again = GenerationSession(asked)
    assert again.draft.text == " 0 onion"
    assert again.draft.checklist.ticks == (True, True)


def test_fewer_texts_may_come_than_were_asked_for() -> None:
    one = writing(3)
    one.number = 2
    one.finish(Written(1, (text(),)))
    assert (len(one.drafts), one.number, one.seed) == (1, 0, 5)
    assert one.is_finished


def test_nothing_at_all_may_come() -> None:
    one = writing(2)
    one.finish(Written(1, ()))
    assert (len(one.drafts), one.seed) == (1, None)
    assert not one.is_finished


def test_the_lead_is_how_the_shown_text_begins() -> None:
    assert writing().request.lead == "Wash the leeks."
    assert writing(prompt=Prompt(text="Raw ")).request.lead == "Raw "


def test_what_is_said_of_a_text() -> None:
    assert finished_line(text("length", notes=("lowered",))) == (
        "2 tokens · 9 tokens/s · reached its longest · seed 5 · lowered"
    )
    one = writing()
    one.take(Wrote(1, 0, "a", 4, 0.5))
    assert writing_line(one, 0.0) == "Writing · 1 tokens · Esc stops"
    assert writing_line(one, 0.5) == "Writing · 1 tokens · 2 tokens/s · Esc stops"


def test_the_best_of_several_texts_are_kept_in_their_order() -> None:
    request = GenerationRequest("gpt2", PROMPT, GenerationConfig(best_of=3, num_return_sequences=2))
    one = GenerationSession(request)
    assert len(one.drafts) == 3
    for sequence in range(3):
        one.take(Wrote(1, sequence, str(sequence), 4, 0.5))
    one.number = 1
    score = TextScore(0.5, 0.75, None, 0.0, None, -1.0)
    one.finish(Written(1, (text(sequence=2, score=score), text(sequence=0))))
    assert [draft.text for draft in one.drafts] == ["2", "0"]
    assert one.number == 0
    assert one.draft.result is not None
    assert "score 0.50: coverage 0.75, repetition 0.00, log-probability -1.00" in finished_line(one.draft.result)
    assert one.continued_from(0, Alternative(9, " onion", " onion", 0.2)).config.best_of == 1


def test_controls_that_exclude_each_other_are_a_problem() -> None:
    request = GenerationRequest("gpt2", PROMPT, GenerationConfig(best_of=3, num_beams=4))
    assert request.problem.startswith("Contradictory controls: best_of chooses among sampled texts")
