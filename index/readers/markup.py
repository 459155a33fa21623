"""HTML to what a reader of the page sees: hidden text must not become a quote, for it is how pages talk to models."""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.readers.stylesheets import Stylesheets

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_NEVER_SEEN = {
    "script",
    "style",
    "template",
    "noscript",
    "head",
    "iframe",
    "object",
    "svg",
    "math",
    "form",
    "button",
    "select",
    "textarea",
}
_BLOCKS = set(
    "address article aside blockquote body caption dd div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hr "
    "html li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
# Stand for the edge of a block and a line break until the spaces are settled.
_EDGE, _BREAK = "\v", "\x1f"
_MARKS = re.compile("[\v\x1f]")
# Characters that no tree may hold, themselves or as references.
_CONTROLS = re.compile(
    r"[\0-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]))(?!\w);?"
)
_BLOCK = re.compile(r"<(p|div|h[1-6]|ul|ol|table|blockquote|figure|section|article)(?:\s[^<>]*)?>", re.IGNORECASE)
_INLINE = re.compile(r"<(span|a|b|i|em|strong|u|sup|sub)(?:\s[^<>]*)?>", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\s*/?>|<hr\s[^<>]*>|\A\s*<(?:p|div)(?:\s[^<>]*)?>", re.IGNORECASE)
_ACTIVE = re.compile(r"<(?:script|style|img|iframe|object|svg|form|input|button|link|meta)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_SPACES = re.compile(r"[ \t\r\n\f]+")


def is_markup(text: str) -> bool:
    """True of HTML, and not of a text that has a "<" or names a tag. What has a script or a picture and no paragraph was written
    about a page, or against one: it is shown as it stands."""
    if "<" not in text:
        return False
    if _LINE_BREAK.match(text.lstrip()) or _has_pair(_BLOCK, text):
        return True
    return not _ACTIVE.search(text) and (bool(_LINE_BREAK.search(text)) or _has_pair(_INLINE, text))


def _has_pair(opening: re.Pattern[str], text: str) -> bool:
    return any(f"</{match[1].lower()}>" in text[match.end() :].lower() for match in islice(opening.finditer(text), 5))


def shown_text(line: str) -> str:
    """A headline or name as it is shown: records hold some as HTML."""
    if is_markup(line):
        return visible_text(line)
    return html.unescape(line) if _REFERENCE.search(line) else line


def parse_html(text: str) -> HtmlElement:
    """The page as a tree without its comments. :raises ReadError: there is no element in it."""
    from lxml import etree
    from lxml import html as lxml_html

    # As bytes: lxml refuses text that declares its own encoding, as every XHTML page does.
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True, remove_comments=True)
    try:
        root = lxml_html.document_fromstring(_CONTROLS.sub(" ", text).encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        root = None
    if root is None:
        raise ReadError("has no HTML elements: it is not a web page; save it again, or as .txt")
    return root


def drop_hidden(root: HtmlElement) -> None:
    """Empty, in place, every element that a browser does not show."""
    sheets = Stylesheets(root)
    for element in list(root.iter()):
        if isinstance(element.tag, str) and _is_hidden(element, sheets):
            element.clear(keep_tail=True)


def _is_hidden(element: HtmlElement, sheets: Stylesheets) -> bool:
    if element.tag in ("html", "body"):
        return False
    if (
        element.tag in ("template", "noscript")
        or element.get("hidden") is not None
        or _HIDING_STYLE.search(element.get("style") or "")
    ):
        return True
    if (element.get("aria-hidden") or "").strip().lower() != "true" and not sheets.hide(element):
        return False
    # An open dialog marks the whole page behind it so, a script may show it; the article in it is still what was saved.
    return element.find(".//article") is None and element.find(".//main") is None and element.tag not in ("article", "main")


def visible_text(fragment: str) -> str:
    """The text of a piece of HTML as it is shown: a blank line between blocks, runs of spaces as one."""
    root = parse_html(f"<div>{fragment}</div>")
    drop_hidden(root)
    pieces: list[str] = []
    _collect(root, pieces)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(pieces).split(_EDGE))
    text = "\n\n".join(line for line in lines if line)
    return "\n".join(line.strip() for line in text.split(_BREAK)).strip()


def _collect(root: HtmlElement, pieces: list[str]) -> None:
    """Text of all elements that are shown. A walk and no recursion: pages nest deep."""
    from lxml import etree

    unseen: HtmlElement | None = None
    numbers: dict[HtmlElement, int] = {}  # of the items in an <ol> so far: browsers show them
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_block = element.tag in _BLOCKS
        if event == "start" and unseen is None:
            if element.tag in _NEVER_SEEN:
                unseen = element
                continue
            pieces.append(_EDGE if is_block else _BREAK if element.tag == "br" else " " if element.tag in ("td", "th") else "")
            pieces.append(_number(element, numbers) + _MARKS.sub(" ", element.text or ""))
        elif event == "end":
            if unseen is element:
                unseen = None
            if unseen is None:
                pieces.append(_EDGE if is_block else "")
                pieces.append(_MARKS.sub(" ", element.tail or ""))


def _number(element: HtmlElement, numbers: dict[HtmlElement, int]) -> str:
    parent = element.getparent()
    if element.tag != "li" or parent is None or parent.tag != "ol":
        return ""
    start = parent.get("start") or "1"
    numbers[parent] = numbers[parent] + 1 if parent in numbers else int(start) if start.isdecimal() and len(start) < 10 else 1
    return f"{numbers[parent]}. "
