from __future__ import annotations

import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import BrokenOffError
from recipe_tui.core.recipes.reading.reader import read_recipes
from recipe_tui.core.recipes.reading.xml_records import read_xml
from recipe_tui.core.recipes.recipe import Recipe


def recipe(title: str) -> str:
    return (
        f"<recipe><title>{title}</title><ingredients><ingredient>1 egg</ingredient></ingredients>"
        "<directions><step>Boil it.</step></directions></recipe>\n"
    )


BOOK = f"<recipes>\n{recipe('Tea')}{recipe('Soup')}</recipes>\n"


def titles(path) -> list[str]:
    return [one.title for one in read_recipes([path]) if isinstance(one, Recipe)]


@pytest.mark.parametrize(
    "end", ["t it.</step>", "</directions>", "<title>Soup", "oup</title>", "&am", "<!-- half", "<![CDATA[half", "<ingr"]
)
def test_of_a_cut_document_the_whole_recipes_are_read_and_the_cut_is_said(write, end):
    start = BOOK.index("<recipe><title>Soup")
    cut = BOOK[: BOOK.index(end, start) + len(end)] if end in BOOK else BOOK[: start + 20] + end
    tea, said = read_recipes([write("book.xml", cut)])
    assert tea.title == "Tea"
    assert "the document is cut off" in said.reason


@pytest.mark.parametrize("end", ["", "<!-- half", "</rec"])
def test_a_document_without_its_last_tag_is_read_whole_and_said_to_be_cut(write, end):
    tea, soup, said = read_recipes([write("book.xml", BOOK.removesuffix("</recipes>\n") + end)])
    assert (tea.title, soup.title) == ("Tea", "Soup")
    assert "the document is cut off" in said.reason


def test_a_single_recipe_that_is_cut_is_an_error(write):
    with pytest.raises(SourceError, match="the document is cut off"):
        list(read_recipes([write("tea.xml", recipe("Tea")[:80])]))


def test_a_compressed_document_that_breaks_off_gives_what_stands_before(write):
    path = write("book.xml.gz", "<recipes>" + "".join(recipe(f"Tea {n * 7919 % 1000}") for n in range(300)))
    path.write_bytes(path.read_bytes()[:-100])
    read = []
    with pytest.raises(BrokenOffError, match="the gzip file breaks off"):
        for one in read_xml(path):
            read.append(one)
    assert len(read) > 50
    assert all(one.steps == ("Boil it.",) for one in read)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Cr&egrave;me &frac12;", "Crème ½"),
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish & chips", "Fish & chips"),
        ("Fish &chips; x", "Fish &chips; x"),
        ("Fish &#38; chips", "Fish & chips"),
        ("5 &lt; 6", "5 < 6"),
        ("<![CDATA[Fish & chips]]>", "Fish & chips"),
    ],
)
def test_entities_that_are_not_declared_are_those_of_html_or_stay(write, written, title):
    assert titles(write("book.xml", BOOK.replace("Tea", written)))[0] == title


def test_entities_that_are_declared_as_a_few_characters_are_read_and_others_are_not_expanded(write):
    declared = '<!DOCTYPE recipes [<!ENTITY t "Tea"><!ENTITY u "&t;&t;">]>'
    assert titles(write("book.xml", declared + BOOK.replace("Tea", "&t; &u;"))) == ["Tea &u;", "Soup"]


@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", "windows-1251", "x-unknown", "gb2312"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_encoding_is_that_of_the_bytes_whatever_is_declared(write, declared, encoding):
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + BOOK.replace("Tea", "Crème")
    assert titles(write("book.xml", text.encode(encoding))) == ["Crème", "Soup"]


def test_documents_one_after_the_other_and_names_with_a_prefix_are_read(write):
    book = f'<?xml version="1.0"?>{BOOK}'
    assert titles(write("book.xml", book + book)) == ["Tea", "Soup", "Tea", "Soup"]
    assert titles(write("other.xml", BOOK.replace("recipes>", "r:recipes>"))) == ["Tea", "Soup"]


@pytest.mark.parametrize(
    "ingredient",
    [
        "<ingredient quantity='2' unit='cups'>flour</ingredient>",
        "<ingredient amount='2 cups'>flour</ingredient>",
        "<ingredient qty='2' measure='cups'>fl<b>our</b></ingredient>",
        "<ingredient quantity='2' unit='cups'>2 cups flour</ingredient>",
        "<ingredient quantity='2' unit='cups' name='flour'/>",
        "<ingredient quantity='2' unit='cups' name='flour'>2 cups flour</ingredient>",
        "<ingredient name='flour'>2 cups</ingredient>",
        "<ingredient id='7' amount='2' unit='cups'><product>flour</product></ingredient>",
        "<ingredient><amount>2</amount><unit>cups</unit>flour</ingredient>",
        "<ingredient>2 cups<name>flour</name></ingredient>",
        "<ingredient><quantity unit='cups'>2</quantity><name>flour</name></ingredient>",
        "<ingredient><quantity value='2' unit='cups'/><name>flour</name></ingredient>",
        "<ingredient><name quantity='2' unit='cups'>flour</name></ingredient>",
        "<ingredient unit='cups'><qty>2</qty><item>flour</item></ingredient>",
        "<ingredient><p>2 cups flour</p></ingredient>",
    ],
)
def test_the_amount_of_an_ingredient_is_kept_wherever_it_stands(write, ingredient):
    text = (
        f"<recipes><recipe><title>Tea</title>{ingredient}<step>Boil it.</step><step text='Pour.'/></recipe></recipes>"
    )
    (tea,) = read_xml(write("book.xml", text))
    assert (tea.ingredients, tea.steps, tea.unread_fields) == (("2 cups flour",), ("Boil it.", "Pour."), ())


def test_a_part_of_an_ingredient_may_say_how_it_is_prepared(write):
    ingredients = (
        "<ingredient qty='1' prep='chopped'>onion</ingredient><ingredient qty='1' name='egg'>beaten</ingredient>"
    )
    (tea,) = read_xml(write("book.xml", f"<recipe><title>Tea</title>{ingredients}<step>Boil.</step></recipe>"))
    assert tea.ingredients == ("1 onion, chopped", "1 egg, beaten")


def test_an_amount_of_an_unknown_name_is_said_to_be_unread(write):
    ingredients = (
        "<ingredient grams='200' ingredientID='4'>flour</ingredient><ingredient><ml>5</ml><name>oil</name></ingredient>"
    )
    (tea,) = read_xml(write("book.xml", f"<recipe><title>Tea</title>{ingredients}<step>Boil.</step></recipe>"))
    assert sorted(tea.unread_fields) == ["ingredient grams", "ingredient ml"]
