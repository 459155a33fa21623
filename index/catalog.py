"""The catalog: what the sources hold, how each article is cut, and every vector ever computed for it. The truth.

Only the builder opens it. A build commits here as it goes, so one that is killed continues where it stopped; readers see
generations, which are written from it. A generation that is lost or broken is written again from here without embedding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from index.catalog_file import open_catalog, vector_of
from index.types import Article, Passage
from index.vector_cache import VectorCache

#: what is known of an article beside itself, and goes with it
_OF_ARTICLE = ("passages", "signatures", "languages")


@dataclass(frozen=True, slots=True)
class CutPassage:
    """A passage, the key of the text that is embedded for it, and its BM25 terms."""

    passage: Passage
    key: str
    terms: Sequence[str]


class Catalog(VectorCache):
    """An open catalog. Use from one thread."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the catalog, or make one. :param read_only: nothing is written; where there is none, an empty one is seen."""
        super().__init__(open_catalog(path, read_only))
        self.path = path

    def digests(self) -> dict[str, str]:
        """article id -> digest of its content."""
        return dict(self._db.execute("SELECT id, digest FROM articles"))

    def cut(self) -> dict[str, tuple[str, str, str]]:
        """article id -> digest of its content, the recipe by which it was cut, the file it was read from."""
        return {row[0]: row[1:] for row in self._db.execute("SELECT id, digest, recipe, origin FROM articles")}

    def put(self, article: Article, digest: str, recipe: str, passages: Iterable[CutPassage]) -> None:
        """Store an article in place of any earlier version. Not committed until `commit`."""
        published = article.published.isoformat() if article.published else None
        self._db.execute(
            "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (article.id, digest, recipe, article.title, article.text, published, article.source, article.url,
             article.author, article.origin),
        )  # fmt: skip
        self._forget(article.id)
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            [(article.id, p.passage.start, p.passage.end, p.key, " ".join(p.terms)) for p in passages],
        )

    def move(self, article_id: str, origin: str) -> None:
        """Note that an article that is otherwise the same was read from another file."""
        self._db.execute("UPDATE articles SET origin = ? WHERE id = ?", (origin, article_id))

    def remove(self, article_ids: Iterable[str]) -> None:
        """Take articles out. The vectors that only they used stay until `drop_unused_vectors`."""
        for article_id in article_ids:
            self._db.execute("DELETE FROM articles WHERE id = ?", (article_id,))
            self._forget(article_id)

    def _forget(self, article_id: str) -> None:
        for table in _OF_ARTICLE:
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))

    def article(self, article_id: str) -> Article:
        row = self._db.execute(
            "SELECT id, text, title, published, source, url, author, origin FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return article_of(row)

    def articles(self) -> Iterator[tuple[str, tuple[str | None, ...], list[tuple[int, int]]]]:
        """Every article: its digest, the row that `article_of` reads, and (start, end) of its passages."""
        columns = "digest, id, text, title, published, source, url, author, origin"
        for digest, *row in self._db.execute(f"SELECT {columns} FROM articles ORDER BY id"):
            spans = 'SELECT start, "end" FROM passages WHERE article_id = ? ORDER BY start'
            yield digest, tuple(row), self._db.execute(spans, (row[0],)).fetchall()

    def passages(self, encoder: str) -> Iterator[tuple[str, str, str, np.ndarray]]:
        """Every passage in the order of article id and start: (passage id, date, source, vector)."""
        rows = self._db.execute(
            "SELECT p.article_id || '#' || p.start || '-' || p.\"end\", a.published, a.source, v.vector, "
            f"{self._sum} FROM passages p "
            "JOIN articles a ON a.id = p.article_id JOIN vectors v ON v.key = p.key AND v.encoder = ? "
            "ORDER BY p.article_id, p.start",
            (encoder,),
        )
        for passage_id, published, source, vector, checksum in rows:
            yield passage_id, published or "", source, vector_of(vector, checksum)

    def terms(self, article_id: str, start: int) -> list[str]:
        """The BM25 terms of a passage."""
        row = self._db.execute("SELECT terms FROM passages WHERE article_id = ? AND start = ?", (article_id, start)).fetchone()
        return row[0].split(" ") if row[0] else []

    def recipes(self) -> list[str]:
        """How articles were cut, the most frequent recipe first."""
        return [row[0] for row in self._db.execute("SELECT recipe FROM articles GROUP BY recipe ORDER BY count(*) DESC")]

    def unsigned(self, version: int) -> list[str]:
        """The articles without a signature of this version."""
        missing = "SELECT id FROM articles EXCEPT SELECT article_id FROM signatures WHERE version = ? ORDER BY 1"
        return [row[0] for row in self._db.execute(missing, (version,))]

    def put_signature(self, article_id: str, version: int, signature: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO signatures VALUES (?, ?, ?)", (article_id, version, signature))

    def signatures(self) -> list[tuple[str, bytes]]:
        """(article id, signature) in the order of ids."""
        return self._db.execute("SELECT article_id, signature FROM signatures ORDER BY article_id").fetchall()

    def without_language(self) -> list[str]:
        """The articles whose language nobody has looked for."""
        return [row[0] for row in self._db.execute("SELECT id FROM articles EXCEPT SELECT article_id FROM languages ORDER BY 1")]

    def put_language(self, article_id: str, language: str) -> None:
        """:param language: "" where it cannot be told."""
        self._db.execute("INSERT OR REPLACE INTO languages VALUES (?, ?)", (article_id, language))

    def files(self) -> Iterator[tuple[str, str]]:
        """Each file, and what it gave the last time, as `put_file` got it."""
        has_files = "SELECT count(*) FROM sqlite_master WHERE name = 'files'"  # one that is only read may be an earlier version's
        if self._db.execute(has_files).fetchone()[0]:
            yield from self._db.execute("SELECT path, gave FROM files")

    def file(self, path: str, key: str | None = None) -> str | None:
        """What a file gave the last time, as `put_file` got it; None if there is nothing under this key.

        :param key: None is any.
        """
        row = self._db.execute("SELECT gave FROM files WHERE path = ?1 AND key = coalesce(?2, key)", (path, key)).fetchone()
        return row[0] if row else None

    def put_file(self, path: str, key: str, gave: str) -> None:
        """:param key: another one wherever the file may give something else."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, key, gave))

    def keep_files(self, paths: Collection[str]) -> None:
        """Forget all files but these."""
        gone = {row[0] for row in self._db.execute("SELECT path FROM files")}.difference(paths)
        self._db.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in gone])

    def faults(self) -> list[str]:
        """What SQLite's own check of the file finds."""
        return [row[0] for row in self._db.execute("PRAGMA quick_check(3)") if row[0] != "ok"]

    def state(self) -> str:
        """A digest of everything a generation is written from: equal states give equal generations."""
        rows = self._db.execute("SELECT id, digest, recipe, origin FROM articles ORDER BY id").fetchall()
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
