"""Lists written out in one string, by every program that does so."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.written import NotAListError, written_value

SALT_YEAST = ["salt", "baker's yeast, fresh"]


@pytest.mark.parametrize(
    "text",
    [
        """['salt', "baker's yeast, fresh"]""",
        '["salt", "baker\'s yeast, fresh"]',
        '[ "salt" , "baker\'s yeast, fresh" ]',
        '[\n  "salt",\n  "baker\'s yeast, fresh"\n]',
        '["salt", "baker\'s yeast, fresh",]',
        """['salt' "baker's yeast, fresh"]""",
        """['salt'\n "baker's yeast, fresh"]""",
        """('salt', "baker's yeast, fresh")""",
        """['salt', 'baker\\'s yeast, fresh']""",
        "['salt', 'baker's yeast, fresh']",
        """{'salt', "baker's yeast, fresh"}""",
        """array(['salt', "baker's yeast, fresh"], dtype=object)""",
        """np.array(['salt', "baker's yeast, fresh"])""",
        'c("salt", "baker\'s yeast, fresh")',
        'list("salt", "baker\'s yeast, fresh")',
        '{salt,"baker\'s yeast, fresh"}',
        'dict_values(["salt", "baker\'s yeast, fresh"])',
        '"[\\"salt\\", \\"baker\'s yeast, fresh\\"]"',
        """[u'salt', u"baker's yeast, fresh"]""",
        'c(a = "salt", b = "baker\'s yeast, fresh")',
        '[\\"salt\\", \\"baker\'s yeast, fresh\\"]',
        '"salt", "baker\'s yeast, fresh"',
        'a:2:{i:0;s:4:"salt";i:1;s:20:"baker\'s yeast, fresh";}',
        "Array\n(\n    [0] => salt\n    [1] => baker's yeast, fresh\n)\n",
    ],
)
def test_every_notation_of_a_list_is_read(text):
    assert written_value(text) == SALT_YEAST


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[None, 'salt']", [None, "salt"]),
        ("[nan, 'salt']", [None, "salt"]),
        ("[nil, 'salt']", [None, "salt"]),
        ("[np.nan, 'salt']", [None, "salt"]),
        ("['salt', pd.NA, float('nan'), NaT]", ["salt", None, None, None]),
        ("['salt', undefined]", ["salt", None]),
        ("[np.str_('salt'), np.str_('oil')]", [["salt"], ["oil"]]),
        ("{1: 'salt', 2: 'oil'}", {"1": "salt", "2": "oil"}),
        ("[{name: 'salt', amount: .5}]", [{"name": "salt", "amount": 0.5}]),
        ("['salt', nan, 'oil']", ["salt", None, "oil"]),
        ('[null, "salt"]', [None, "salt"]),
        ('c(NA, "salt")', [None, "salt"]),
        ("{NULL,salt}", [None, "salt"]),
        ('{"Dough: salt, sifted",oil,NULL,"egg"}', ["Dough: salt, sifted", "oil", None, "egg"]),
        ("[['salt'], ['oil']]", [["salt"], ["oil"]]),
        ("[{'name': 'salt', 'amount': 2.5}]", [{"name": "salt", "amount": 2.5}]),
        ('{"salt": "2 g"}', {"salt": "2 g"}),
        ("['cr\\xe8me']", ["crème"]),
        ("['salt\\n']", ["salt\n"]),
        ("[]", None),
        ("nan", None),
        ("character(0)", None),
    ],
)
def test_missing_values_nested_lists_and_objects_are_read(text, value):
    assert written_value(text) == value


@pytest.mark.parametrize(
    "text", ["[Optional] Boil.", "(Optional) Boil.", "c", "can of beans", "nano chips", "{sic} salt", "Boil.", "",
             '("Mole" is a sauce.) Boil.', "list the guests", "[1] Boil.", '"Mole" is a sauce; serve "as is"',
             "Salt (to taste), pepper (1 = little)", "Bread([1] of 2)", "Egg('s white)"]
)  # fmt: skip
def test_prose_stays_prose(text):
    assert written_value(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("['salt', 'pep", "['salt', __import__('os')]", 'c("salt", ', '[{"a": ', "['a' 'b' ...]", "['" + "[" * 99_999),
        *("OrderedDict([('1', 'Boil.'), ('2', 'Pour.')])", "Ingredient(name='salt', amount=2)", "Step(text=None)"),
        *("[Step(text='Boil.'), Step(text='Pour.')]", "defaultdict(<class 'list'>, {'1': ['Boil.']})"),
        *("[object Object]", "[object Object],[object Object]", "<__main__.Step object at 0x7f00>"),
        "[<Step: Boil.>, <Step: Pour.>]",
    ],
)
def test_broken_code_never_passes_for_prose(text):
    with pytest.raises(NotAListError):
        written_value(text)


@pytest.mark.parametrize(
    "text",
    [
        "frozenset({'salt', '2 eggs'})",
        "set(['salt', '2 eggs'])",
        "tuple(('salt', '2 eggs'))",
        "[“salt”, “2 eggs”]",
        "[salt, 2 eggs]",
    ],
)
def test_rarer_notations_are_lists_as_well(text):
    assert written_value(text) == ["salt", "2 eggs"]


@pytest.mark.parametrize("text", ['"Boil it.\\nPour it."', '"Boil it.\nPour it."'])
def test_a_quoted_text_as_r_writes_a_single_one_loses_its_quotes(text):
    assert written_value(text) == "Boil it.\nPour it."


def test_unquoted_sentences_part_at_their_ends():
    assert written_value("[Mix flour, eggs and salt., Bake it.]") == ["Mix flour, eggs and salt.", "Bake it."]
    assert written_value("[optional] salt, pepper") == "[optional] salt, pepper"


@pytest.mark.parametrize("text", ["'1 egg', '2 leeks'", "['1 egg'; '2 leeks']", "['1 egg', '2 leeks';]"])
def test_single_quotes_without_brackets_and_semicolons_make_lists_too(text):
    assert written_value(text) == ["1 egg", "2 leeks"]


@pytest.mark.parametrize(
    "text",
    [
        "array('salt', '2 eggs')",
        "array(0 => 'salt', 1 => '2 eggs')",
        "[0 => 'salt', 1 => '2 eggs']",
        "array (\n  0 => 'salt',\n  1 => '2 eggs',\n)",
        'array(2) {\n  [0]=>\n  string(4) "salt"\n  [1]=>\n  string(6) "2 eggs"\n}',
        "new Array('salt', '2 eggs')",
        "new Set(['salt', '2 eggs'])",
        'Array("salt", "2 eggs")',
        'List("salt", "2 eggs")',
        "List(salt, 2 eggs)",
        "WrappedArray(salt, 2 eggs)",
        "mutable.WrappedArray(salt, 2 eggs)",
        "ArrayBuffer(salt, 2 eggs)",
        "Vector(salt, 2 eggs)",
        'List.of("salt", "2 eggs")',
        'Arrays.asList("salt", "2 eggs")',
        'listOf("salt", "2 eggs")',
        'new String[]{"salt", "2 eggs"}',
        'new string[] {"salt", "2 eggs"};',
        'new List<string> { "salt", "2 eggs" }',
        '[]string{"salt", "2 eggs"}',
        'std::vector{"salt", "2 eggs"}',
        'std::vector<std::string>{"salt", "2 eggs"}',
        'vec!["salt", "2 eggs"]',
        'vec![String::from("salt"), String::from("2 eggs")]',
        'vec!["salt".to_string(), "2 eggs".to_string()]',
        '@[@"salt", @"2 eggs"]',
        '@("salt", "2 eggs")',
        "ARRAY['salt', '2 eggs']",
        "'{salt,2 eggs}'::text[]"[1:-9],
        '["salt", "2 eggs"].freeze',
        "[`salt`, `2 eggs`]",
        'String["salt", "2 eggs"]',
        "dict_keys(['salt', '2 eggs'])",
        "Index(['salt', '2 eggs'], dtype='object')",
        "pd.Series(['salt', '2 eggs'])",
        "tf.constant(['salt', '2 eggs'])",
        'foo("salt", "2 eggs")',
        '=["salt", "2 eggs"]',
        '=[""salt"",""2 eggs""]',
        '[1] "salt"   "2 eggs"',
        '[1] "salt"\n[2] "2 eggs"',
        'shape: (2,)\nSeries: \'x\' [str]\n[\n\t"salt"\n\t"2 eggs"\n]',
    ],
)
def test_the_constructors_of_programming_languages_make_lists(text):
    assert written_value(text) == ["salt", "2 eggs"]


def test_items_keep_their_brackets_quotes_and_commas():
    assert written_value('List("salt (fine, white)", "(14 oz) can")') == ["salt (fine, white)", "(14 oz) can"]
    assert written_value("List(salt (fine), baker's yeast)") == ["salt (fine)", "baker's yeast"]
    assert written_value("array('baker\\'s yeast', 'oil (1 l)')") == ["baker's yeast", "oil (1 l)"]


def test_arrows_between_names_and_values_make_objects():
    assert written_value("[['name' => 'salt', 'amount' => 2]]") == [{"name": "salt", "amount": 2}]
    assert written_value('[{:name => "salt"}]') == [{"name": "salt"}]


@pytest.mark.parametrize(
    "text",
    ["Salt(optional)", "Salt (to taste)", "Set (1 hour)", "Set(1 hour) and serve", "List (optional), salt",
     "Mole(\"black\")", "flour[1]", "Array of fruit (3)", "new potatoes (small)", "new potatoes ('Anya')", "% (w/w)",
     "Vector(a) and Vector(b)"]
)  # fmt: skip
def test_brackets_in_prose_construct_nothing(text):
    assert written_value(text) == text
