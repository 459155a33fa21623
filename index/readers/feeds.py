"""RSS 0.9 to 2.0 and Atom files: one article an item, with its full content where the feed carries it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.errors import ReadError
from index.readers.dates import find_dateline, parse_date
from index.readers.encoding import decode, is_damaged_utf8
from index.readers.markup import visible_text
from index.readers.placed import Outcome, Placed
from index.readers.xml import parse_xml
from index.types import Article, Failure

# Their titles and descriptions are those of pictures and sounds, not of articles.
_OF_MEDIA = ("http://search.yahoo.com/mrss", "http://www.itunes.com/dtds/", "http://www.google.com/schemas/play-podcasts/")
_TEXT = ("encoded", "content", "fulltext", "description", "summary")


def read_feed(data: bytes, file_id: str, place: str) -> Iterator[Outcome]:
    """:raises ReadError: neither RSS nor Atom."""
    if not data.strip():
        raise ReadError("is empty: remove it, or save the feed again")
    damage: str | None = None
    is_damaged = is_damaged_utf8(data)
    # Found as for other texts: XML of today is UTF-8, but feeds without a declaration need not be.
    data = (data.decode("utf-8", "replace") if is_damaged else decode(data)).encode()
    try:
        root = parse_xml(data, encoding="utf-8")
    except ReadError as error:
        damage, root = str(error), parse_xml(data, recover=True, encoding="utf-8")
    if _local(root) not in ("rss", "feed", "RDF"):
        raise ReadError("is XML but neither RSS nor Atom: save the article as .html or .txt")
    items = [element for element in root.iter() if _local(element) in ("item", "entry")]
    feed_title = _text_of(_channel(root), "title")
    for number, item in enumerate(items, start=1):
        try:
            article = _article(item, f"{file_id}:{number}", feed_title, place)
            if is_damaged and "\ufffd" in article.text + article.title:
                raise ReadError("has damaged bytes that are no UTF-8: save the feed again")
            yield Placed(article, f"{place}:{number}")
        except ReadError as error:
            yield Failure(f"{place}:{number}", str(error))
    if damage:
        yield Failure(place, f"{damage}; {len(items)} items could still be read")
    elif not items:
        raise ReadError("is a feed without items: remove it, or save it again")


def _article(item: Any, fallback_id: str, feed_title: str, origin: str) -> Article:
    text = next((text for name in _TEXT if (text := _text_of(item, name))), "")
    if not text:
        raise ReadError("has no text: the feed gives only headlines; save the article's page instead")
    url = _link(item)
    return Article(
        id=_raw(item, "guid") or _raw(item, "id") or url or fallback_id,
        text=text,
        title=" ".join(_text_of(item, "title").split()),
        # Atom's `updated` is no publication date, and missing stays missing.
        published=next(
            (day for name in ("pubDate", "published", "issued", "date") if (day := parse_date(_raw(item, name)))), None
        )
        or find_dateline(text),
        source=_text_of(_child(item, "source"), "title") or _raw(item, "source") or feed_title,
        url=url,
        author=_author(item),
        origin=origin,
    )


def _local(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _child(parent: Any, name: str) -> Any:
    if parent is None:
        return None
    return next((child for child in parent if _local(child) == name and not child.tag[1:].startswith(_OF_MEDIA)), None)


def _channel(root: Any) -> Any:
    channel = _child(root, "channel")
    return root if channel is None else channel


def _raw(parent: Any, name: str) -> str:
    child = _child(parent, name)
    return "" if child is None else (child.text or "").strip()


def _text_of(parent: Any, name: str) -> str:
    """The text a child shows: feeds hold HTML as escaped text, as CDATA or as XHTML elements."""
    from lxml import etree

    child = _child(parent, name)
    if child is None:
        return ""
    if len(child):
        markup = (child.text or "") + "".join(etree.tostring(part, encoding="unicode", method="html") for part in child)
        return visible_text(markup)
    content = (child.text or "").strip()
    is_plain = (child.get("type") or "") == "text" or ("<" not in content and "&" not in content)
    return content if is_plain or not content else visible_text(content)


def _link(item: Any) -> str:
    links = [child for child in item if _local(child) == "link"]
    for link in links:
        if link.get("href") and (link.get("rel") or "alternate") == "alternate":
            return link.get("href").strip()
    return next((link.text.strip() for link in links if (link.text or "").strip()), "")


def _author(item: Any) -> str:
    authors = [child for child in item if _local(child) in ("creator", "author")]
    names = [_raw(author, "name") or (author.text or "").strip() for author in authors]
    return ", ".join(dict.fromkeys(name for name in names if name))
