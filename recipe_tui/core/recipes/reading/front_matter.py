"""YAML front matter: the block between two lines of ``---`` that Hugo, Jekyll and Cooklang put above a text."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"\ufeff?\s*---[ \t]*\r?\n(.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\ufeff?\s*\+\+\+[ \t]*\r?\n(.*?)\n\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([\w .-]+?)\s*[:=]\s*(.*)")
_LIMIT = 65536  # characters
_NESTING = re.compile(r"[\[{]")
_NESTED = 64  # brackets; a hostile text nests deeper than the parser's stack


class _Loader(yaml.SafeLoader):
    """Refuses aliases, which let a few lines stand for a terabyte."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Separate the front matter from the text below it.

    Returns:
        Its fields, empty where there is none, and the rest of the text. Malformed YAML is read line by line.
    """
    if match := _TOML.match(text):
        return _toml(match[1]), text[match.end() :]
    if text.lstrip("\ufeff \r\n").startswith("{"):
        return _json(text)
    match = _FRONT_MATTER.match(text)
    if not match or len(match[1]) > _LIMIT:
        return {}, text
    with suppress(yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        if len(_NESTING.findall(match[1])) < _NESTED * 4:
            fields = yaml.load(match[1], _Loader)
            if isinstance(fields, dict):
                return {str(name).lower(): value for name, value in fields.items()}, text[match.end() :]
    return _pairs(match[1]), text[match.end() :]


def _json(text: str) -> tuple[dict[str, object], str]:
    """Separate the JSON that Hugo takes for front matter, too."""
    with suppress(ValueError, RecursionError):
        start = text.index("{")
        fields, end = json.JSONDecoder(strict=False).raw_decode(text[start : start + _LIMIT])
        return {str(name).lower(): value for name, value in fields.items()}, text[start + end :]
    return {}, text


def _toml(text: str) -> dict[str, object]:
    from recipe_tui.core.config.toml_file import parse_toml

    if len(text) <= _LIMIT:
        with suppress(ValueError):
            return {name.lower(): value for name, value in parse_toml(text).items()}
    return _pairs(text)


def _pairs(text: str) -> dict[str, object]:
    matches = (_PAIR.fullmatch(line.strip()) for line in text.splitlines())
    return {match[1].lower(): match[2].strip("'\"") for match in matches if match}
