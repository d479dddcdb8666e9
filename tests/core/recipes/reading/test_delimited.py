from __future__ import annotations

import csv
import io

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.delimited import read_delimited
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of

KAGGLE_HEADER = ["", "Title", "Ingredients", "Instructions", "Image_Name", "Cleaned_Ingredients"]


def table(*rows, delimiter=",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def test_kaggles_table_has_python_lists_and_directions_over_several_lines(write):
    path = write(
        "kaggle.csv",
        table(
            KAGGLE_HEADER,
            [
                0,
                "Mint Tea",
                "['1 handful mint', '500 ml water, \"soft\"']",
                "Boil.\nPour.",
                "tea",
                "['1 handful mint']",
            ],
            [1, "Garlic Toast", '["2 slices baker\'s bread"]', "Toast.", "toast", "[]"],
        ),
    )
    tea, toast = read_delimited(path)
    assert fields(tea) == ("Mint Tea", ("1 handful mint", '500 ml water, "soft"'), ("Boil.", "Pour."))
    assert fields(toast) == ("Garlic Toast", ("2 slices baker's bread",), ("Toast.",))
    assert [recipe.source.line for recipe in (tea, toast)] == [2, 4]


def test_recipe_nlgs_table_has_json_lists(write):
    header = ["", "title", "ingredients", "directions", "link", "source", "NER"]
    row = [
        0,
        "Crêpes",
        '["1 c. flour", "1/4 tsp. salt"]',
        '["Bake at 180\\u00b0.", "Serve."]',
        "",
        "Gathered",
        '["flour"]',
    ]
    (recipe,) = read_delimited(write("nlg.csv", table(header, row)))
    assert fields(recipe) == ("Crêpes", ("1 c. flour", "1/4 tsp. salt"), ("Bake at 180°.", "Serve."))
    assert recipe.tags == ()


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_the_one_that_the_header_makes_sense_with(write, delimiter):
    header = ["title", "ingredients", "directions"]
    path = write("book.csv", table(header, ["Tea", "mint\nwater", "Boil; pour, wait."], delimiter=delimiter))
    (recipe,) = read_delimited(path)
    assert fields(recipe) == ("Tea", ("mint", "water"), ("Boil; pour, wait.",))


def test_a_table_may_be_gzipped_and_begin_with_a_byte_order_mark(write):
    rows = [list(TEA), *([r["title"], str(r["ingredients"]), str(r["directions"])] for r in (TEA, TOAST))]
    path = write("book.csv.gz", "\ufeff" + table(*rows))
    assert [fields(recipe) for recipe in read_delimited(path)] == [fields_of(TEA), fields_of(TOAST)]


def test_empty_cells_and_blank_lines_are_missing_values(write):
    path = write("book.csv", "title,ingredients,directions,tags\n\n,,,\nTea,,,\n")
    assert [(r.title, r.ingredients, r.steps, r.tags, r.source.line) for r in read_delimited(path)] == [
        ("", (), (), (), 3),
        ("Tea", (), (), (), 4),
    ]


def test_an_empty_cell_leaves_the_field_to_its_next_column(write):
    (tea,) = read_delimited(write("book.csv", "title,ingredients,directions,steps\nTea,mint,,Boil.\n"))
    assert tea.steps == ("Boil.",)


def test_a_header_that_names_no_recipe_is_an_error_with_the_names_found(write):
    path = write("book.csv", "id,name,rating\n1,Tea,5\n")
    with pytest.raises(SourceError) as error:
        list(read_delimited(path))
    assert error.value.message == f"{path}: its columns (id, name, rating) are not those of a recipe table"
    assert "title, ingredients and directions" in error.value.hint


def test_a_row_of_another_width_is_unreadable_and_the_next_is_read(write):
    path = write("book.csv", "title,ingredients,directions\nTea,mint\nTea,mint,Boil.\n")
    short, tea = read_delimited(path)
    assert short == Unreadable(str(path), 2, "2 cells where the header has 3")
    assert tea.title == "Tea"


def test_malformed_quotes_are_characters_of_the_text_which_is_said(write):
    path = write("book.csv", 'title,ingredients,directions\n"Tea" x,mint,Boil.\nToast,bread,Toast.\n')
    tea, malformed, toast = read_delimited(path)
    assert (fields(tea), tea.source.line) == (('"Tea" x', ("mint",), ("Boil.",)), 2)
    assert (malformed.line, malformed.reason) == (
        2,
        "malformed CSV: ',' expected after '\"'; its quotes were read as characters of the text",
    )
    assert (toast.title, toast.source.line) == ("Toast", 3)


def test_a_row_whose_quotes_do_not_tell_its_cells_is_unreadable_and_the_next_is_read(write):
    path = write("book.csv", 'title,ingredients,directions\n"Tea" x,mint,Boil, pour.\nToast,bread,Toast.\n')
    broken, toast = read_delimited(path)
    assert (broken.line, broken.reason) == (2, "malformed CSV: ',' expected after '\"'")
    assert (toast.title, toast.source.line) == ("Toast", 3)


@pytest.mark.parametrize("below", ["Soup,water,Boil.\n", '"Soup","water","Boil."\n', 'Soup,"1 water\n2 salt",Boil.\n'])
def test_a_quote_left_open_takes_no_row_below_and_names_the_lines(write, below):
    rows = f'title,ingredients,directions\nTea,mint,Boil.\n"Toast,bread,Toast.\n{below}{below}'
    tea, toast, malformed, *soups = read_delimited(write("book.csv", rows))
    assert [tea.title, *map(fields, (toast,))] == ["Tea", ("Toast", ("bread",), ("Toast.",))]
    assert malformed.line == 3
    assert malformed.reason.startswith("malformed CSV: ")
    assert "(the record runs on to line " in malformed.reason
    assert malformed.reason.endswith(": is a quote left open?); its quotes were read as characters of the text")
    assert [soup.title for soup in soups] == ["Soup", "Soup"]


def test_a_malformed_row_of_several_lines_ends_where_the_next_one_begins(write):
    rows = 'title,ingredients,directions\nPie,"one 9" crust\n2 eggs","Bake."\n"Soup","water","Boil."\n'
    pie, malformed, soup = read_delimited(write("book.csv", rows))
    assert pie.title == "Pie"
    assert pie.steps == ("Bake.",)
    assert malformed.line == 2
    assert (soup.title, soup.source.line) == ("Soup", 4)


def test_rows_in_a_cell_that_a_later_quote_closes_are_found_again(write):
    soups = "".join(f"Soup {number},water,Boil.\n" for number in range(8))
    rows = f'title,ingredients,directions\n"Toast,bread,Toast.\n{soups}Pie 9",crust,Bake.\n'
    read = list(read_delimited(write("book.csv", rows)))
    assert [one.title for one in read if not isinstance(one, Unreadable)] == [
        "Toast",
        *(f"Soup {number}" for number in range(8)),
        'Pie 9"',
    ]
    assert sum(isinstance(one, Unreadable) for one in read) == 1


def test_lines_of_a_cell_with_as_many_commas_as_a_row_are_no_rows(write):
    lines = "\n".join(f"{number} onions, peeled, diced" for number in range(8))
    (soup,) = read_delimited(write("book.csv", f'title,ingredients,directions\nSoup,"{lines}",Boil.\n'))
    assert len(soup.ingredients) == 8


def test_cells_may_be_enclosed_in_single_quotes(write):
    rows = "'title','ingredients','directions'\n'Tea','mint, fresh','Boil, pour.'\n"
    (tea,) = read_delimited(write("book.csv", rows))
    assert fields(tea) == ("Tea", ("mint, fresh",), ("Boil, pour.",))


def test_blanks_after_the_delimiters_of_the_header_are_no_part_of_cells(write):
    (tea,) = read_delimited(write("book.csv", 'title, ingredients, directions\nTea, "mint, fresh", "Boil, pour."\n'))
    assert fields(tea) == ("Tea", ("mint, fresh",), ("Boil, pour.",))


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP = ;", "sep=;;;"])
def test_a_line_for_excel_names_the_delimiter(write, line):
    (tea,) = read_delimited(write("book.csv", f"{line}\ntitle;ingredients;directions\nTea;mint, fresh;Boil.\n"))
    assert fields(tea) == ("Tea", ("mint, fresh",), ("Boil.",))


def test_a_very_long_field_is_read(write):
    steps = "stir, " * 50_000
    (recipe,) = read_delimited(write("book.csv", table(["title", "ingredients", "directions"], ["Tea", "mint", steps])))
    assert recipe.steps == (steps,)


def test_a_malformed_list_in_a_cell_is_unreadable(write):
    path = write("book.csv", table(["title", "ingredients", "directions"], ["Tea", "['mint', 'wat", "Boil."]))
    assert list(read_delimited(path)) == [
        Unreadable(str(path), 2, "ingredients begins like a list, but is not one to its end")
    ]


def test_bytes_that_are_not_utf_8_matter_only_in_the_fields_of_the_recipe(write):
    path = write(
        "book.csv",
        b"title,ingredients,directions,photo\nTea,mint,Boil.,\xc3\xa9caf\xe9.jpg\nCaf\xe9,beans,Brew.,\nToast,bread,Toast.,\n",
    )
    tea, cafe, toast = read_delimited(path)
    assert (tea.title, toast.title) == ("Tea", "Toast")
    assert cafe == Unreadable(str(path), 3, "the title holds bytes that are not UTF-8, or half a character")


def test_lines_above_the_header_are_read_over(write):
    path = write("book.csv", "My recipes\n\ntitle,ingredients,directions\nPie,jam,Bake.\n")
    (pie,) = read_delimited(path)
    assert (fields(pie), pie.source.line) == (("Pie", ("jam",), ("Bake.",)), 4)


def test_ingredients_and_steps_may_have_a_column_each(write):
    rows = "title,ingredient_1,ingredient_2,step_1,step_2\nPie,flour,jam,Roll it.,Bake it.\n"
    (pie,) = read_delimited(write("book.csv", rows))
    assert fields(pie) == ("Pie", ("flour", "jam"), ("Roll it.", "Bake it."))


def test_columns_that_are_not_understood_are_named_where_a_row_has_them(write):
    rows = "id,title,ingredients,directions,notes_html,rating\n1,Pie,jam,Bake.,<p>,\n2,Tart,jam,Bake.,,5\n"
    pie, tart = read_delimited(write("book.csv", rows))
    assert (pie.unread_fields, tart.unread_fields) == (("notes_html",), ("rating",))


def test_a_header_of_a_million_cells_is_no_recipe_table(write):
    path = write("book.csv", "title,ingredients,directions" + "," * 1_000_000 + "\n")
    with pytest.raises(SourceError, match="a header of 1,000,029 characters"):
        list(read_delimited(path))


def test_a_second_column_of_a_name_takes_no_place_and_is_counted(write):
    table = "title,ingredients,directions,tags,ingredients\nTea,mint,Boil it.,hot,sugar\n"
    (tea,) = read_delimited(write("book.csv", table))
    assert tea.ingredients == ("mint",)
    assert tea.unread_fields == ("ingredients (2)",)


def test_several_columns_of_a_name_for_one_item_hold_an_item_each(write):
    table = "title,ingredient,ingredient,step,step,tag,tags,tags\nTea,mint,sugar,Boil it.,Pour it.,x,hot,sweet\n"
    (tea,) = read_delimited(write("book.csv", table))
    assert fields(tea) == ("Tea", ("mint", "sugar"), ("Boil it.", "Pour it."))
    assert tea.tags == ("hot", "sweet")
