"""HTML as text: what stands in a block of its own becomes a line of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element


SPECIAL_TOKEN = re.compile(
    r"\A<s>|</s>\Z|<\|(?:im_start\|>(?:system|user|assistant)\b|start_header_id\|>\w{1,20}<\|end_header_id\|>"
    r"|[A-Za-z]\w{0,30}\|>)"
)
"""A token by which data for language models delimit texts: ``<|endoftext|>``, ``<|im_start|>assistant``, ``</s>``."""


def _words(text: str) -> list[str]:
    return text.split()


BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_INLINE = """a abbr acronym b bdi bdo big button cite code data del dfn em font i img ins kbd label mark meter nobr o:p
    output path picture progress q ruby rp rt s samp small source span strike strong sub sup svg td th time tt u var wbr
    area input basefont bgsound blink keygen marquee noembed rb rtc slot spacer"""
HIDDEN = frozenset(
    [
        "applet",
        "audio",
        "base",
        "canvas",
        "col",
        "colgroup",
        "embed",
        "frame",
        "frameset",
        "head",
        "iframe",
        "link",
        "map",
        "math",
        "meta",
        "noframes",
        "noscript",
        "object",
        "param",
        "script",
        "select",
        "style",
        "template",
        "textarea",
        "title",
        "track",
        "video",
    ]
)
_NAMES = "|".join(sorted({*BLOCKS, *_INLINE.split(), *HIDDEN}, key=len, reverse=True))
_ANY_NAME = r"[a-z][\w:.-]{0,40}"
_ATTRIBUTES = r"\s(?=[^<>]*>)[^<>]*?[\w\"']\s*=[^<>]*"
_BARE_ATTRIBUTES = r"(?:\s+(?:checked|compact|disabled|hidden|itemscope|noshade|nowrap|open|reversed|selected)\b)+\s*/?"
# "a <b and c> d" is no tag, for want of attributes, and neither is "a < b > c".
_TAG = rf"""<(?=[!?/a-z\s])(?:!--|\?(?:php|xml)\b|!doctype\b|!\[CDATA\[
    |(?:/?|\s{{0,9}}/?\s{{0,9}}(?=[a-z]\w))(?:{_NAMES})(?:\s*/?\s*|{_ATTRIBUTES}|{_BARE_ATTRIBUTES})>
    |{_ANY_NAME}(?:\s*/|{_ATTRIBUTES})>|[a-z]\w{{0,20}}[-:]\w[\w-]{{0,20}}\s*>)"""
_PAIR = rf"<(?P<name>{_ANY_NAME})>[^<>]{{0,500}}</(?P=name)\s*>"  # of any name, as in XML
_HTML = re.compile(f"{_TAG}|{_PAIR}", re.IGNORECASE | re.VERBOSE)
_NO_TAG = re.compile(rf"(?!{_TAG}|</{_ANY_NAME}\s*>)<", re.IGNORECASE | re.VERBOSE)
_OPENING_TAG = re.compile(rf"<({_ANY_NAME})>", re.IGNORECASE)
_CLOSING_TAG = re.compile(rf"</({_ANY_NAME})\s*>", re.IGNORECASE)
_BROKEN_TAG = re.compile(
    rf"<\s{{0,9}}(/?)\s{{0,9}}(?=[a-z]\w)(?=(?:{_NAMES})\s*/?\s*>)", re.IGNORECASE
)  # "< br >", which is none to a parser
_HEADING_BLOCK = re.compile(
    r"<h[1-6](?:\s[^<>]*)?>\s*((?:(?!</?h[1-6]\b).){1,200}?)\s*</h[1-6]>", re.IGNORECASE | re.DOTALL
)
_BOLD_BLOCK = re.compile(
    r"(?:(?<=<p>)|(?<=<li>)|(?<=<div>)|(?<=<br>)|(?<=<br/>)|(?<=<br />)|^)\s*"
    r"<(?:b|strong|u)>([^<>]{1,60})</(?:b|strong|u)>\s*:?\s*"
    r"(?=</?(?:p|li|div|br|ul|ol)\b|$)",
    re.IGNORECASE,
)
_OPEN_COMMENT = re.compile(r"<!--(?:(?!-->).)*\Z", re.DOTALL)
_END_OF_PAGE = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_CELLS = ("td", "th")
_MEASURES = ("quantity", "amount", "qty", "unit", "units")  # attributes of elements that HTML does not know
_KNOWN = BLOCKS | HIDDEN | frozenset(_INLINE.split())


def is_html(text: str) -> bool:
    """Return whether a text holds a tag or a comment; "< 5 minutes", "a <b and c> d", "<special>" are none."""
    return "<" in text and _HTML.search(text) is not None


def parse_html(markup: str | bytes) -> _Element | None:
    """Parse a page or a fragment of HTML as a browser would; there is no markup that this refuses.

    Returns:
        The root element, or None where nothing is left.
    """
    data = markup.encode("utf-8", "surrogatepass") if isinstance(markup, str) else markup
    data = _END_OF_PAGE.sub(b"", data)  # at which this parser stops, unlike browsers
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data.replace(b"\0", b""), parser)
    except etree.XMLSyntaxError:  # an empty document
        return None


def html_lines(markup: str, is_list: bool = False) -> list[str]:
    """Return the text of a fragment of HTML, a line for each block; scripts, styles and comments go whole.

    Line breaks in the source count as blanks where tags part the lines, and as line breaks where none does.

    Args:
        markup: The fragment.
        is_list: Whether it holds ingredients or steps: their headings are marked as Markdown marks them.
    """
    if is_list:
        markup = _BOLD_BLOCK.sub(r"**\1**", _HEADING_BLOCK.sub(r"<p>## \1</p>", markup))
    markup = _OPEN_COMMENT.sub("", _BROKEN_TAG.sub(r"<\1", markup))
    markup = markup.replace("<![CDATA[", "").replace("]]>", "")
    root = parse_html(_escape_signs(markup))
    if root is None:
        return []
    parted = any(_is_block(element) and element.tag not in ("html", "body") for element in root.iter("*"))
    return element_lines(root, keep_newlines=not parted)


def _escape_signs(markup: str) -> str:
    """Escape what a parser would take for tags and drop: comparison signs, and brackets around words."""
    closed = {name.lower() for name in _CLOSING_TAG.findall(markup)}

    def escaped(match: re.Match[str]) -> str:
        opening = _OPENING_TAG.match(markup, match.start())
        return "<" if opening and opening[1].lower() in closed else "&lt;"

    return _NO_TAG.sub(escaped, markup)


def element_lines(root: _Element, keep_newlines: bool = False) -> list[str]:
    """Return the text in an element, a line for each block in it."""
    pieces: list[str] = []
    hidden: _Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if event == "start":
            if hidden is None:
                if element.tag in HIDDEN:
                    hidden = element
                    continue
                _mark(element, pieces)
                if element.tag not in _KNOWN and element.attrib:
                    pieces.append(_measured(element))
                pieces.append(_blanks(element.text, keep_newlines))
        else:
            if hidden is None:
                _mark(element, pieces)
            elif element is hidden:
                hidden = None
            if hidden is None and element is not root:
                pieces.append(_blanks(element.tail, keep_newlines))
    lines = (" ".join(line.split(" ")).strip() for line in "".join(pieces).split("\n"))
    return [re.sub(r" {2,}", " ", line) for line in lines if line]


def _mark(element: _Element, pieces: list[str]) -> None:
    if _is_block(element):
        pieces.append("\n")
    elif element.tag in _CELLS:
        pieces.append(" ")


def _measured(element: _Element) -> str:
    """Return the attributes of an ingredient that stand before its text, or instead of it."""
    text = (element.text or "").strip()
    words = [element.get(name) or "" for name in (*_MEASURES, *(() if text or len(element) else ("name", "item")))]
    measure = " ".join(" ".join(words).split())
    return "" if text.startswith(measure) else f"{measure} "


def _is_block(element: _Element) -> bool:
    """Return whether an element is a block: by its name, or, where HTML has no such name, as it repeats at once."""
    if element.tag in BLOCKS:
        return True
    if element.tag in _KNOWN:
        return False
    after, before = element.getnext(), element.getprevious()
    follows = after is not None and after.tag == element.tag and not (element.tail or "").strip()
    return follows or (before is not None and before.tag == element.tag and not (before.tail or "").strip())


def _blanks(text: str | None, keep_newlines: bool) -> str:
    if not text:
        return ""
    return text if keep_newlines else _SPACES.sub(" ", text)
