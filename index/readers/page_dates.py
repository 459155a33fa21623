"""The publication date of a web page, from what states it: JSON-LD, meta elements, <time>, the address.

Not htmldate: it falls back to any date on the page, and its result depends on today's date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from index.readers.dates import date_in_url, parse_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_META_NAMES = """
    article:published_time og:published_time article:published datepublished date_published publication_date
    publicationdate publish_date publish-date published publishdate pubdate originalpublicationdate
    dc.date.issued dcterms.issued dc.date.created dcterms.created dc.date dcterms.date citation_publication_date
    citation_date parsely-pub-date sailthru.date article.published rnews:datepublished
    cxenseparse:recs:publishtime bt:pubdate dc:date date article_date_original
""".split()
_WRAPPED = re.compile(r"[\s/*]*<!(?:--|\[CDATA\[)[\s/*]*(.*?)[\s/*]*(?:--|\]\])>[\s/*]*", re.DOTALL)
_ELSEWHERE = ("update", "modif", "comment", "related", "teaser", "masthead")
_ARTICLE_TYPES = ("article", "blogposting", "report", "newsarticle", "reportage", "review", "webpage")


def page_date(root: HtmlElement, url: str) -> date | None:
    """The day the page says it was published; None if it does not say."""
    return _from_json_ld(root) or _from_meta(root) or _from_time(root) or date_in_url(url)


def _from_json_ld(root: HtmlElement) -> date | None:
    found = [item for script in root.iterfind(".//script") if _is_json_ld(script) for item in _items(script.text or "")]
    # A page may describe its site and its article: the article's date is meant.
    found.sort(key=lambda item: "webpage" in _type(item))
    for name in ("datePublished", "dateCreated"):
        for item in found:
            if any(kind in _type(item) for kind in _ARTICLE_TYPES) and (day := parse_date(item.get(name))):
                return day
    return None


def _is_json_ld(script: HtmlElement) -> bool:
    return (script.get("type") or "").strip().lower().startswith("application/ld+json")


def _items(text: str) -> Iterator[dict[str, Any]]:
    # Some pages wrap it in a comment or in CDATA.
    inner = _WRAPPED.fullmatch(text)
    try:
        pending = [json.loads(inner[1] if inner else text, strict=False)]
    except (ValueError, RecursionError):
        return
    while pending:
        item = pending.pop(0)
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            yield item
            pending.extend(item.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage"))


def _type(item: dict[str, Any]) -> str:
    return str(item.get("@type")).lower()


def _from_meta(root: HtmlElement) -> date | None:
    stated: dict[str, str] = {}
    for meta in root.iterfind(".//meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        stated.setdefault(name.strip().lower(), meta.get("content") or "")
    return next((day for name in _META_NAMES if (day := parse_date(stated.get(name)))), None)


def _from_time(root: HtmlElement) -> date | None:
    times = [element for element in root.iter("time", "span", "div", "p", "abbr", "dd", "li") if _is_time(element)]
    times = [time for time in times if _is_of_article(time)]
    marked = [time for time in times if _is_marked(time)]
    # Before what stands around the article, what stands in it.
    inner = [time for time in times if any(_holds_headline(element) for element in time.iterancestors("article", "main"))]
    for time in marked or (inner or times)[:1]:
        stated = (parse_date(time.get(name)) for name in ("datetime", "content"))
        if day := next(filter(None, stated), None) or parse_date(time.text_content().strip()):
            return day
    return None


def _is_time(element: HtmlElement) -> bool:
    return element.tag == "time" or "datepublished" in (element.get("itemprop") or "").lower()


def _is_marked(time: HtmlElement) -> bool:
    return time.get("pubdate") is not None or "published" in (time.get("itemprop") or "").lower()


def _holds_headline(element: HtmlElement) -> bool:
    return element.find(".//h1") is not None


def _is_of_article(time: HtmlElement) -> bool:
    around = [time, *time.iterancestors()]
    hints = " ".join(f"{element.get('class') or ''} {element.get('id') or ''}" for element in around[:4]).lower()
    is_elsewhere = any(element.tag in ("aside", "nav", "footer") for element in around)
    # A page's header, unlike an article's own, says what day it is today.
    is_of_page = any(element.tag == "header" for element in around) and not any(
        element.tag in ("article", "main") for element in around
    )
    return not is_elsewhere and (_is_marked(time) or not is_of_page) and not any(hint in hints for hint in _ELSEWHERE)
