import pytest

from recipe_tui.core.errors import RecipeTuiError, SourceError
from recipe_tui.core.recipes.reading.columns import table_columns


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n  ", "\v", "\x85", "\u2028"])
def test_a_message_is_one_line_whatever_it_quotes(end: str) -> None:
    error = RecipeTuiError(f"no field a{end}b", "name it")
    assert (error.message, str(error)) == ("no field a b", "no field a b; name it")


def test_so_is_one_that_names_the_columns_of_a_table() -> None:
    with pytest.raises(SourceError, match=r"its columns \(a b, c\) are not"):
        table_columns(["a\nb", "c"], "book.parquet")
