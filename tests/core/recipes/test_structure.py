import pytest

from recipe_tui.core.recipes.structure import (
    is_note,
    mark_headings,
    move_notes,
    part_ingredients,
    part_labels,
    part_steps,
    remove_bullets,
    remove_empty,
    remove_item_numbers,
    remove_numbering,
    remove_placeholders,
    unmark_headings,
)


class TestNewlinesInSteps:
    def test_sentences_become_steps(self):
        assert part_steps(("Boil it.\nDrain it.", "Serve.")) == ("Boil it.", "Drain it.", "Serve.")

    def test_a_list_after_a_colon_becomes_steps(self):
        assert part_steps(("Then add:\n2 eggs\n1 cup milk",)) == ("Then add:", "2 eggs", "1 cup milk")

    def test_a_heading_before_its_text_becomes_a_step(self):
        assert part_steps(("Make the Syrup\nCombine sugar and water.",)) == (
            "Make the Syrup",
            "Combine sugar and water.",
        )

    def test_a_footnote_becomes_a_step(self):
        assert part_steps(("Serve.\n*Sold at markets.",)) == ("Serve.", "*Sold at markets.")

    def test_wrapped_text_becomes_one_line_again_although_some_breaks_end_a_sentence(self):
        assert part_steps(
            ("Insert\nthe garlic and simmer for\n8 minutes.\nSeason and serve with rice,\nBread or both.",)
        ) == ("Insert the garlic and simmer for 8 minutes. Season and serve with rice, Bread or both.",)

    def test_a_hyphen_or_a_closing_sign_takes_no_space(self):
        assert part_steps(("Cut into half-\ninch dice (or less\n), then fry.",)) == (
            "Cut into half-inch dice (or less), then fry.",
        )


class TestNumberedIngredients:
    def test_numbers_that_count_up_go(self):
        assert remove_item_numbers(("Dough:", "1. 2 eggs", "2) salt", "3. ½ cup oil")) == (
            "Dough:",
            "2 eggs",
            "salt",
            "½ cup oil",
        )

    def test_other_numbers_stay(self):
        for lines in (("1. 2 eggs", "salt"), ("2. eggs", "3. oil"), ("1 egg", "2 onions"), ("1. egg",)):
            assert remove_item_numbers(lines) == lines


class TestNewlinesInIngredients:
    def test_further_quantities_become_ingredients(self):
        assert part_ingredients(("1 cup sugar\n2 eggs\n½ cup milk",)) == ("1 cup sugar", "2 eggs", "½ cup milk")

    def test_anything_else_is_one_ingredient(self):
        assert part_ingredients(
            ("1 lb chiles,\nroasted", "6 oz cheddar such as\nVermont Colby", "2 leeks\nCut fine")
        ) == (
            "1 lb chiles, roasted",
            "6 oz cheddar such as Vermont Colby",
            "2 leeks Cut fine",
        )

    def test_a_measure_is_no_quantity(self):
        assert part_ingredients(("3 potatoes, in rounds\n3/16 inch thick",)) == (
            "3 potatoes, in rounds 3/16 inch thick",
        )


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("• Boil", "Boil"),
        ("•Boil", "Boil"),
        ("» Boil", "Boil"),
        ("- 1 cup rice", "1 cup rice"),
        ("– ½ cup rice", "½ cup rice"),
        ("- [ ] 2 onions", "2 onions"),
        ("[x] 1 l stock", "1 l stock"),
        ("[optional] salt", "[optional] salt"),
        ("-inch dice", "-inch dice"),
        ("- or -", "- or -"),
        ("-5 °C", "-5 °C"),
        ("* Sold at markets", "* Sold at markets"),
        ("— Aunt Jane", "— Aunt Jane"),
    ],
)
def test_bullets_are_removed_but_not_what_starts_like_one(line, plain):
    assert remove_bullets((line,)) == (plain,)


class TestNumbering:
    @pytest.mark.parametrize(
        "steps",
        [
            ("1. Boil.", "2. Drain."),
            ("1) Boil.", "2) Drain."),
            ("(1) Boil.", "(2) Drain."),
            ("1.Boil.", "2.Drain."),
            ("1: Boil.", "2: Drain."),
            ("Step 1: Boil.", "STEP 2: Drain."),
            ("Step 1 Boil.", "step 2 - Drain."),
        ],
    )
    def test_numbers_that_count_up_go(self, steps):
        assert remove_numbering(steps) == ("Boil.", "Drain.")

    def test_lines_without_a_number_may_stand_in_between(self):
        assert remove_numbering(("Sauce:", "1. Boil.", "Note: hot!", "2. Drain.", "Enjoy.")) == (
            "Sauce:",
            "Boil.",
            "Note: hot!",
            "Drain.",
            "Enjoy.",
        )

    def test_counting_may_start_anew(self):
        assert remove_numbering(("1. Boil.", "2. Drain.", "1. Whip.")) == ("Boil.", "Drain.", "Whip.")

    def test_a_number_alone_leaves_an_empty_line_for_later(self):
        assert remove_numbering(("Step 1", "Boil.", "Step 2", "Drain.")) == ("", "Boil.", "", "Drain.")

    @pytest.mark.parametrize(
        "steps",
        [
            ("2. Boil.", "3. Drain."),
            ("1. Boil.", "3. Drain."),
            ("1. Boil.", "2. Drain.", "2. Whip."),
            ("1 cup of milk is boiled.", "2 eggs are added."),
            ("1.5 cups of milk are boiled.",),
            ("350. Bake.",),
        ],
    )
    def test_other_numbers_stay(self, steps):
        assert remove_numbering(steps) == steps


def test_placeholders_go_alone_or_in_place_of_a_quantity():
    assert remove_placeholders(("N/A", "n/a pepper", "N/Apple", "1 cup N/A")) == ("", "pepper", "N/Apple", "1 cup N/A")


def test_lines_without_a_letter_or_digit_are_empty():
    assert remove_empty(("1", "", " ", "---", ":", "é", "…")) == ("1", "é")


class TestLabels:
    @pytest.mark.parametrize(
        ("line", "heading", "content"),
        [
            ("Special equipment: a 9-inch pan", "Special equipment:", "a 9-inch pan"),
            ("Accompaniment:rice", "Accompaniment:", "rice"),
            ("Garnish : mint", "Garnish:", "mint"),
            ("Accompaniments if desired: bread", "Accompaniments if desired:", "bread"),
            ("GARNISH (OPTIONAL): mint", "GARNISH (OPTIONAL):", "mint"),
            ("optional: 1 chile", "optional:", "1 chile"),
            ("Serving suggestion: warm", "Serving suggestion:", "warm"),
        ],
    )
    def test_a_label_becomes_a_heading(self, line, heading, content):
        assert part_labels((line,)) == (heading, content)

    def test_labelled_lines_come_last_in_their_section_so_that_no_ingredient_falls_under_them(self):
        assert part_labels(("1 egg", "Garnish: mint", "2 limes", "Sauce:", "Equipment: a pan", "1 cup cream")) == (
            "1 egg",
            "2 limes",
            "Garnish:",
            "mint",
            "Sauce:",
            "1 cup cream",
            "Equipment:",
            "a pan",
        )

    def test_the_same_label_twice_is_one_heading(self):
        assert part_labels(("Garnish: mint", "garnish: lime")) == ("Garnish:", "mint", "lime")

    @pytest.mark.parametrize(
        "line", ["Garnish:", "1 cup each: salt, sugar", "hot sauce (recommended: any)", "Toppings"]
    )
    def test_other_lines_with_or_without_a_colon_stay(self, line):
        assert part_labels((line, "mint")) == (line, "mint")


class TestHeadings:
    @pytest.mark.parametrize(
        ("line", "heading"),
        [
            ("For the sauce", "For the sauce:"),
            ("FOR THE SAUCE", "FOR THE SAUCE:"),
            ("for marinade", "for marinade:"),
            ("For Parmesan toasts", "For Parmesan toasts:"),
            ("For the pizza dough;", "For the pizza dough:"),
            ("FILLING", "FILLING:"),
            ("WHITE SAUCE", "WHITE SAUCE:"),
            ("Topping", "Topping:"),
            ("Sauce :", "Sauce:"),
            ("Sauce:", "Sauce:"),
        ],
    )
    def test_a_heading_ends_in_a_colon(self, line, heading):
        assert mark_headings((line, "1 cup cream")) == (heading, "1 cup cream")

    @pytest.mark.parametrize(
        "line",
        [
            "salt",
            "Salt",
            "SALT",
            "SOY SAUCE",
            "1 BAY LEAF",
            "Salsa",
            "Hot sauce",
            "for garnish",
            "For frying",
            "For the sauce, mix everything.",
            "For the sauce of the best cook in all the town",
            "Forget the sauce",
            "Formula",
            "",
        ],
    )
    def test_an_ingredient_is_no_heading(self, line):
        assert mark_headings((line, "1 cup cream")) == (line, "1 cup cream")

    def test_the_last_line_heads_nothing(self):
        assert mark_headings(("1 cup cream", "Topping")) == ("1 cup cream", "Topping")

    def test_capitals_mean_nothing_where_all_is_in_capitals(self):
        lines = ("PIE CRUST", "1 CUP SUGAR", "SALT")
        assert mark_headings(lines) == lines


class TestNotes:
    @pytest.mark.parametrize(
        "line",
        [
            "*available at Asian markets",
            "** A thick syrup; sold at some supermarkets.",
            "*White rice can be substituted.",
            "Available at some butcher shops",
            "Ingredient info: Fish sauce is salty.",
            "Test-kitchen tip: Use a big pan.",
            "Note: Start a day early.",
            "Cook's note: Start a day early.",
            "Can be prepared in 45 minutes or less.",
        ],
    )
    def test_hints_and_footnotes_are_notes(self, line):
        assert is_note(line)

    @pytest.mark.parametrize("line", ["1 cup masa*", "*watermelon", "Notebook pasta", "canned beans", "1 can tomatoes"])
    def test_ingredients_are_none(self, line):
        assert not is_note(line)

    def test_they_move_from_the_ingredients_to_the_end_of_the_steps(self):
        ingredients, steps = move_notes(("1 cup masa*", "*Sold at markets.", "1 egg", "Note: Hot!"), ("Cook.",))
        assert ingredients == ("1 cup masa*", "1 egg")
        assert steps == ("Cook.", "*Sold at markets.", "Note: Hot!")


class TestMarkedHeadings:
    @pytest.mark.parametrize(
        "line",
        """## Brittle|# Brittle|### Brittle ###|[Brittle]|[Brittle]:|【Brittle】|**Brittle**|**Brittle:**|**Brittle**:
        *Brittle*|__Brittle__|*** Brittle ***|*** Brittle|--- Brittle ---|---Brittle---|-----Brittle-----
        --- Brittle|Brittle ---|*Brittle*:
        -- Brittle --|— Brittle —|- Brittle -|== Brittle ==|= Brittle|~~ Brittle ~~|★ Brittle ★
        - **Brittle**|- [Brittle]|• ## Brittle|2. ## Brittle|## Brittle:""".replace("\n", "|").split("|"),
    )
    def test_end_in_a_colon(self, line):
        assert unmark_headings(("1 egg", line.strip(), "sugar")) == ("1 egg", "Brittle:", "sugar")

    def test_end_in_a_colon_in_any_script(self):
        assert mark_headings(("【酱汁】：", "糖")) == ("【酱汁】:", "糖")
        assert unmark_headings(("【酱汁】：", "糖", "盐")) == ("酱汁:", "糖", "盐")

    def test_may_stand_in_one_text_with_the_line_below(self):
        assert unmark_headings(("1 egg", "[Brittle]\nsugar")) == ("1 egg", "Brittle:", "sugar")

    @pytest.mark.parametrize(
        "line",
        """**Available at Asian markets|*optional*|[optional]|[x] sugar|## 2 cups sugar|**2 cups** sugar|**Stir well.**
        -or-|#10 can of tomatoes|- sugar|[1]|-18 °C ice|sugar -- see above|---""".replace("\n", "|").split("|"),
    )
    def test_other_marks_make_none(self, line):
        assert unmark_headings(("1 egg", line.strip(), "salt")) == ("1 egg", line.strip(), "salt")

    @pytest.mark.parametrize("lines", [("**eggs**", "**salt**"), ("# eggs", "# salt"), ("1 egg", "[salt]")])
    def test_marks_of_all_lines_or_of_the_last_one_make_none(self, lines):
        assert unmark_headings(lines) == lines
