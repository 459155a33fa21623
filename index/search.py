"""Question -> hits, from one generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.encoder import Encoder
from index.errors import IndexMismatch, UpstreamFailed
from index.fusion import Fusion, fuse
from index.generations import Held, Manifest, read_manifest
from index.lexical import Lexical, best
from index.rereading import Rereading, cross_encoder_of, reread
from index.rescore import FEATURES, Rescoring, features, rescore
from index.served import ServedVectors, open_vectors
from index.spelling import slips
from index.stored import Stored
from index.terms import terms, without_accents
from index.types import Hit
from index.write import date_number

#: hits that are ranked at least, so that asking for fewer does not change their order
RANKED = 10


def _nothing() -> None:
    """Nobody wants to know."""


class Generation(Stored):
    """One generation, opened for reading. Everything asked of it comes from the same state. Safe to use from threads."""

    def __init__(
        self,
        index_dir: Path,
        encoder: Encoder,
        fusion: Fusion = Fusion(),
        rescoring: Rescoring = Rescoring(),
        rereading: Rereading = Rereading(),
    ) -> None:
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
            super().__init__(folder / "articles.sqlite")
            self._encoder, self._fusion, self._rescoring = encoder, fusion, rescoring
            self._rereading = rereading
            self._vectors = open_vectors(folder)
            self._passages = Lexical(folder / "bm25" / "passages")
            self._articles = Lexical(folder / "bm25" / "articles")
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
        read: bool = True,
    ) -> list[Hit]:
        """Find passages by meaning (Chroma) and by words (BM25), fused by reciprocal rank; the best are weighed once more,
        and those that are then about equally good are read together with the question.

        :param since, until: publication dates, both inclusive; an article without a date is left out where one is given.
        :param sources: outlets, compared without case; only their articles are searched.
        :param articles: ids; only these are searched. One that this generation lacks is left out, and if it lacks all, nothing is
            found. Filters are combined: a hit passes all of them.
        :param on_words_only: called if the server that holds the vectors does not answer, so that only words are searched.
        :param read: False for a question that is not English, and where something else ranks what is found.
        :return: at most top_k hits, best first.
        """
        if top_k < 1:
            return []
        hits, seen = self.candidates(query, top_k, since, until, sources, articles, on_words_only)
        if not hits or not self._rescoring.candidates:
            return hits[:top_k]
        scores = rescore(seen, self._rescoring)
        order = sorted(range(len(hits)), key=lambda i: (-scores[i], hits[i].rank))[: max(top_k, RANKED)]
        ranked = [replace(hits[i], rank=rank, score=float(scores[i])) for rank, i in enumerate(order, start=1)]
        reader = cross_encoder_of(self._encoder) if read and self._rereading.passages else None
        if reader is not None:
            ranked = reread(query, ranked, reader, self._rereading)
        return ranked[:top_k]

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

    def idf(self, term: str) -> float:
        """How rare a term of `index.terms` is among passages; largest for one that no passage has."""
        return self._passages.idf(term)

    def mentions(self, term: str) -> bool:
        """Whether any passage, or the name of an outlet, has this term, with accents or without."""
        return (
            len(self._passages.having(term)) > 0
            or without_accents(term) in self._passages.without_accents
            or len(self._passages.having(without_accents(term))) > 0
            or term in self._outlet_terms
        )

    def passages_with(self, term: str) -> np.ndarray:
        """Numbers of the passages that have a term of `index.terms`."""
        return self._passages.having(term)

    def slips(self, question: str) -> dict[str, str]:
        """Words of an English question that are misspelled, each with the word of the articles that is meant by it. Only an
        embedding model that tells what is a word can say so."""
        is_word = getattr(self._encoder, "is_word", None)
        return slips(question, self, is_word) if is_word else {}

    @cached_property
    def _outlet_terms(self) -> frozenset[str]:
        return frozenset(term for source in self.sources() for term in terms(source))

    @property
    def words_only(self) -> bool:
        """True if the server that holds the vectors did not answer the last time. It is not asked here."""
        return isinstance(self._vectors, ServedVectors) and self._vectors.is_away()

    def close(self) -> None:
        self._vectors.close()
        super().close()
        self._held.release()

    def _nearest(self, vector: np.ndarray, depth: int, where: dict[str, Any] | None) -> dict[int, float]:
        """passage number -> cosine, of at most `depth` that Chroma finds."""
        dense = self._vectors.nearest(vector, depth, where)
        numbers = self._numbers([passage_id for passage_id, _ in dense])
        return {numbers[passage_id]: score for passage_id, score in dense}

    def _nearest_among(self, allowed: np.ndarray, vector: np.ndarray, depth: int) -> dict[int, float]:
        """The same among these passages, by number. They are few, and comparing with each is exact, which HNSW is not."""
        ids = self._passage_ids(allowed)
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

    def _with_cosine(self, hits: list[Hit], vector: np.ndarray) -> list[Hit]:
        """Those that words alone found have no cosine yet, and get none while the server of the vectors does not answer."""
        missing: dict[str, np.ndarray] = {}
        with suppress(UpstreamFailed):
            missing = self._vectors.vectors([hit.passage_id for hit in hits if hit.dense_score is None])
        return [
            replace(hit, dense_score=float(missing[hit.passage_id] @ vector)) if hit.passage_id in missing else hit
            for hit in hits
        ]
