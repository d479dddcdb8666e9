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
