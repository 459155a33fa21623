"""Plain text files. The text is the file's, with its line ends as "\\n" and without a byte order mark."""

from __future__ import annotations

from index.readers.dates import find_dateline
from index.readers.encoding import decode
from index.readers.headline import find_headline
from index.types import Article


def read_text(data: bytes, article_id: str) -> Article:
    """:raises ReadError: empty, binary, or in no encoding that can be told."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    return Article(article_id, text, title=find_headline(text), published=find_dateline(text))
