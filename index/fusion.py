"""Several rankings -> one, by reciprocal rank, keyed by passage.

Cormack, Clarke & Büttcher, Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009.
https://doi.org/10.1145/1571941.1572114
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.lexical import best


@dataclass(frozen=True, slots=True)
class Fusion:
    """How much each ranking says. The constants come from the sweep in tests/bench/sweep.py."""

    rrf_k: int = 20  #: larger: ranks further down count nearly as much as the first
    dense: float = 1.0  #: passages by meaning
    lexical: float = 1.0  #: passages by words
    article: float = 2.0  #: the article's own rank by words: a passage need not repeat what its article says elsewhere
    depth: int = 100  #: how far down each ranking is read
    articles_opened: int = 10  #: of the best articles, all passages are candidates


def fuse(
    cosine: dict[int, float],
    lexical_best: Sequence[tuple[int, float]],
    article_scores: np.ndarray,
    lexical: np.ndarray,
    article_of: np.ndarray,
    mask: np.ndarray | None,
    fusion: Fusion,
) -> list[tuple[int, float]]:
    """:param cosine: passage number -> similarity, of the passages found by meaning.
    :param lexical_best: (passage number, BM25), best first.
    :param article_scores: BM25 of each article. :param lexical: BM25 of each passage. :param article_of: each passage's article.
    :param mask: True for each passage that may be found; None if all may.
    :return: (passage number, fused score), best first, equal scores by number.
    """
    dense_rank = _ranks(sorted(cosine, key=lambda number: (-cosine[number], number)))
    lexical_rank = _ranks([number for number, _ in lexical_best])
    allowed = None if mask is None else np.bincount(article_of[mask], minlength=len(article_scores)) > 0
    article_best = [number for number, _ in best(article_scores, fusion.depth, allowed)]
    article_rank = _ranks(article_best)
    opened = np.flatnonzero(np.isin(article_of, article_best[: fusion.articles_opened]) & (lexical > 0))
    scores: dict[int, float] = {}
    for number in dense_rank.keys() | lexical_rank.keys() | {int(i) for i in opened}:
        scores[number] = (
            _share(fusion.dense, dense_rank.get(number), fusion.rrf_k)
            + _share(fusion.lexical, lexical_rank.get(number), fusion.rrf_k)
            + _share(fusion.article, article_rank.get(int(article_of[number])), fusion.rrf_k)
        )
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _ranks(numbers: Sequence[int]) -> dict[int, int]:
    return {number: rank for rank, number in enumerate(numbers, start=1)}


def _share(weight: float, rank: int | None, rrf_k: int) -> float:
    return weight / (rrf_k + rank) if rank else 0.0
