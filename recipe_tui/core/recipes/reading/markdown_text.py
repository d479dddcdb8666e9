"""Markdown as plain lines: headings, list items and paragraphs without their marks. Parsed by markdown-it-py."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.recipes.markup import html_lines, is_html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RUN = re.compile(r"([^\w\s-])\1{99,}")  # of one mark; the parser takes quadratic time for it
_DIALECTS = re.compile(  # what Hugo, Jekyll and Obsidian add to Markdown and which is no text
    r"!\[\[[^\[\]\n]{0,300}\]\]|\{\{[<%][^\n{}]{0,300}[%>]\}\}|\{%[^\n%]{0,300}%\}|%%[^\n%]{1,300}%%"
    r"|^\{:[^}\n]{0,300}\}[ \t]*$|^\[\^[\w-]{1,30}\]:[^\n]*$|\[\^[\w-]{1,30}\]",
    re.MULTILINE,
)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|\n]{0,200}\||(?:[^\[\]|/\n]{1,60}/){0,4})([^\[\]|/\n]{1,200})\]\]")
_BOX = re.compile(r"\[[ xX]\] +")  # of a list of tasks
_SOFT_BREAK = "\v"  # a line break that counts as a blank
_NESTING = 32  # of lists and quotes in one another; the parser's own limit for hostile text


class Part(NamedTuple):
    """A heading, a list item's or a paragraph's text.

    Attributes:
        text: The text; a line break that the author forced is a newline.
        level: Level of a heading from 1; 0 for other text.
        is_item: Whether it stands in a list.
        line: Line from 0 on which it begins.
        emphasis: ``*`` or ``**`` where the whole text is emphasised, or else empty.
        lead: What is emphasised at the beginning of the text, as RecipeMD writes amounts.
        is_rule: Whether it is a thematic break, which has no text.
        is_ordered: Whether it stands in a numbered list.
        wrapped: The text with the source's own line breaks.
        item: Number from 1 of the outermost list item that it is part of; 0 outside of lists.
    """

    text: str
    level: int = 0
    is_item: bool = False
    line: int = 0
    emphasis: str = ""
    lead: str = ""
    is_rule: bool = False
    is_ordered: bool = False
    wrapped: str = ""
    item: int = 0


def markdown_parts(text: str) -> list[Part]:
    """Return the parts of a Markdown document in its order; code, images and HTML's tags are left out."""
    text = _WIKI_LINK.sub(r"\1", _DIALECTS.sub("", _RUN.sub(r"\1\1\1", text)))
    parts: list[Part] = []
    items = number = 0
    lists: list[bool] = []  # that are open, whether they are numbered
    level = 0
    cells: list[str] | None = None  # of a row of a table
    is_header = False
    for token in _parser().parse(text):
        if token.type in ("list_item_open", "list_item_close"):
            items += token.nesting
            number += items == 1 and token.nesting > 0
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            lists.append(token.type.startswith("ordered"))
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            lists.pop()
        elif token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "hr":
            parts.append(Part("", line=_line(token), is_rule=True))
        elif token.type == "html_block":
            parts += (Part(line, line=_line(token)) for line in html_lines(token.content))
        elif token.type in ("thead_open", "thead_close"):
            is_header = token.nesting > 0
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            if not is_header:
                parts.append(Part(" ".join(filter(None, cells or ())), 0, True, _line(token)))
            cells = None
        elif token.type == "inline":
            wrapped, emphasis, lead = _inline(token.children or [])
            if items:
                wrapped = _BOX.sub("", wrapped, count=1) if _BOX.match(wrapped) else wrapped
            content = wrapped.replace(_SOFT_BREAK, " ")
            if cells is not None:
                cells.append(content)
            elif content:
                is_ordered = bool(lists) and lists[-1]
                wrapped = wrapped.replace(_SOFT_BREAK, "\n")
                item = number if items else 0
                parts.append(
                    Part(content, level, items > 0, _line(token), emphasis, lead, False, is_ordered, wrapped, item)
                )
    return parts


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table")


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _inline(tokens: list[Token]) -> tuple[str, str, str]:
    """Return a text without its marks, its emphasis if it has one throughout, and what is emphasised at its start."""
    tokens = [token for token in tokens if token.type != "text" or token.content]  # the parser leaves empty ones
    pieces: list[str] = []
    lead = ""
    for token in tokens:
        if token.type in ("text", "code_inline"):
            pieces.append(token.content)
        elif token.type == "softbreak":
            pieces.append(_SOFT_BREAK)
        elif token.type == "hardbreak" or (token.type == "html_inline" and token.content.lower().startswith("<br")):
            pieces.append("\n")
        elif token.type == "html_inline" and not (is_html(token.content) or token.content.startswith("</")):
            pieces.append(token.content)  # "a <b and c> d"
        elif token.type == "em_close" and not lead and tokens[0].type == "em_open":
            lead = "".join(pieces).replace(_SOFT_BREAK, " ").strip()
    text = re.sub(rf"[^\S\n{_SOFT_BREAK}]+", " ", "".join(pieces)).strip()
    first, last = (tokens[0], tokens[-1]) if tokens else (None, None)
    whole = ""
    if first and last and first.type in ("em_open", "strong_open") and last.type == first.type.replace("open", "close"):
        whole = first.markup if sum(token.type == first.type and token.level == 0 for token in tokens) == 1 else ""
    return text, whole, lead
