from __future__ import annotations

from recipe_tui.tui.generate.token_layout import LEAD, Span, TokenLayout


def flow_of(*texts: str, width: int = 10) -> TokenLayout:
    flow = TokenLayout(width)
    for number, text in enumerate(texts):
        flow.extend([(text, number)])
    return flow


def texts(flow: TokenLayout) -> list[str]:
    return [flow[number].text for number in range(len(flow))]


def test_an_empty_flow_has_one_empty_line() -> None:
    assert texts(flow_of()) == [""]


def test_words_are_wrapped_and_every_cell_knows_its_token() -> None:
    flow = flow_of("Heat", " the", " oven", " to", " 400")
    assert texts(flow) == ["Heat the ", "oven to ", "400"]
    assert flow[0].spans == (Span("Heat", 0), Span(" the", 1), Span(" ", 2))
    assert flow[1].spans == (Span("oven", 2), Span(" to", 3), Span(" ", 4))


def test_token_by_token_gives_the_same_lines_as_all_at_once() -> None:
    words = ["Mix", " flour", ",\n", "salt", " and", " water", ".\n", "\n", "Wait"]
    at_once = TokenLayout(8)
    at_once.extend((word, number) for number, word in enumerate(words))
    one_by_one = flow_of(*words, width=8)
    assert [one_by_one[n] for n in range(len(one_by_one))] == [at_once[n] for n in range(len(at_once))]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert texts(flow_of("supercalifragilistic")) == ["supercalif", "ragilistic"]


def test_a_line_end_belongs_to_the_token_that_made_it() -> None:
    flow = flow_of("Mix.", "\n", "Bake.")
    assert texts(flow) == ["Mix.", "Bake."]
    assert flow[0].ended_by == 1
    assert [flow.line_of(token) for token in range(3)] == [0, 0, 1]


def test_the_lead_stands_before_the_first_token() -> None:
    flow = TokenLayout(20)
    flow.extend([("Heat the", LEAD), (" oven", 0)])
    assert flow[0].spans == (Span("Heat the", LEAD), Span(" oven", 0))


def test_wide_characters_count_two_cells() -> None:
    assert texts(flow_of("麺" * 6, width=10)) == ["麺" * 5, "麺"]


def test_hostile_text_is_harmless_and_bounded() -> None:
    flow = flow_of("\x1b[2J[red]\u202eabc\x07", "x" * 1_000_000, width=80)
    shown = "\n".join(texts(flow))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[2J[red]" in shown
    assert len(shown) < 5_000


def test_a_space_that_hangs_over_the_edge_is_not_a_line() -> None:
    assert texts(flow_of("abcdefghij", " ", "k")) == ["abcdefghij ", "k"]
