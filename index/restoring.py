"""A catalog from what a generation holds: articles, passages and their terms, each proved by the key of its text."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from index.catalog import Catalog, CutPassage, article_of
from index.digests import digest_of
from index.errors import IndexCorrupt
from index.terms import terms
from index.types import Article, Passage

Span = tuple[int, int, str]  #: start, end, key


def restore(catalog: Catalog, articles: Iterable[tuple[Article, Sequence[Span]]], recipe: str) -> None:
    """Put articles and their passages in; of the same digest and recipe they are not cut or embedded again.

    :raises IndexCorrupt: if a passage is not the text that its key was made of.
    """
    for article, spans in articles:
        catalog.put(article, digest_of(article), recipe, list(_cut(article, spans)))
    catalog.commit()


def articles_in(folder: Path) -> Iterator[tuple[Article, list[Span]]]:
    """The articles of a generation with their passages, in the order of their numbers."""
    columns = "number, id, text, title, published, source, url, author, origin"
    with closing(sqlite3.connect(f"{(folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        for number, *row in db.execute(f"SELECT {columns} FROM articles ORDER BY number"):
            spans = 'SELECT start, "end", key FROM passages WHERE article = ? ORDER BY start'
            yield article_of(row), db.execute(spans, (number,)).fetchall()


def content_of(folder: Path) -> str:
    """A digest of every article and passage of a generation, whatever file they are in."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{(folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        for query in ("SELECT id, digest, origin FROM articles ORDER BY number", "SELECT id, key FROM passages ORDER BY number"):
            for row in db.execute(query):
                digest.update("\0".join(row).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _cut(article: Article, spans: Sequence[Span]) -> Iterator[CutPassage]:
    last = len(article.title)
    for start, end, key in spans:
        text = article.text[start:end]
        # of a long headline only the beginning is in front, in tokens of an encoder that need not be here
        for chars in (last, *range(len(article.title), -1, -1)):
            embedded = f"{article.title[:chars]}\n{text}" if chars else text
            if hashlib.sha256(embedded.encode("utf-8", "surrogatepass")).hexdigest() == key:
                break
        else:
            raise IndexCorrupt(f"A passage of article {article.id} is not the text it was made of. Publish the index again.")
        yield CutPassage(Passage(f"{article.id}#{start}-{end}", article.id, start, end, text), key, terms(embedded))
        last = chars or last
