from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.layout import END, PLAIN, SECTIONS, SECTIONS_WITHOUT_FIELDS, Section, Span, parse_text

SOUP = Recipe("Soup", ("1 leek", "2 cups water"), ("Slice the leek.", "Boil it in the water."))

items = st.lists(st.text(max_size=12) | st.sampled_from(["<|step|>", "a\nb", "", "<|endoftext|>"]), max_size=4)
recipes = st.builds(Recipe, st.text(max_size=12), items.map(tuple), items.map(tuple))


def texts(spans: list[Span]) -> list[str]:
    return [span.text for span in spans]


def test_plain_writes_every_item_on_a_line_of_its_own_and_ends_with_the_end_token() -> None:
    spans = PLAIN.spans(SOUP)
    assert texts(spans) == ["Soup\n", "1 leek\n", "2 cups water\n", "Slice the leek.\n", "Boil it in the water.\n", ""]
    assert spans[-1] == END
    assert not any(span.special for span in spans[:-1])


def test_sections_puts_a_special_token_before_each_item() -> None:
    assert SECTIONS.spans(SOUP)[:4] == [
        Span(Section.TITLE, "<|title|>", special=True),
        Span(Section.TITLE, "Soup"),
        Span(Section.INGREDIENTS, "<|ingredient|>", special=True),
        Span(Section.INGREDIENTS, "1 leek"),
    ]
    assert [span.section for span in SECTIONS.spans(SOUP)] == [0, 0, 4, 4, 4, 4, 5, 5, 5, 5, 6]


def test_plain_keeps_an_item_with_a_newline_on_one_line() -> None:
    assert texts(PLAIN.spans(Recipe("a\nb", (), ())))[0] == "a b\n"


@given(recipes)
def test_sections_reads_back_exactly_what_it_wrote(recipe: Recipe) -> None:
    assert SECTIONS.parse(SECTIONS.spans(recipe)) == recipe


words = st.from_regex(re.compile(r"[a-z]{1,6}( [a-z]{1,6})?", re.ASCII), fullmatch=True)


@given(st.builds(Recipe, words, st.lists(words).map(tuple), st.lists(words).map(tuple)))
def test_plain_reads_back_the_title_and_every_line_in_order(recipe: Recipe) -> None:
    parsed = PLAIN.parse(PLAIN.spans(recipe))
    assert parsed.title == recipe.title
    assert parsed.ingredients + parsed.steps == recipe.ingredients + recipe.steps


def test_plain_finds_where_the_directions_of_an_ordinary_recipe_begin() -> None:
    assert PLAIN.parse(PLAIN.spans(SOUP)) == SOUP


@given(recipes, st.integers(0, 12))
def test_text_that_stops_anywhere_gives_the_recipe_so_far(recipe: Recipe, stop: int) -> None:
    spans = SECTIONS.spans(recipe)
    parsed = SECTIONS.parse(spans[:stop])
    if stop < len(spans):
        assert recipe.ingredients[: len(parsed.ingredients)] == parsed.ingredients
        assert recipe.steps[: len(parsed.steps)] == parsed.steps


def test_an_item_that_was_only_opened_is_left_out() -> None:
    spans = SECTIONS.spans(SOUP)
    opened = spans[:7]
    assert opened[-1] == Span(Section.STEPS, "<|step|>", special=True)
    assert SECTIONS.parse(opened) == Recipe("Soup", SOUP.ingredients, ())


def test_what_follows_the_end_or_a_second_title_is_left_out() -> None:
    spans = SECTIONS.spans(SOUP)
    assert SECTIONS.parse([*spans, Span(None, "rubbish")]) == SOUP
    assert SECTIONS.parse([*spans[:-1], *spans]) == SOUP


@given(st.lists(st.builds(Span, st.sampled_from([None, *Section]), st.text(max_size=5), st.booleans()), max_size=8))
def test_no_arrangement_of_spans_is_an_error(spans: list[Span]) -> None:
    assert isinstance(SECTIONS.parse(spans), Recipe)
    assert isinstance(PLAIN.parse(spans), Recipe)


def test_text_without_any_special_token_is_read_line_by_line_in_either_layout() -> None:
    text = "Soup\n1 leek\n2 cups water\n\nSlice the leek.\nBoil it in the water.\n"
    assert parse_text(text) == SOUP
    assert SECTIONS.parse([Span(None, text)]) == SOUP


def test_text_before_the_first_special_token_is_the_title_when_there_is_no_other() -> None:
    step = [Span(Section.STEPS, "<|step|>", special=True), Span(None, "Boil.")]
    assert SECTIONS.parse([Span(None, "Soup\n"), *step]) == Recipe("Soup", (), ("Boil.",))


@pytest.mark.parametrize("layout", [PLAIN, SECTIONS])
def test_a_prompt_is_the_beginning_of_the_recipe(layout) -> None:
    prompt = layout.prompt("Soup", SOUP.ingredients, "Slice the leek.\n")
    assert layout.spans(SOUP)[: len(prompt)] == prompt


def test_a_prompt_ends_where_the_model_goes_on() -> None:
    assert texts(SECTIONS.prompt("")) == ["<|title|>"]
    assert texts(SECTIONS.prompt("Soup"))[-1] == "<|ingredient|>"
    assert texts(SECTIONS.prompt("Soup", ["1 leek"]))[-1] == "<|step|>"
    assert texts(SECTIONS.prompt("Soup", ["1 leek"], "Slice "))[-2:] == ["<|step|>", "Slice"]
    assert texts(SECTIONS.prompt("Soup", ["1 leek"], "Slice it.\n"))[-3:] == ["<|step|>", "Slice it.", "<|step|>"]
    assert texts(SECTIONS.prompt("", ["1 leek"])) == ["<|title|>", "", "<|ingredient|>", "1 leek", "<|step|>"]
    assert texts(PLAIN.prompt("")) == []
    assert texts(PLAIN.prompt("Soup", ["1 leek"], "Slice it.\n Boil "))[-2:] == ["Slice it.\n", "Boil"]


def test_special_tokens_that_a_person_types_count_in_sections_and_only_there() -> None:
    typed = "<|title|>Soup<|step|>"
    title, step = SECTIONS.prompt("Soup")[0], SECTIONS.prompt("Soup", ["1 leek"])[-1]
    assert SECTIONS.typed(typed) == [title, Span(None, "Soup"), step]
    assert PLAIN.typed(typed + "\nBoil") == [Span(None, typed + "\n"), Span(None, "Boil")]


class TestFields:
    RECIPE = Recipe("Soup", ("1 leek",), ("Boil.",), ("French", "Vegan"), None, "4 servings", ("total 30 min",))

    def test_they_stand_between_title_and_ingredients_each_after_its_token(self) -> None:
        written = "".join(span.text for span in SECTIONS.spans(self.RECIPE))
        fields = "<|tag|>French<|tag|>Vegan<|servings|>4 servings<|time|>total 30 min"
        assert written == f"<|title|>Soup{fields}<|ingredient|>1 leek<|step|>Boil."

    def test_they_are_read_back(self) -> None:
        assert SECTIONS.parse(SECTIONS.spans(self.RECIPE)) == self.RECIPE

    def test_a_layout_without_their_tokens_leaves_them_out(self) -> None:
        bare = Recipe("Soup", ("1 leek",), ("Boil.",))
        for layout in (PLAIN, SECTIONS_WITHOUT_FIELDS):
            assert layout.spans(self.RECIPE) == layout.spans(bare)

    def test_a_prompt_with_tags_goes_on_with_ingredients(self) -> None:
        written = "".join(span.text for span in SECTIONS.prompt("Soup", tags=("Vegan", "French")))
        assert written == "<|title|>Soup<|tag|>Vegan<|tag|>French<|ingredient|>"

    def test_a_prompt_names_servings_and_times_in_the_order_of_a_recipe(self) -> None:
        prompt = SECTIONS.prompt("Soup", tags=("Vegan",), servings="4 servings", times=("total 1 h",))
        written = "".join(span.text for span in prompt)
        assert written == "<|title|>Soup<|tag|>Vegan<|servings|>4 servings<|time|>total 1 h<|ingredient|>"

    def test_tags_that_a_model_has_not_learned_are_refused(self) -> None:
        for layout in (PLAIN, SECTIONS_WITHOUT_FIELDS):
            with pytest.raises(UsageError, match="has not learned tags"):
                layout.prompt("Soup", tags=("Vegan",))
            with pytest.raises(UsageError, match="has not learned tags"):
                layout.prompt("Soup", servings="4 servings")
            with pytest.raises(UsageError, match="has not learned tags"):
                layout.prompt("Soup", times=("total 1 h",))
