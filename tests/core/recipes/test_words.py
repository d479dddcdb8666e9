import pytest

from recipe_tui.core.recipes.words import fold_numbers, fold_word, split_words, text_length, word_count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Boil the water.", 3),
        ("", 1),
        ("番茄切块，鸡蛋打散。", 4),
        ("トマトを切る", 3),
        ("หั่นมะเขือเทศ", 4),
        ("Mix 面粉 well", 3),
        ("크림을 넣는다", 2),
    ],
)
def test_words_are_counted_where_no_spaces_are_written(text: str, words: int) -> None:
    assert word_count(text) == words


def test_a_chinese_character_says_as_much_as_three_letters() -> None:
    assert text_length("Stir.") == 5
    assert text_length("炒番茄") == 9


def test_numbers_words_and_characters_are_told_apart() -> None:
    assert split_words("500g Flour, 1.5 cups") == ["500", "g", "Flour", "1.5", "cups"]
    assert split_words("番茄 2个,\npurée") == ["番", "茄", "2", "个", "\n", "purée"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("1/2 cup", "0.5 cup"),
        ("1½ cups", "1.5 cups"),
        ("1 1/4 cups", "1.25 cups"),
        ("2 2/3", "2.667"),
        ("0,5 l", "0.5 l"),
        ("1,000 g", "1,000 g"),
        ("1/0", "1/0"),
        ("and/or", "and/or"),
        ("⅓ cup", "0.333 cup"),
    ],
)
def test_fractions_become_decimal_numbers(text: str, folded: str) -> None:
    assert fold_numbers(text) == folded


def test_a_word_is_folded() -> None:
    assert [fold_word(word) for word in ("Crème", "Tablespoons", "2.50", "10", "STRASSE")] == [
        "creme",
        "tbsp",
        "2.5",
        "10",
        "strasse",
    ]
