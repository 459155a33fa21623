"""The second look at the best of the fused ranking: how strongly, not only in which order, each signal speaks for a passage.

Reciprocal rank throws the size of scores away, which is what makes it robust with many candidates and blunt among the few
best. Here each signal is scaled by its best value for this question and weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Rescoring:
    """The constants come from the sweep in tests/bench/sweep.py."""

    candidates: int = 40  #: how many of the fused ranking are looked at again; 0: none
    lexical: float = 1.0  #: BM25 of the passage
    article: float = 1.0  #: BM25 of its article
    dense: float = 2.0  #: cosine of question and passage
    phrases: float = 0.3  #: share of the question's pairs of neighbouring words that stand side by side in the passage


def rescore(
    lexical: np.ndarray, article: np.ndarray, cosine: np.ndarray, phrases: np.ndarray, rescoring: Rescoring = Rescoring()
) -> np.ndarray:
    """:param lexical, article, cosine, phrases: float arrays of shape (n,), one value for each candidate.
    :return: float32 of shape (n,): the new scores, larger is better.
    """
    scores = rescoring.lexical * _scaled(lexical) + rescoring.article * _scaled(article)
    return (scores + rescoring.dense * cosine + rescoring.phrases * _scaled(phrases)).astype(np.float32)


def phrase_share(query_terms: Sequence[str], text_terms: Sequence[str]) -> float:
    """The share of neighbouring pairs of the query that are neighbours in the text, 0..1; 0 for a query of one term."""
    wanted = set(zip(query_terms, query_terms[1:], strict=False))
    found = wanted & set(zip(text_terms, text_terms[1:], strict=False))
    return len(found) / len(wanted) if wanted else 0.0


def _scaled(values: np.ndarray) -> np.ndarray:
    best = float(values.max(initial=0.0))
    return values / best if best > 0 else values
