"""One article with one quote marked: as data for the panel beside the chat, and as a page of its own."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from index.types import Article
from ui.markup import bdi, clean, day, dotted, escaped, headline, safe_url, storable

_PARAGRAPH_END = re.compile(r"((?<!\n)\n(?!\n))")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the panel shows. `before + quote + after` is the article's text, cut here because JavaScript counts otherwise.

    Offsets in Python are code points, in a browser UTF-16 units: one emoji before the quote would shift the mark.
    """

    id: str
    title: str
    meta: str  #: outlet, author and date, as far as known
    url: str  #: http(s), or ""
    before: str
    quote: str
    after: str


def reading(article: Article, start: int = 0, end: int = 0) -> Reading:
    """:param start, end: the quote in code points; a span outside the text marks nothing."""
    if not 0 <= start < end <= len(article.text):
        start = end = 0
    text = storable(article.text)
    return Reading(
        id=storable(article.id),
        title=storable(headline(article.title, article.id)),
        meta=storable(dotted((article.source, article.author, day(article.published)))),
        url=safe_url(article.url),
        before=text[:start],
        quote=text[start:end],
        after=text[end:],
    )


def reading_json(article: Article, start: int = 0, end: int = 0) -> dict[str, str]:
    """The reading with its field names."""
    return asdict(reading(article, start, end))


def reading_page(article: Article, start: int = 0, end: int = 0) -> str:
    """A whole HTML page that needs no script: what a citation opens in a new tab, or from a copied answer."""
    shown = reading(article, start, end)
    original = f'<a class="cw-original" href="{escaped(shown.url)}" target="_blank">Original</a>' if shown.url else ""
    marked = f'<mark id="quote">{_lines(shown.quote)}</mark>' if shown.quote else ""
    body = clean(
        f"<h1>{bdi(shown.title, 'cw-headline')}</h1><p>{bdi(shown.meta, 'cw-meta')}{original}</p>"
        f'<div class="cw-article">{_lines(shown.before)}{marked}{_lines(shown.after)}</div>'
        '<p><a class="cw-back" href="./">Ask the articles</a></p>'
    )
    return (
        '<!doctype html><html lang="en" class="cw-page"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="favicon.ico">'
        f'<link rel="stylesheet" href="ui/citewire.css"><title>{escaped(shown.title)}</title></head>'
        f'<body><main class="cw-reading-page">{body}</main></body></html>'
    )


def _lines(text: str) -> str:
    """Text whose single line feeds end a paragraph: the stylesheet gives them room, the characters stay."""
    return "".join('<span class="cw-br">&#10;</span>' if part == "\n" else escaped(part) for part in _PARAGRAPH_END.split(text))
