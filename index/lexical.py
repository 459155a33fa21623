"""BM25 over passages and over whole articles. The only file that imports bm25s.

bm25s has no incremental add, and needs none: every generation gets an index of its own, scored anew in a second.
Robertson & Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. https://doi.org/10.1561/1500000019
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from index.counts import Counts
from index.terms import terms as terms_of
from index.terms import without_accents

#: k1 saturates repeated terms, b weighs length; .9-2 and .4-.9 moved art@1 by less than .02, so these are the usual ones
K1, B = 1.2, 0.75


def write_lexical(folder: Path, counts: Counts) -> None:
    """Score every term of every document. A document's number in `counts` is its number in `Lexical.scores`."""
    import bm25s

    folder.mkdir(parents=True)
    if counts.vocabulary:  # bm25s cannot hold an empty one
        index = bm25s.BM25(k1=K1, b=B)
        index.scores = _scores(counts)
        index.vocab_dict = dict(counts.vocabulary)
        index.nonoccurrence_array = None
        index.save(folder)


def _scores(counts: Counts) -> dict[str, Any]:
    """What `bm25s.BM25.index` computes (its default, Lucene's variant), from arrays instead of lists: a tenth of the time.

    :return: the columns of a sparse matrix of shape (documents, vocabulary).
    """
    lengths, frequency = counts.lengths(), counts.frequency
    containing = np.bincount(counts.term, minlength=len(counts.vocabulary))
    idf = np.log(1 + (counts.documents - containing + 0.5) / (containing + 0.5))
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    return {
        "data": (idf[counts.term] * frequency / (frequency + norm[counts.document])).astype(np.float32),
        "indices": counts.document,
        "indptr": np.concatenate(([0], np.cumsum(containing))).astype(np.int64),
        "num_docs": counts.documents,
    }


class Lexical:
    """A BM25 index opened for reading, memory-mapped. Safe to query from several threads."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        self._index = bm25s.BM25.load(folder, mmap=True) if any(folder.iterdir()) else None
        self.size = int(self._index.scores["num_docs"]) if self._index else 0

    def scores(self, query: str) -> np.ndarray:
        """:return: float32 of shape (size,): the BM25 score of every document, 0 where no term of the query occurs."""
        known = [t for t in dict.fromkeys(terms_of(query)) if self._index and t in self._index.vocab_dict]
        if not known or not self._index:
            return np.zeros(self.size, dtype=np.float32)
        return self._index.get_scores(known)

    def having(self, term: str) -> np.ndarray:
        """Numbers of the documents that have a term (as `terms` gives it)."""
        if not self._index or term not in self._index.vocab_dict:
            return np.zeros(0, dtype=np.int64)
        pointers, number = self._index.scores["indptr"], self._index.vocab_dict[term]
        return self._index.scores["indices"][pointers[number] : pointers[number + 1]]

    @functools.cached_property
    def without_accents(self) -> frozenset[str]:
        """The terms that have accents, without them (see `index.terms.without_accents`)."""
        known = self._index.vocab_dict if self._index else ()
        return frozenset(without_accents(term) for term in known if not term.isascii())

    def idf(self, term: str) -> float:
        """How rare a term is among the documents: log((N - n + .5) / (n + .5) + 1)."""
        documents = len(self.having(term))
        return float(np.log((self.size - documents + 0.5) / (documents + 0.5) + 1))


def best(scores: np.ndarray, top_k: int, mask: np.ndarray | None = None) -> list[tuple[int, float]]:
    """:return: at most top_k (document number, score) with a score above 0, best first, equal scores by number."""
    if mask is not None:
        scores = np.where(mask, scores, 0)
    top_k = min(top_k, int(np.count_nonzero(scores > 0)))
    if not top_k:
        return []
    chosen = np.argpartition(-scores, top_k - 1)[:top_k]
    return [(int(i), float(scores[i])) for i in sorted(chosen, key=lambda i: (-scores[i], i))]


def load_bm25s() -> None:
    """Import the library now rather than when it is first needed."""
    import bm25s  # noqa: F401
