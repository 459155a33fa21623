"""The catalog: what the sources hold, how each article is cut, and every vector ever computed for it. The truth.

Only the builder opens it. A build commits here as it goes, so one that is killed continues where it stopped; readers see
generations, which are written from it. A generation that is lost or broken is written again from here without embedding.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from index.types import Article, Passage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles(
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, recipe TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, published TEXT,
    source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages(
    article_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, key TEXT NOT NULL, terms TEXT NOT NULL,
    PRIMARY KEY (article_id, start)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS passages_key ON passages(key);
CREATE TABLE IF NOT EXISTS vectors(encoder TEXT NOT NULL, key TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (encoder, key));
"""


@dataclass(frozen=True, slots=True)
class CutPassage:
    """A passage, the key of the text that is embedded for it, and its BM25 terms."""

    passage: Passage
    key: str
    terms: Sequence[str]


class Catalog:
    """An open catalog. Use from one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def digests(self) -> dict[str, str]:
        """article id -> digest of its content."""
        return dict(self._db.execute("SELECT id, digest FROM articles"))

    def needs_cutting(self, article_id: str, digest: str, recipe: str) -> bool:
        """True if the article is new, has other content, or was cut by another recipe."""
        row = self._db.execute("SELECT digest, recipe FROM articles WHERE id = ?", (article_id,)).fetchone()
        return row != (digest, recipe)

    def put(self, article: Article, digest: str, recipe: str, passages: Iterable[CutPassage]) -> None:
        """Store an article in place of any earlier version. Not committed until `commit`."""
        published = article.published.isoformat() if article.published else None
        self._db.execute(
            "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (article.id, digest, recipe, article.title, article.text, published, article.source, article.url,
             article.author, article.origin),
        )  # fmt: skip
        self._db.execute("DELETE FROM passages WHERE article_id = ?", (article.id,))
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            [(article.id, p.passage.start, p.passage.end, p.key, " ".join(p.terms)) for p in passages],
        )

    def remove(self, article_ids: Iterable[str]) -> None:
        """Take articles out, and every vector that only they used."""
        for article_id in article_ids:
            self._db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            self._db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))

    def drop_unused_vectors(self) -> None:
        """Forget the vectors of texts that no article holds any more."""
        self._db.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM passages)")

    def ids_from(self, origin: str) -> list[str]:
        """The articles that came from this file, or from inside this archive."""
        inside = "SELECT id FROM articles WHERE origin = :o OR substr(origin, 1, length(:o) + 1) = :o || '/'"
        return [row[0] for row in self._db.execute(inside, {"o": origin})]

    def missing_vectors(self, encoder: str) -> list[tuple[str, str, int, int]]:
        """:return: (key, article id, start, end) for each text without a vector, each key once."""
        return self._db.execute(
            'SELECT p.key, p.article_id, min(p.start), p."end" FROM passages p LEFT JOIN vectors v '
            "ON v.key = p.key AND v.encoder = ? WHERE v.key IS NULL GROUP BY p.key",
            (encoder,),
        ).fetchall()

    def put_vectors(self, encoder: str, keys: Sequence[str], vectors: np.ndarray) -> None:
        """:param vectors: float32 of shape (len(keys), dimensions)."""
        rows = [(encoder, key, vector.astype("<f4").tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def article(self, article_id: str) -> Article:
        row = self._db.execute(
            "SELECT id, text, title, published, source, url, author, origin FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return article_of(row)

    def passages(self, encoder: str) -> Iterator[tuple[Passage, str, str, np.ndarray, list[str]]]:
        """Every passage in the order of article id and start.

        :return: (passage without its text, date, source, vector, terms).
        """
        rows = self._db.execute(
            'SELECT p.article_id, p.start, p."end", a.published, a.source, v.vector, p.terms FROM passages p '
            "JOIN articles a ON a.id = p.article_id JOIN vectors v ON v.key = p.key AND v.encoder = ? "
            "ORDER BY p.article_id, p.start",
            (encoder,),
        )
        for article_id, start, end, published, source, vector, terms in rows:
            passage = Passage(f"{article_id}#{start}-{end}", article_id, start, end, "")
            yield passage, published or "", source, np.frombuffer(vector, dtype="<f4"), terms.split(" ")

    def state(self) -> str:
        """A digest of everything a generation is written from: equal states give equal generations."""
        rows = self._db.execute("SELECT id, digest, recipe FROM articles ORDER BY id").fetchall()
        return hashlib.sha256(json.dumps(rows).encode("utf-8")).hexdigest()

    def counts(self) -> tuple[int, int]:
        """:return: (articles, passages)."""
        return self._db.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)").fetchone()

    def dates(self) -> tuple[str, str]:
        """:return: oldest and newest publication date, ISO, empty where no article has one."""
        oldest, newest = self._db.execute("SELECT min(published), max(published) FROM articles").fetchone()
        return oldest or "", newest or ""

    def commit(self) -> None:
        self._db.commit()

    def close(self) -> None:
        self._db.close()


def article_of(row: Sequence[str | None]) -> Article:
    """A row (id, text, title, published, source, url, author, origin) as an Article."""
    published = date.fromisoformat(row[3]) if row[3] else None
    return Article(row[0], row[1], row[2], published, row[4], row[5], row[6], row[7])  # type: ignore[arg-type]


def digest_of(article: Article) -> str:
    """Equal for two articles exactly if every field that is shown, quoted or searched is equal; the file's name is not one."""
    published = article.published.isoformat() if article.published else None
    fields = [article.title, article.text, published, article.source, article.url, article.author]
    return hashlib.sha256(json.dumps(fields).encode("utf-8", "surrogatepass")).hexdigest()
