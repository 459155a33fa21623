"""BM25 over passages and over whole articles. The only file that imports bm25s.

bm25s has no incremental add, and needs none: an index of 50,000 passages is written in seconds for each generation.
Robertson & Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. https://doi.org/10.1561/1500000019
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.terms import terms

#: k1 saturates repeated terms, b weighs length: from the sweep in tests/bench/passages.py
K1, B = 1.2, 0.75


def write_lexical(folder: Path, texts: Sequence[Sequence[str]]) -> None:
    """:param texts: the terms of each document; its position here is its number in `Lexical.best`."""
    import bm25s

    folder.mkdir(parents=True)
    if any(texts):  # bm25s cannot hold an empty vocabulary
        index = bm25s.BM25(k1=K1, b=B)
        index.index([list(t) for t in texts], show_progress=False)
        index.save(folder)


class Lexical:
    """A BM25 index opened for reading, memory-mapped. Safe to query from several threads."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        self._index = bm25s.BM25.load(folder, mmap=True) if any(folder.iterdir()) else None
        self.size = int(self._index.scores["num_docs"]) if self._index else 0

    def scores(self, query: str) -> np.ndarray:
        """:return: float32 of shape (size,): the BM25 score of every document, 0 where no term of the query occurs."""
        known = [t for t in dict.fromkeys(terms(query)) if self._index and t in self._index.vocab_dict]
        if not known or not self._index:
            return np.zeros(self.size, dtype=np.float32)
        return self._index.get_scores(known)

    def idf(self, term: str) -> float:
        """How rare a term (as `terms` gives it) is among the documents: log((N - n + .5) / (n + .5) + 1)."""
        documents = 0
        if self._index and term in self._index.vocab_dict:
            pointers, number = self._index.scores["indptr"], self._index.vocab_dict[term]
            documents = int(pointers[number + 1] - pointers[number])
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
