"""Read recipes from files, folders and hub data sets, in whatever format they come."""

from recipe_tui.core.recipes.reading.reader import read_recipes, source_files
from recipe_tui.core.recipes.reading.records import Unreadable

__all__ = ["Unreadable", "read_recipes", "source_files"]
