"""Question -> hits, from one generation."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from index.catalog import article_of
from index.encoder import Encoder
from index.errors import ArticleNotFound, IndexMismatch, UpstreamFailed
from index.fusion import Fusion, fuse
from index.generations import Held, Manifest, read_manifest
from index.lexical import Lexical, best
from index.rescore import FEATURES, Rescoring, features, rescore
from index.served import ServedVectors, open_vectors
from index.types import Article, Hit
from index.write import date_number

_ARTICLE_COLUMNS = "a.id, a.text, a.title, a.published, a.source, a.url, a.author, a.origin"


def _nothing() -> None:
    """Nobody wants to know."""


class Generation:
    """One generation, opened for reading. Everything asked of it comes from the same state. Safe to use from threads."""

    def __init__(self, index_dir: Path, encoder: Encoder, fusion: Fusion = Fusion(), rescoring: Rescoring = Rescoring()) -> None:
        """Open the current one. :raises IndexMissing, IndexCorrupt, IndexMismatch: see `index.errors`."""
        self._held = Held(index_dir)
        try:
            folder = self._held.folder
            self.manifest: Manifest = read_manifest(folder)
            if self.manifest.encoder != encoder.fingerprint:
                raise IndexMismatch(
                    f"The index in {index_dir} was built with the embedding model {self.manifest.encoder}, "
                    f"this is {encoder.fingerprint}. Build it again."
                )
            self._encoder, self._path = encoder, folder / "articles.sqlite"
            self._fusion, self._rescoring = fusion, rescoring
            self._local = threading.local()
            self._connections: set[sqlite3.Connection] = set()
            self._vectors = open_vectors(folder)
            self._passages = Lexical(folder / "bm25" / "passages")
            self._articles = Lexical(folder / "bm25" / "articles")
            rows = self._db.execute(
                "SELECT p.article, a.published, a.source FROM passages p JOIN articles a ON a.number = p.article "
                "ORDER BY p.number"
            ).fetchall()
            self._article_of = np.array([row[0] for row in rows], dtype=np.int64)
            self._published = np.array([date_number(row[1] or "") for row in rows], dtype=np.int64)
            self._source = np.array([row[2] for row in rows], dtype=object)
        except BaseException:
            self._held.release()
            raise

    @property
    def name(self) -> str:
        return self._held.name

    def search(
        self,
        query: str,
        top_k: int = 10,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        articles: Sequence[str] | None = None,
        on_words_only: Callable[[], None] = _nothing,
    ) -> list[Hit]:
        """Find passages by meaning (Chroma) and by words (BM25), fused by reciprocal rank; the best are weighed once more.

        :param since, until: publication dates, both inclusive; an article without a date is left out where one is given.
        :param sources: outlets, compared without case; only their articles are searched.
        :param articles: ids; only these are searched. One that this generation lacks is left out, and if it lacks all, nothing is
            found. Filters are combined: a hit passes all of them.
        :param on_words_only: called if the server that holds the vectors does not answer, so that only words are searched.
        :return: at most top_k hits, best first.
        """
        if top_k < 1:
            return []
        hits, seen = self.candidates(query, top_k, since, until, sources, articles, on_words_only)
        if not hits or not self._rescoring.candidates:
            return hits[:top_k]
        scores = rescore(seen, self._rescoring)
        order = sorted(range(len(hits)), key=lambda i: (-scores[i], hits[i].rank))[:top_k]
        return [replace(hits[i], rank=rank, score=float(scores[i])) for rank, i in enumerate(order, start=1)]

    def candidates(
        self,
        query: str,
        top_k: int = 0,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        articles: Sequence[str] | None = None,
        on_words_only: Callable[[], None] = _nothing,
    ) -> tuple[list[Hit], np.ndarray]:
        """:return: the best of the fused ranking, in its order, and what the second look sees of each: float64 of shape
        (hits, `index.rescore.FEATURES`)."""
        mask = self._mask(since, until, sources, articles)
        if not query.strip() or not self.manifest.passages or (mask is not None and not mask.any()):
            return [], np.zeros((0, len(FEATURES)))
        depth = max(self._fusion.depth, top_k)
        vector = self._encoder.encode_query(query)
        cosine: dict[int, float] = {}
        try:
            if articles and mask is not None:
                cosine = self._nearest_among(np.flatnonzero(mask), vector, depth)
            else:
                cosine = self._nearest(vector, depth, self._where(since, until, sources))
        except UpstreamFailed:  # words alone find less, and more than nothing
            on_words_only()
        lexical = self._passages.scores(query)
        of_article = self._articles.scores(query)
        ranked = fuse(cosine, best(lexical, depth, mask), of_article, lexical, self._article_of, mask, self._fusion)
        ranked = ranked[: max(top_k, self._rescoring.candidates)]
        hits = self._with_cosine(self._hits(ranked, cosine, lexical), vector)
        of_articles = [float(of_article[self._article_of[number]]) for number, _ in ranked]
        return hits, features(query, hits, of_articles, self.idf)

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
        return dict(self._db.execute("SELECT source, count(*) FROM articles GROUP BY source ORDER BY count(*) DESC, source"))

    def idf(self, term: str) -> float:
        """How rare a term of `index.terms` is among passages; largest for one that no passage has."""
        return self._passages.idf(term)

    @property
    def words_only(self) -> bool:
        """True if the server that holds the vectors did not answer the last time. It is not asked here."""
        return isinstance(self._vectors, ServedVectors) and self._vectors.is_away()

    def close(self) -> None:
        self._vectors.close()
        for connection in list(self._connections):
            _drop(self._connections, connection)
        self._held.release()

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

    def _nearest(self, vector: np.ndarray, depth: int, where: dict[str, Any] | None) -> dict[int, float]:
        """passage number -> cosine, of at most `depth` that Chroma finds."""
        dense = self._vectors.nearest(vector, depth, where)
        numbers = self._numbers([passage_id for passage_id, _ in dense])
        return {numbers[passage_id]: score for passage_id, score in dense}

    def _nearest_among(self, allowed: np.ndarray, vector: np.ndarray, depth: int) -> dict[int, float]:
        """The same among these passages, by number. They are few, and comparing with each is exact, which HNSW is not."""
        marks = json.dumps(allowed.tolist())  # one value, however many they are
        ids = dict(self._db.execute("SELECT id, number FROM passages WHERE number IN (SELECT value FROM json_each(?))", (marks,)))
        found = [(float(stored @ vector), ids[i]) for i, stored in self._vectors.vectors(list(ids)).items()]
        return {number: score for score, number in sorted(found, key=lambda one: (-one[0], one[1]))[:depth]}

    def _where(self, since: date | None, until: date | None, sources: Sequence[str] | None) -> dict[str, Any] | None:
        """The same filter for Chroma, which does not know the articles of its passages."""
        parts: list[dict[str, Any]] = []
        if since or until:
            parts.append({"published": {"$gte": max(1, date_number(since.isoformat()) if since else 1)}})
        if until:
            parts.append({"published": {"$lte": date_number(until.isoformat())}})
        if sources:
            parts.append({"source": {"$in": self._named(sources)}})
        return None if not parts else parts[0] if len(parts) == 1 else {"$and": parts}

    def _named(self, sources: Sequence[str]) -> list[str]:
        wanted = {s.casefold() for s in sources}
        return [s for s in self.sources() if s.casefold() in wanted]

    def _article_numbers(self, article_ids: Sequence[str]) -> list[int]:
        known = "SELECT number FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._db.execute(known, (json.dumps(list(article_ids)),))]

    def _numbers(self, passage_ids: Sequence[str]) -> dict[str, int]:
        marks = ",".join("?" * len(passage_ids))
        return dict(self._db.execute(f"SELECT id, number FROM passages WHERE id IN ({marks})", list(passage_ids)))

    def _with_cosine(self, hits: list[Hit], vector: np.ndarray) -> list[Hit]:
        """Those that words alone found have no cosine yet, and get none while the server of the vectors does not answer."""
        missing: dict[str, np.ndarray] = {}
        with suppress(UpstreamFailed):
            missing = self._vectors.vectors([hit.passage_id for hit in hits if hit.dense_score is None])
        return [
            replace(hit, dense_score=float(missing[hit.passage_id] @ vector)) if hit.passage_id in missing else hit
            for hit in hits
        ]

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
