"""Read recipes from a data set of the Hugging Face hub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import NetworkError, SourceError
from recipe_tui.core.recipes.given_splits import split_called
from recipe_tui.core.recipes.reading.columns import table_columns
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source
from recipe_tui.core.registry.hub import is_repository_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE_SUFFIX = re.compile(r"\.[A-Za-z]\w*$")  # a version, as in recipes-v1.0, is none
_BATCH = 1024  # rows


def is_data_set_name(source: str) -> bool:
    """Return whether a source has the form of a data set's name: ``user/recipes`` or ``user/recipes:main``."""
    name, separator, configuration = source.partition(":")
    if separator and not configuration:
        return False
    return is_repository_name(name) and _FILE_SUFFIX.search(name) is None


def read_hub(source: str) -> Iterator[Recipe | Unreadable]:
    """Read all splits of a data set; its rows are numbered from 1 throughout, in the order of the splits.

    The library keeps a copy, memory-mapped, in its cache: a second reading needs no network.

    Args:
        source: Name of the data set, or a local folder that `datasets` can load, and after a colon its configuration.

    Raises:
        NetworkError: The hub cannot be reached.
        SourceError: There is no such data set or configuration, or it lacks a field of a recipe.
    """
    number = 0
    for split_name, split in _load(source).items():
        hint = split_called(split_name)
        found = table_columns(split.column_names, source)
        # Selecting first keeps images and the like from being read.
        for batch in split.select_columns(found.names).with_format("arrow").iter(batch_size=_BATCH):
            for record in batch.to_pylist():
                number += 1
                yield from read_record(record, Source(source, number, hint), found.unread)


def _load(source: str) -> dict[str, Any]:
    import datasets
    from datasets.exceptions import DatasetsError

    name, _, configuration = source.partition(":")
    try:
        return dict(datasets.load_dataset(name, configuration or None))
    except FileNotFoundError as error:
        raise SourceError(
            f"{source}: neither a file nor a data set on the hub ({_first_line(error)})",
            "check the name; a private data set needs `hf auth login`",
        ) from None
    except (ConnectionError, TimeoutError) as error:
        raise NetworkError(
            f"{source}: no such file, and the hub cannot be reached ({_first_line(error)})",
            "check the path or the network, or give a file of recipes",
        ) from None
    except (DatasetsError, OSError, ValueError) as error:
        raise SourceError(
            f"{source}: the data set cannot be loaded ({_first_line(error)})",
            "check its configuration, given after a colon as in user/recipes:name",
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
