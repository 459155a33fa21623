"""Saved web pages: the article without menus, banners, comments and whatever the page hides."""

from __future__ import annotations

import logging
import re
from typing import Any

from index.errors import ReadError
from index.readers.dates import find_dateline
from index.readers.encoding import decode
from index.readers.markup import drop_hidden, parse_html
from index.readers.page_dates import page_date
from index.types import Article

_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")  # what browsers write at the top of a saved page
_NO_ARTICLE = "has no article text: it is a menu, a start page or built by scripts; save the article's own page"
_MIN_CHARS = 80
# What an empty page still says.
_BANNER = re.compile(
    r"cookies?\b|javascript|privacy policy|consent\b|terms of (?:use|service)|newsletter"
    r"|all rights reserved|datenschutz|ad ?block",
    re.IGNORECASE,
)


def read_html(data: bytes, article_id: str) -> Article:
    """:raises ReadError: not a web page, or one without an article."""
    markup = decode(data)
    root = parse_html(markup)
    saved_from = _SAVED_FROM.search(markup[:2000])
    stated_date = page_date(root, saved_from[1] if saved_from else "")
    drop_hidden(root)
    page = _extract(root)
    # Blank lines between paragraphs, as in the other formats: a line end alone does not end a sentence.
    text = "\n\n".join(line for part in (page.text or "").splitlines() if (line := part.strip()))
    if not _is_prose(text):
        raise ReadError(_NO_ARTICLE)
    url = page.url or (saved_from[1] if saved_from else "")
    return Article(
        article_id,
        text,
        title=" ".join((page.title or "").split()),
        published=stated_date or page_date(root, url) or find_dateline(text),
        source=page.sitename or "",
        url=url,
        author=(page.author or "").replace("; ", ", "),
    )


def _extract(root: Any) -> Any:
    import trafilatura

    # Its complaints about a page are ours to tell, in one sentence.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        page = trafilatura.bare_extraction(
            root,
            include_comments=False,
            include_tables=True,
            include_formatting=False,
            with_metadata=True,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except Exception as error:
        raise ReadError(f"could not be taken apart as a web page ({type(error).__name__}): save the article as .txt") from error
    if page is None:
        raise ReadError(_NO_ARTICLE)
    return page


def _is_prose(text: str) -> bool:
    """True of text that holds at least one sentence's worth of running text, which no menu or cookie banner does."""
    lines = [line for line in text.splitlines() if len(line) > 400 or not _BANNER.search(line)]
    return len(text) >= _MIN_CHARS and any(
        len(line.split()) >= 10 or sum(ord(character) >= 0x2E80 for character in line) >= 20 for line in lines
    )
