"""Parse XML as programs write it: with undeclared entities, several documents in one file, or cut off."""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING

from lxml import etree

from recipe_tui.core.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element

_ASIDE = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
_DECLARATION = re.compile(
    r"<\?xml[^>]{0,300}\?>|<!DOCTYPE[^>\[]{0,300}(?:\[(?:(?!<!DOCTYPE).){0,10000}?\]\s*)?>", re.DOTALL
)
_DECLARED = re.compile(r"""<!ENTITY\s+([\w.-]{1,30})\s+["']([^"'<&%]{0,30})["']\s*>""")
_REFERENCE = re.compile(rf"(?P<aside>{_ASIDE})|&(?:(?P<name>[A-Za-z][\w.-]{{0,30}});|(?!\#\w{{1,8}};))", re.DOTALL)
_OWN = ("amp", "lt", "gt", "quot", "apos")  # entities of XML itself
_RECIPE = re.compile(  # its tags, and comments and the like that may hold some
    rf"{_ASIDE}|<(?P<end>/?)(?:[\w.-]{{1,30}}:)?(?:recipe|rcpe|krecipes-recipe)(?=[\s/>]|\Z)(?:[^<>]*(?P<empty>/)>)?",
    re.IGNORECASE | re.DOTALL,
)
_ROOT = re.compile(r"<((?:[\w.-]{1,30}:)?[A-Za-z_][\w.-]{0,60})")
_HEAD = 2**16  # characters in which the first document declares entities and begins


def before_cut(text: str) -> str | None:
    """Return what stands before the cut of a text that is cut off, without the recipe that is cut; None for others.

    Args:
        text: One or several documents; one whose root is not closed is cut off.
    """
    root = _ROOT.search(_DECLARATION.sub("", text[:_HEAD]))
    if root is None:
        return None
    roots = re.compile(rf"{_ASIDE}|<(?P<end>/?){re.escape(root[1])}(?=[\s/>]|\Z)(?:[^<>]*(?P<empty>/)>)?", re.DOTALL)
    if not _open_tags(roots, text):
        return None
    opened = _open_tags(_RECIPE, text)
    return text[: opened[-1]] if opened else text


def _open_tags(pattern: re.Pattern[str], text: str) -> list[int]:
    """Return the places of the beginnings that are not ended."""
    opened: list[int] = []
    for match in pattern.finditer(text):
        if match["end"] and opened:
            opened.pop()
        elif match["end"] == "" and not match["empty"]:
            opened.append(match.start())
    return opened


def parse_documents(text: str, path: Path) -> list[_Element]:
    """Return the roots of the documents in a text.

    Entities are those of HTML and those that the text declares as a few characters; others stay as they are written.
    Only these are replaced, so that no entity of entities fills the memory.

    Args:
        text: One or several documents, one after the other.
        path: Their file.

    Raises:
        SourceError: It is no XML.
    """
    declared: dict[str, str] = dict(_DECLARED.findall(text[:_HEAD]))

    def character(match: re.Match[str]) -> str:
        name = match["name"]
        if match["aside"] or name in _OWN:
            return match[0]
        if name is None:
            return "&amp;"
        meant = declared.get(name) or html5.get(f"{name};")
        return html.escape(meant) if meant else f"&amp;{name};"

    text = _REFERENCE.sub(character, _DECLARATION.sub("", text))
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(f"<documents>{text}</documents>".encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"{path}: malformed XML ({error})", "export it again") from None
    if root is None:
        raise SourceError(f"{path}: malformed XML", "export it again")
    return list(root.iterchildren("*"))
