"""Name the files of programs whose formats are not read, and say what to do with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

_AS_TABLE = "save it as CSV"
_AS_TEXT = "save it as plain text, or as Markdown with a heading for ingredients and one for directions"
_EXPORT = "export the recipes from the program as JSON, CSV, XML, Meal-Master or HTML with schema.org data"
_BY_ENDING = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".numbers"), ("a spreadsheet", _AS_TABLE)),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pages"), ("a text processor's document", _AS_TEXT)),
    **dict.fromkeys((".pdf", ".epub", ".mobi", ".azw3"), ("a book's pages", _AS_TEXT)),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3", ".mdb"), ("a database", "export its recipes as JSON or CSV")),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), ("a pickle, which may run code", "save it as JSON or Parquet")),
    **dict.fromkeys((".npy", ".npz", ".h5", ".hdf5"), ("arrays", "save them as JSON, CSV or Parquet")),
    **dict.fromkeys((".feather", ".arrow", ".orc", ".avro"), ("a table in a format not read", "save it as Parquet")),
    **dict.fromkeys((".rk", ".rkbackup"), ("a backup of Recipe Keeper", "export it as CSV or HTML")),
    **dict.fromkeys((".dvo", ".ckn", ".cookn"), ("an export of Cook'n", _EXPORT)),
    **dict.fromkeys((".mcb", ".mcx", ".mc2"), ("a cookbook of MasterCook", "export it as MX2 or as text (MXP)")),
    **dict.fromkeys((".mcf", ".mgourmet", ".mgourmet4", ".mgourmet3"), ("an export of MacGourmet", _EXPORT)),
    **dict.fromkeys((".yum", ".yummysoup"), ("an export of YummySoup", _EXPORT)),
    **dict.fromkeys((".rsz", ".bkz", ".lcb"), ("a backup of a recipe program", _EXPORT)),
    **dict.fromkeys((".7z", ".rar"), ("an archive in a format not read", "unpack it first")),
}
_BY_CONTENT = (
    (rb"^@{4,}.{0,40}Now You're Cooking", "an export of Now You're Cooking"),
    (rb"^[ \t]*+(?:\*|=|-){0,8}[ \t]*+(?:COMPUCHEF|Compu-?Chef)", "an export of CompuChef"),
    (rb"^\[{5,}.{0,40}Now You're Cooking", "an export of Now You're Cooking"),
    (rb"^-{0,8}[ \t]*+\*?[ \t]*+Exported from\s+(?!MasterCook)\S.{0,40}\*?\s*$", "an export of another recipe program"),
    (rb"^-=\[?.{0,30}(?:QBook|Cook ?Book)", "an export of QBook"),
    (rb"\A\{\\rtf", "a text processor's document"),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE | re.MULTILINE), what) for pattern, what in _BY_CONTENT)
_HEAD = 4096  # bytes in which a program names itself


def refuse_known(path: Path) -> None:
    """Refuse a file by its name.

    Raises:
        SourceError: It is of a program whose format is not read.
    """
    if path.suffix.lower() in _BY_ENDING:
        what, hint = _BY_ENDING[path.suffix.lower()]
        raise SourceError(f"{path}: {what}, which is not read", hint)


def refuse_known_text(path: Path, head: bytes) -> None:
    """Refuse a text by what it says of itself.

    Args:
        path: The file.
        head: The first bytes of its content.

    Raises:
        SourceError: It is of a program whose format is not read.
    """
    what = next((what for pattern, what in _PATTERNS if pattern.search(head[:_HEAD])), None)
    if what is not None:
        raise SourceError(f"{path}: {what}, which is not read", _EXPORT)
