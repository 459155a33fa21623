"""The pieces all HTML is made of: escaped text, links that lead nowhere unexpected, dates as a newspaper writes them.

Order matters and is the same everywhere: text is escaped first, markup is built around it, and `clean` passes the result
through an allow-list. Nothing else may make HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import nh3

if TYPE_CHECKING:
    from assistant.types import Filters

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TAGS = {"a", "bdi", "button", "details", "div", "h1", "h2", "li", "mark", "ol", "p", "span", "strong", "summary", "ul"}
ATTRIBUTES = {
    "*": {"class"},
    "a": {"class", "href", "target"},
    "bdi": {"class", "dir"},
    "button": {"class", "type"},
    "li": {"class", "value"},
    "details": {"class", "open"},
    "mark": {"id"},
}
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def storable(text: str) -> str:
    """The same text, same length, with what cannot be sent as UTF-8 (lone surrogates, NUL) replaced by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text).replace("\0", "\ufffd")


def escaped(text: str) -> str:
    """Text as HTML. No line feed is left, which would end the HTML block in the chat's markdown."""
    return html.escape(storable(text)).replace("\r", "&#13;").replace("\n", "&#10;")


def clean(markup: str, tags: set[str] = TAGS, attributes: dict[str, set[str]] = ATTRIBUTES) -> str:
    """Markup that passed the allow-list, on one line."""
    safe = nh3.clean(markup, tags=tags, attributes=attributes, url_schemes={"http", "https"})
    return safe.replace("\r", "&#13;").replace("\n", "&#10;")


def bdi(text: str, css: str) -> str:
    """Text whose writing direction, and any override hidden in it, ends with it."""
    return f'<bdi class="{css}" dir="auto">{escaped(text)}</bdi>'


def safe_url(url: str) -> str:
    """The URL if it is http(s) with a host and without hidden characters, else ""."""
    if not url or _UNSEEN.search(url):
        return ""
    try:
        parts = urlsplit(storable(url))
        host = parts.hostname
    except ValueError:  # e.g. an unfinished IPv6 address
        return ""
    return storable(url) if parts.scheme in ("http", "https") and host else ""


def read_href(article_id: str, start: int, end: int) -> str:
    """Where one quote can be read inside its article; relative, so that it works wherever the page is mounted."""
    return f"read?id={quote(storable(article_id), safe='')}&start={start}&end={end}#quote"


def ask_href(question: str, filters: Filters | None = None, exact: bool = False) -> str:
    """The page with this question in its box. :param exact: only these filters, whatever the question says itself."""
    parts = [("q", question)]
    if filters:
        parts += [(name, day.isoformat()) for name, day in (("since", filters.since), ("until", filters.until)) if day]
        parts += [("source", source) for source in filters.sources]
        parts += [("article", article_id) for article_id in filters.articles]
    parts += [("exact", "1")] if exact else []
    return "?" + "&".join(f"{name}={quote(storable(value), safe='')}" for name, value in parts)


def headline(title: str, article_id: str) -> str:
    """What an article is called, clipped to a length that fits a line or two; its id if it has no headline."""
    words = " ".join(title.split()) or article_id
    return words if len(words) <= 180 else words[:179].rstrip() + "…"


def day(value: date | None) -> str:
    """`15 Dec 2025`, or "" for an unknown date."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def period(oldest: date | None, newest: date | None) -> str:
    """`2 Oct – 15 Dec 2025`, as short as it can be said; "" if neither end is known."""
    if oldest is None or newest is None or oldest == newest:
        return day(oldest or newest)
    if oldest.year != newest.year:
        return f"{day(oldest)} – {day(newest)}"
    if oldest.month != newest.month:
        return f"{oldest.day} {MONTHS[oldest.month - 1]} – {day(newest)}"
    return f"{oldest.day} – {day(newest)}"


def count(number: int, noun: str) -> str:
    """`1 article`, `2 articles`, `12,500 articles`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def dotted(parts: Iterable[str]) -> str:
    """The parts that say something, with a middle dot between them."""
    return " · ".join(part for part in parts if part)
