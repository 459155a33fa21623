"""The articles and passages of one generation, as its sqlite file holds them: read, never written."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from index.catalog import article_of
from index.errors import ArticleNotFound
from index.types import Article, Hit
from index.write import date_number

_ARTICLE_COLUMNS = "a.id, a.text, a.title, a.published, a.source, a.url, a.author, a.origin"


class Stored:
    """Safe to use from threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        """:param path: `articles.sqlite` of a generation."""
        self._path = path
        self._local = threading.local()
        self._connections: set[sqlite3.Connection] = set()
        rows = self._db.execute(
            "SELECT p.article, a.published, a.source FROM passages p JOIN articles a ON a.number = p.article ORDER BY p.number"
        ).fetchall()
        self._article_of = np.array([row[0] for row in rows], dtype=np.int64)
        self._published = np.array([date_number(row[1] or "") for row in rows], dtype=np.int64)
        self._source = np.array([row[2] for row in rows], dtype=object)

    def article(self, article_id: str) -> Article:
        """:raises ArticleNotFound: if this generation has no such article."""
        row = self._db.execute(f"SELECT {_ARTICLE_COLUMNS} FROM articles a WHERE a.id = ?", (article_id,)).fetchone()
        if row is None:
            raise ArticleNotFound(f"There is no article {article_id!r} in the index.")
        return article_of(row)

    def articles(self, limit: int = -1) -> Iterator[Article]:
        """Articles, newest first, those without a date last."""
        order = "ORDER BY a.published IS NULL, a.published DESC, a.id LIMIT ?"
        for row in self._db.execute(f"SELECT {_ARTICLE_COLUMNS} FROM articles a {order}", (limit,)):
            yield article_of(row)

    def passage_spans(self, article_id: str) -> list[tuple[int, int]]:
        """(start, end) of the passages of an article in text order."""
        return self._db.execute(
            'SELECT p.start, p."end" FROM passages p JOIN articles a ON a.number = p.article WHERE a.id = ? ORDER BY p.start',
            (article_id,),
        ).fetchall()

    def copies_of(self, article_id: str) -> list[str]:
        """The other articles that have the same text, or nearly (see `index.copies`), by id; empty for most."""
        same = (
            'SELECT b.id FROM articles a JOIN copies c ON c.article = a.number JOIN copies d ON d."group" = c."group" '
            "JOIN articles b ON b.number = d.article WHERE a.id = ? AND b.id != a.id ORDER BY b.id"
        )
        return [row[0] for row in self._db.execute(same, (article_id,))]

    def sources(self) -> dict[str, int]:
        """outlet -> number of its articles, most first."""
        return dict(self._sources)

    @cached_property
    def _sources(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT source, count(*) FROM articles GROUP BY source ORDER BY count(*) DESC, source"))

    def _mask(
        self, since: date | None, until: date | None, sources: Sequence[str] | None, articles: Sequence[str] | None
    ) -> np.ndarray | None:
        """True for each passage that may be found; None if all may."""
        if not (since or until or sources or articles):
            return None
        mask = np.ones(len(self._published), dtype=bool)
        if since or until:
            mask &= self._published > 0
        if since:
            mask &= self._published >= date_number(since.isoformat())
        if until:
            mask &= self._published <= date_number(until.isoformat())
        if sources:
            mask &= np.isin(self._source, self._named(sources))
        if articles:
            mask &= np.isin(self._article_of, self._article_numbers(articles))
        return mask

    def close(self) -> None:
        for connection in list(self._connections):
            _drop(self._connections, connection)

    @property
    def _db(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:  # one for each thread; all of them only read
            uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = self._local.connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._connections.add(connection)
            # a server's threads come and go, and each would leave an open file behind
            weakref.finalize(threading.current_thread(), _drop, self._connections, connection)
        return connection

    def _named(self, sources: Sequence[str]) -> list[str]:
        wanted = {s.casefold() for s in sources}
        return [s for s in self.sources() if s.casefold() in wanted]

    def _article_numbers(self, article_ids: Sequence[str]) -> list[int]:
        known = "SELECT number FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._db.execute(known, (json.dumps(list(article_ids)),))]

    def texts(self, numbers: np.ndarray) -> list[str]:
        """Headline and text of these passages, in the order of their numbers."""
        rows = self._db.execute(
            'SELECT a.title || char(10) || substr(a.text, p.start + 1, p."end" - p.start) FROM passages p '
            "JOIN articles a ON a.number = p.article WHERE p.number IN (SELECT value FROM json_each(?)) ORDER BY p.number",
            (json.dumps(numbers.tolist()),),
        )
        return [row[0] for row in rows]

    def _passage_ids(self, numbers: np.ndarray) -> dict[str, int]:
        """passage id -> number."""
        known = "SELECT id, number FROM passages WHERE number IN (SELECT value FROM json_each(?))"
        return dict(self._db.execute(known, (json.dumps(numbers.tolist()),)))  # one value, however many they are

    def _numbers(self, passage_ids: Sequence[str]) -> dict[str, int]:
        marks = ",".join("?" * len(passage_ids))
        return dict(self._db.execute(f"SELECT id, number FROM passages WHERE id IN ({marks})", list(passage_ids)))

    def _hits(self, ranked: Sequence[tuple[int, float]], cosine: dict[int, float], lexical: np.ndarray) -> list[Hit]:
        marks = ",".join("?" * len(ranked))
        rows = self._db.execute(
            'SELECT p.number, p.id, p.start, p."end", substr(a.text, p.start + 1, p."end" - p.start), a.id, a.title, '
            f"a.published, a.source, a.url FROM passages p JOIN articles a ON a.number = p.article WHERE p.number IN ({marks})",
            [number for number, _ in ranked],
        )
        found = {row[0]: row[1:] for row in rows}
        hits = []
        for rank, (number, score) in enumerate(ranked, start=1):
            passage_id, start, end, text, article_id, title, published, source, url = found[number]
            when = date.fromisoformat(published) if published else None
            words = float(lexical[number]) or None
            dense, copies = cosine.get(number), tuple(self.copies_of(article_id))
            hits.append(
                Hit(article_id, start, end, text, score, rank, passage_id, title, when, source, url, dense, words, copies)
            )
        return hits


def _drop(connections: set[sqlite3.Connection], connection: sqlite3.Connection) -> None:
    connections.discard(connection)
    connection.close()
