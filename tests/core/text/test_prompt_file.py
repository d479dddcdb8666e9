"""Prompts are read from tables, JSON Lines and lines, and what is broken is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.core.text.prompt_file import BrokenLine, PromptLine, read_prompts


def read(folder: Path, name: str, content: str | bytes) -> list[PromptLine | BrokenLine]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_prompts(path)


def test_a_line_is_a_title(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", "\ufeffLeek Soup\r\n\n  寿司 \n") == [
        PromptLine(1, Prompt("Leek Soup")),
        PromptLine(3, Prompt("寿司")),
    ]


def test_a_table_has_a_column_for_each_part(tmp_path: Path) -> None:
    text = (
        "Title,ingredients,tags,servings,time,other\n"
        'Soup,"2 leeks; 1 cup milk","French, soup",4,20 minutes,x\n'
        '"Two\nlines","[""1, 2 eggs""]"\n'
        ",,,,,\n"
    )
    assert read(tmp_path, "a.csv", text) == [
        PromptLine(
            2,
            Prompt(
                *("Soup", ("2 leeks", "1 cup milk")),
                tags=("French", "soup"),
                servings="4 servings",
                times=("total 20 min",),
            ),
        ),
        PromptLine(3, Prompt("Two lines", ("1, 2 eggs",))),
    ]


def test_json_lines_have_keys(tmp_path: Path) -> None:
    text = '{"title": "Soup", "ingredients": ["leek"], "id": 7}\n"Pie"\n\n{"prompt": "Once "}\n'
    assert read(tmp_path, "a.jsonl", text) == [
        PromptLine(1, Prompt("Soup", ("leek",))),
        PromptLine(2, Prompt("Pie")),
        PromptLine(4, Prompt(text="Once ")),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        *("2 leeks | 1 cup milk", "2 leeks|1 cup milk", "2 leeks; 1 cup milk", "2 leeks\n1 cup milk"),
        *(
            "• 2 leeks • 1 cup milk",
            "- 2 leeks\n- 1 cup milk",
            "2 leeks\t1 cup milk",
            "<ul><li>2 leeks<li>1 cup milk</ul>",
        ),
        *('["2 leeks", "1 cup milk"]', "['2 leeks', '1 cup milk']", 'c("2 leeks", "1 cup milk")'),
        *('{"2 leeks","1 cup milk"}', '[{"text": "2 leeks"}, {"quantity": 1, "unit": "cup", "food": "milk"}]'),
    ],
)
def test_a_cell_lists_its_ingredients_in_any_form_that_recipes_are_read_in(tmp_path: Path, cell: str) -> None:
    quoted = cell.replace('"', '""')
    (found,) = read(tmp_path, "a.csv", f'title,ingredients\nSoup,"{quoted}"\n')
    assert found == PromptLine(2, Prompt("Soup", ("2 leeks", "1 cup milk")))


def test_tags_and_times_of_a_cell_are_parted_alike(tmp_path: Path) -> None:
    text = "title|tags|times\nSoup|French, soup|prep 5 min; cook 1 h\n".replace("|", "\t")
    assert read(tmp_path, "a.tsv", text) == [
        PromptLine(2, Prompt("Soup", tags=("French", "soup"), times=("prep 5 min", "cook 1 h")))
    ]
    (found,) = read(tmp_path, "a.csv", "title,tags\nSoup,French | soup\n")
    assert isinstance(found, PromptLine) and found.prompt.tags == ("French", "soup")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('{"title": 5}', "title is no text"),
        ('{"title": true}', "title is no text"),
        ('{"title": ["Soup"]}', "title is no text"),
        ('{"title": {"name": "Soup"}}', "title is no text"),
        ('{"prompt": 5}', "prompt is no text"),
        ('{"title": "x", "servings": true}', "servings is no text"),
        ('{"title": "x", "servings": [4]}', "servings is no text"),
        ('{"title": "x", "directions": 5}', "directions is no text"),
        ('{"title": "x", "directions": [5]}', "directions is no list of texts"),
        ('{"title": "x", "ingredients": 5}', "ingredients is no list of texts"),
        ('{"title": "x", "ingredients": true}', "ingredients is no list of texts"),
        ('{"title": "x", "ingredients": ["leek", 5]}', "ingredients is no list of texts"),
        ('{"title": "x", "ingredients": "[1, "}', "ingredients is a list that is malformed"),
        ('{"title": "x", "tags": [1]}', "tags is no list of texts"),
        ('{"title": "x", "tags": 3}', "tags is no list of texts"),
        ('{"title": "x", "times": [20]}', "times is no list of texts"),
        ("5", "no JSON object"),
        ("null", "no JSON object"),
    ],
)
def test_a_value_of_another_type_breaks_its_line(tmp_path: Path, value: str, reason: str) -> None:
    assert read(tmp_path, "a.jsonl", f'{{"title": "Pie"}}\n{value}\n')[1] == BrokenLine(2, reason)


def test_servings_may_be_a_number_and_directions_a_list(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "a.jsonl", '{"title": "Soup", "servings": 4, "directions": ["Boil.", "Serve."]}\n')
    assert found == PromptLine(1, Prompt("Soup", (), "Boil.\nServe.", servings="4 servings"))


def test_broken_lines_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [
        b'{"title": "Soup"}',
        b'{"title": "So',
        b"[1, 2]",
        b'{"title": 1.5}',
        b'{"ingredients": [1]}',
        b'{"id": 1}',
        b'{"prompt": "x", "title": "y"}',
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b'{"title": "Pie"}',
    ]
    found = read(tmp_path, "a.jsonl", b"\n".join(lines))
    assert [one.line for one in found if isinstance(one, PromptLine)] == [1, 10]
    assert [str(one) for one in found if isinstance(one, BrokenLine)] == [
        "line 2: malformed JSON (Unterminated string starting at)",
        "line 3: no JSON object",
        "line 4: title is no text",
        "line 5: ingredients is no list of texts",
        "line 6: nothing to begin with",
        "line 7: a prompt stands alone, without title, ingredients and the like",
        "line 8: not UTF-8",
        "line 9: not UTF-8",
    ]


def test_broken_rows_of_a_table_are_named_by_the_line_that_they_begin_on(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", 'title,tags\n"a\nb",x\nSoup,x,y\n"a"b,c\nPie,\n')
    assert [(one.line, isinstance(one, BrokenLine)) for one in found] == [(2, False), (4, True), (5, True), (6, False)]


def test_what_holds_no_prompts_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.txt", ""), ("a.csv", "x,y\n1,2\n"), ("a.jsonl", "\n\n")):
        with pytest.raises(SourceError):
            read(tmp_path, name, content)
    with pytest.raises(SourceError, match="cannot be read"):
        read_prompts(tmp_path)


def test_a_quote_left_open_breaks_its_own_row_alone(tmp_path: Path) -> None:
    text = 'title,ingredients,servings,tags\nSoup,leek,4,\nBroken,"unclosed,4,vegan\n,,,\nTwo,"1 egg|2 cups milk",4,\n'
    text += "Pie,\n"
    found = read(tmp_path, "a.csv", text)
    assert [(one.line, isinstance(one, BrokenLine)) for one in found] == [(2, False), (3, True), (5, False), (6, False)]


@pytest.mark.parametrize("end", ["", "\n", '"\n'])
def test_no_line_below_an_open_quote_vanishes(tmp_path: Path, end: str) -> None:
    text = f'title,ingredients,tags\nSoup,leek,x\nBroken,"open\nPie,apples\nTart,"plums\nStew,beef{end}'
    found = read(tmp_path, "a.csv", text)
    assert [one.line for one in found] == [2, 3, 4, 5, 6]
    assert isinstance(found[0], PromptLine) and isinstance(found[1], BrokenLine)


def test_a_column_alone_may_hold_texts_of_many_lines(tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number}" for number in range(9))
    assert read(tmp_path, "a.csv", f'prompt\n"{prompt}"\n"Once"\n') == [
        PromptLine(2, Prompt(text=prompt)),
        PromptLine(11, Prompt(text="Once")),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_the_header_shows_what_separates_the_cells(tmp_path: Path, delimiter: str, name: str) -> None:
    text = delimiter.join(("title", "ingredients")) + "\n" + delimiter.join(("Soup", '"2 leeks; 1 egg"')) + "\n"
    expected = [PromptLine(2, Prompt("Soup", ("2 leeks", "1 egg")))]
    assert read(tmp_path, name, text) == expected
    assert read(tmp_path, name, f"sep={delimiter}\n{text}") == [PromptLine(3, expected[0].prompt)]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_table_of_a_german_excel_is_read(tmp_path: Path, encoding: str) -> None:
    text = 'Titel;Zutaten;Portionen\r\nGemüsesuppe;"2 Möhren\n1 Zwiebel";4\r\nKäse, überbacken;;\r\n'
    found = read(tmp_path, "a.csv", text.encode(encoding))
    assert found == [
        PromptLine(2, Prompt("Gemüsesuppe", ("2 Möhren", "1 Zwiebel"), servings="4 servings")),
        PromptLine(4, Prompt("Käse, überbacken")),
    ]


def test_directions_of_a_recipe_are_no_prompt_unless_they_are_called_so(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "a.jsonl", '{"name": "Soup", "instructions": "Boil.", "Zutaten": ["leek"]}\n')
    assert found == PromptLine(1, Prompt("Soup", ("leek",)))
