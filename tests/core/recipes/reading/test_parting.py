"""A whole list in one text, parted at what separates its items."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.parting import comma_items, is_separated_by_commas, text_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1 onion, diced\n30 g butter", ["1 onion, diced", "30 g butter"]),
        ("1 onion, diced|30 g butter", ["1 onion, diced", "30 g butter"]),
        ("1 onion, diced; 30 g butter", ["1 onion, diced", "30 g butter"]),
        ("salt; pepper; oil", ["salt", "pepper", "oil"]),
        ("• 1 onion • 2 eggs", ["1 onion", "2 eggs"]),
        ("1 cup milk; or a little more", ["1 cup milk; or a little more"]),
        ("1 onion, diced", ["1 onion, diced"]),
        ("<ul><li>1 onion</li><li>salt and pepper</li></ul>", ["1 onion", "salt and pepper"]),
        ("1 onion, diced\\n30 g butter", ["1 onion, diced", "30 g butter"]),
        ("&lt;li&gt;1 onion&lt;/li&gt;&lt;li&gt;salt&lt;/li&gt;", ["1 onion", "salt"]),
        ("1 onion &lt; 5 cm", ["1 onion < 5 cm"]),
        ("Salt &amp; Pepper", ["Salt & Pepper"]),
        ("1 onion<br>salt<br/>oil", ["1 onion", "salt", "oil"]),
        ("1 onion, diced\t30 g butter\tSalt", ["1 onion, diced", "30 g butter", "Salt"]),
        ("1 onion, diced~30 g butter", ["1 onion, diced", "30 g butter"]),
        ("1 onion, diced##30 g butter", ["1 onion, diced", "30 g butter"]),
        ("1 onion, diced--30 g butter", ["1 onion, diced", "30 g butter"]),
        ("1 cup butter -- softened", ["1 cup butter -- softened"]),
        ("▢ 1 onion ▢ 2 eggs", ["1 onion", "2 eggs"]),
        ("1 onion · 2 eggs", ["1 onion", "2 eggs"]),
        ("* 1 onion, diced * 30 g butter", ["1 onion, diced", "30 g butter"]),
        ("- 1 onion - 30 g butter", ["1 onion", "30 g butter"]),
        ("1 onion / 2 eggs / 30 g butter", ["1 onion", "2 eggs", "30 g butter"]),
        ("1. 1 onion 2. 2 eggs, beaten 3. salt", ["1. 1 onion", "2. 2 eggs, beaten", "3. salt"]),
        ("1 onion (about 2. or 3. size)", ["1 onion (about 2. or 3. size)"]),
        ("1 / 2 cup oil / water", ["1 / 2 cup oil / water"]),
        ("1 onion, diced, 2 eggs, beaten, 30 g butter", ["1 onion, diced", "2 eggs, beaten", "30 g butter"]),
        ("200 g flour,1 egg,30 g butter", ["200 g flour", "1 egg", "30 g butter"]),
        ("1 onion (2, small), 1,5 dl milk, 30 g butter", ["1 onion (2, small)", "1,5 dl milk", "30 g butter"]),
        ("1 roast, 3 to 4 lb, trimmed", ["1 roast, 3 to 4 lb, trimmed"]),
        ("1 carrot, 1/4 inch dice, 1 inch long", ["1 carrot, 1/4 inch dice, 1 inch long"]),
        (
            "Karela - deseeded,Salt - to taste,Onion - sliced",
            ["Karela - deseeded", "Salt - to taste", "Onion - sliced"],
        ),
        ("beets,peeled,diced", ["beets,peeled,diced"]),
        ("番茄 2个；鸡蛋 3个", ["番茄 2个", "鸡蛋 3个"]),
        ("番茄2个、鸡蛋3个、盐少许", ["番茄2个", "鸡蛋3个", "盐少许"]),
        ("0    1 onion\n1    salt\nName: x\ndtype: object", ["1 onion", "salt"]),
    ],
)
def test_ingredients_in_one_text(text, lines):
    assert text_lines(text, is_steps=False) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1. Boil it. 2. Add 3 eggs. 3.Serve.", ["1. Boil it.", "2. Add 3 eggs.", "3.Serve."]),
        ("Step 1: Boil it. Step 2: Serve.", ["Step 1: Boil it.", "Step 2: Serve."]),
        ("Boil it. Serve at once.", ["Boil it.", "Serve at once."]),
        ("Boil it.Serve at once.", ["Boil it.", "Serve at once."]),
        ("Boil it.; Serve at once.", ["Boil it.", "Serve at once."]),
        ("Boil it.\tServe at once.", ["Boil it.", "Serve at once."]),
        ("Boil for 5 min. at 3.5 bar; serve.", ["Boil for 5 min. at 3.5 bar; serve."]),
        ("Add 1. then 2. of it", ["Add 1. then 2. of it"]),
        ("Boil it.|Serve.", ["Boil it.", "Serve."]),
        ("1. Boil it.\n2. Add milk\nor water. 3. Serve.", ["1. Boil it.", "2. Add milk\nor water.", "3. Serve."]),
        ("1.番茄切块 2.炒番茄\n加盐 3.上桌", ["1.番茄切块", "2.炒番茄\n加盐", "3.上桌"]),
        ("1. Boil it.\n\nServe.", ["1. Boil it.", "Serve."]),
        ("For the dough: 1. Mix. 2. Knead. 3. Bake.", ["For the dough:", "1. Mix.", "2. Knead.", "3. Bake."]),
        ("番茄切块。炒番茄。", ["番茄切块。", "炒番茄。"]),
    ],
)
def test_steps_in_one_text(text, lines):
    assert text_lines(text, is_steps=True) == lines


def test_the_bars_of_a_special_token_part_nothing():
    assert text_lines("Boil the leeks.<|endoftext|>", is_steps=True) == ["Boil the leeks.<|endoftext|>"]


def test_commas_part_only_where_every_cell_of_the_column_is_a_list_of_short_items():
    assert is_separated_by_commas(["salt, oil, 2 eggs", "rice, peas, 1 cup water"])
    assert not is_separated_by_commas(["salt, oil, 2 eggs", "1 onion, diced"])
    assert not is_separated_by_commas(["salt, oil, 1 onion, diced"])
    assert not is_separated_by_commas(["salt, oil, 2 eggs", "rice\npeas, frozen\nwater"])
    assert not is_separated_by_commas([])
    assert not is_separated_by_commas(['c(NA, "salt", "oil")'])
    assert not is_separated_by_commas(["(None, 'salt', 'oil')"])


@pytest.mark.parametrize("separator", ["\v", "\f", "\r", "\r\n", "\x1e"])
def test_every_sign_that_ends_a_line_parts_a_list(separator):
    assert text_lines(f"1 egg{separator}salt", is_steps=False) == ["1 egg", "salt"]


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ("1,5 kg flour, 2,25 l milk,3 eggs", ["1,5 kg flour", "2,25 l milk", "3 eggs"]),
        ("1,000 g flour, 1,250 ml milk", ["1,000 g flour", "1,250 ml milk"]),
        ("1 cup sugar (packed, brown), 2 eggs", ["1 cup sugar (packed, brown)", "2 eggs"]),
        ("salt [fine, white], oil {cold, or warm}", ["salt [fine, white]", "oil {cold, or warm}"]),
        ("1 can (14 oz (400 g, net), drained) beans, salt", ["1 can (14 oz (400 g, net), drained) beans", "salt"]),
        ("sugar (packed, 2 eggs", ["sugar (packed", "2 eggs"]),
        ("salt,2 eggs", ["salt", "2 eggs"]),
    ],
)
def test_commas_in_numbers_and_brackets_part_no_items(line, items):
    assert comma_items(line) == items


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("1 cup sugar (packed, 2 times sifted), 3 eggs, 2 cups milk",
         ["1 cup sugar (packed, 2 times sifted)", "3 eggs", "2 cups milk"]),
        ("sugar (brown,packed),flour,eggs", ["sugar (brown,packed)", "flour", "eggs"]),
        ("sugar (brown; packed); flour; eggs", ["sugar (brown; packed)", "flour", "eggs"]),
        ("sugar (brown | white) | flour", ["sugar (brown | white)", "flour"]),
    ],
)  # fmt: skip
def test_no_separator_in_brackets_parts_a_list(line, lines):
    assert text_lines(line, is_steps=False) == lines


def test_columns_with_decimals_and_brackets_are_separated_by_commas():
    assert is_separated_by_commas(["1,5 kg flour, 1,000 g sugar, 3 eggs", "5 cups beef (chopped, fresh), salt, oil"])
    assert not is_separated_by_commas(["array('salt', 'oil', '2 eggs')", "array('rice', 'peas', 'water')"])


@pytest.mark.parametrize(
    "text",
    [
        "[*]1 egg[*]salt",
        "[list]\n[*]1 egg\n[*]salt\n[/list]",
        "[list=1][*]1 egg[*]salt[/list]",
        "[ul][li]1 egg[/li][li]salt[/li][/ul]",
        "0    1 egg\n1    salt\nName: ing, dtype: object",
        "0    1 egg\n1    salt\nName: ing, Length: 2, dtype: string[python]",
        "0    1 egg\n1    salt\ndtype: object",
    ],
)
def test_lists_of_forums_and_printed_series_part(text):
    assert [line.strip() for line in text_lines(text, is_steps=False)] == ["1 egg", "salt"]


@pytest.mark.parametrize(
    "text",
    [
        "<ingredient>2 cups flour</ingredient><ingredient>3 eggs</ingredient>",
        "<ingredients><ingredient>2 cups flour</ingredient><ingredient>3 eggs</ingredient></ingredients>",
        "<ingredient>2 cups flour</ingredient>\n<ingredient>3 eggs</ingredient>\n",
        "<r:item>2 cups flour</r:item><r:item>3 eggs</r:item>",
        "<ing qty='2' unit='cups'>flour</ing><ing>3 eggs</ing>",
        "<ing qty='2 cups'>2 cups flour</ing><ing qty='3' name='eggs'/>",
    ],
)
def test_elements_that_html_does_not_know_part_a_text_as_in_xml(text):
    assert text_lines(text, is_steps=False) == ["2 cups flour", "3 eggs"]


@pytest.mark.parametrize("text", ["a <b and c> d", "<special> flour", "flour <2 cups>"])
def test_brackets_around_words_are_no_elements(text):
    assert text_lines(text, is_steps=False) == [text]
